/** The tables of ClinicaDL's quality checks, columns and order as 1.6.1 writes them. */
import { pythonFloat } from '../config/python-json.ts';
import type { Problem } from '../errors.ts';
import type { SessionKey } from '../tsv/sessions.ts';
import { writeTable } from '../tsv/table.ts';
import { T1_VOLUME_STEPS, type T1VolumeFigures } from './t1-volume.ts';

export interface ScoredSession extends SessionKey {
  readonly score: number;
}

/**
 * @param threshold - scores above it pass
 * @param order - `down`: the best first, as t1-linear; `up`: the worst first, as pet-linear
 * @returns participant_id, session_id, pass_probability, pass
 */
export function scoreTable(
  sessions: readonly ScoredSession[],
  threshold: number,
  order: 'down' | 'up',
): string {
  const sorted = [...sessions].sort((a, b) => {
    // pandas puts what is missing last, whatever the order.
    if (Number.isNaN(a.score) || Number.isNaN(b.score)) {
      return Number(Number.isNaN(a.score)) - Number(Number.isNaN(b.score));
    }
    return order === 'down' ? b.score - a.score : a.score - b.score;
  });
  return writeTable({
    columns: ['participant_id', 'session_id', 'pass_probability', 'pass'],
    rows: sorted.map(({ participant, session, score }) => [
      ...[participant, session, pandasFloat(score)],
      score > threshold ? 'True' : 'False',
    ]),
  });
}

/** As pandas writes a float: missing is empty. */
const pandasFloat = (value: number): string => (Number.isNaN(value) ? '' : pythonFloat(value));

export type T1VolumeRow = SessionKey & T1VolumeFigures;

/** @returns the files of t1-volume by name: all figures, and who passes each step after the one before */
export function t1VolumeTables(rows: readonly T1VolumeRow[]): Map<string, string> {
  const { maxIntensity, nonZeroPercentage, frontalSimilarity } = T1_VOLUME_STEPS;
  const sorted = [...rows].sort((a, b) => a.maxIntensity - b.maxIntensity);
  const first = sorted.filter((row) => row.maxIntensity > maxIntensity);
  const [low, high] = nonZeroPercentage;
  const second = first.filter((row) => row.nonZeroPercentage > low && row.nonZeroPercentage < high);
  const third = second.filter((row) => row.frontalSimilarity > frontalSimilarity);
  return new Map([
    ['QC_metrics.tsv', figures(sorted)],
    ['pass_step-1.tsv', figures(first)],
    ['pass_step-2.tsv', figures(second)],
    ['pass_step-3.tsv', figures(third)],
  ]);
}

function figures(rows: readonly T1VolumeRow[]): string {
  return writeTable({
    columns: [
      ...['participant_id', 'session_id'],
      ...['max_intensity', 'non_zero_percentage', 'frontal_similarity'],
    ],
    rows: rows.map((row) => [
      ...[row.participant, row.session],
      ...[row.maxIntensity, row.nonZeroPercentage, row.frontalSimilarity].map(pandasFloat),
    ]),
  });
}

export interface FoundIn extends SessionKey {
  readonly file: string;
  readonly findings: readonly Problem[];
}

/** @returns one line a finding: whose scan, code, severity, what, expected, found */
export function findingsTable(scans: readonly FoundIn[]): string {
  return writeTable({
    columns: [
      ...['participant_id', 'session_id', 'file', 'code', 'severity', 'what'],
      ...['expected', 'found'],
    ],
    rows: scans.flatMap(({ participant, session, file, findings }) =>
      findings.map(({ code, severity, sentence, expected = '', found = '' }) => [
        ...[participant, session, file, code, severity, sentence, expected, found],
      ]),
    ),
  });
}
