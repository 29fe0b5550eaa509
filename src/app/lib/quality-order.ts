/**
 * Checked scans as a person goes through them: the worst first, filtered by what was found, and laid
 * out in lines of tiles of which only those near the view exist.
 */
import type { Problem } from '../../core/errors.ts';
import type { QualityRow } from '../../jobs/session-api.ts';

export type Judgement = 'open' | 'accepted' | 'out';

const graveness = { error: 2, warning: 1, note: 0 } as const;

export const qualityKey = ({ participant, session }: QualityRow): string =>
  `${participant}/${session}`;

/** @returns how grave the gravest finding is: 2 for an error, 1 for a warning, 0 for none */
export function gravest(findings: readonly Pick<Problem, 'severity'>[]): number {
  return findings.reduce((most, { severity }) => Math.max(most, graveness[severity]), 0);
}

/** @returns the lowest score first; scans without one by their findings; ties as they were */
export function worstFirst(rows: readonly QualityRow[]): QualityRow[] {
  const hasScores = rows.some(({ score }) => score !== undefined);
  return [...rows].sort((a, b) => {
    const byFindings =
      gravest(b.findings) - gravest(a.findings) || b.findings.length - a.findings.length;
    if (!hasScores) return byFindings;
    return (a.score ?? 0) - (b.score ?? 0) || byFindings;
  });
}

export interface FindingCount {
  readonly code: Problem['code'];
  readonly severity: Problem['severity'];
  readonly sentence: string;
  readonly scans: number;
}

/** @returns each code with the number of scans that have it, the gravest first */
export function countFindings(rows: readonly QualityRow[]): FindingCount[] {
  const counts = new Map<string, FindingCount>();
  for (const { findings } of rows) {
    const once = new Map(findings.map((finding) => [finding.code, finding]));
    for (const { code, severity, sentence } of once.values()) {
      const scans = (counts.get(code)?.scans ?? 0) + 1;
      counts.set(code, { code, severity, sentence, scans });
    }
  }
  return [...counts.values()].sort(
    (a, b) => graveness[b.severity] - graveness[a.severity] || b.scans - a.scans,
  );
}

/** @returns where a key moves to among tiles in lines; undefined when it moves nothing */
export function tileAfterKey(
  key: string,
  at: number,
  { count, perLine, linesShown }: { count: number; perLine: number; linesShown: number },
): number | undefined {
  if (count === 0) return undefined;
  const page = perLine * Math.max(1, linesShown - 1);
  const targets: Readonly<Record<string, number>> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + perLine,
    ArrowUp: at - perLine,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const target = targets[key];
  if (target === undefined) return undefined;
  // Up and down keep their column: beyond the first line and the last they stay.
  if (key === 'ArrowUp' && target < 0) return at;
  return Math.max(0, Math.min(count - 1, target));
}
