/**
 * Trainings of teaching mode, on a deliberate mistake: allowed on sample brains alone, and marked for
 * ever, in the name of the run, in the MAPS and on the model card. No rule is switched off for them.
 */
import type { AuditReport } from '../../core/leakage/audit.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { Mistake, MistakeNote } from '../../core/sample/mistakes.ts';
import type { ExperimentChoice } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';

/** Of a run, in the list of experiments. */
const NAMES: Readonly<Record<Mistake, string>> = {
  leak: 'test set leaked',
  scaling: 'no normalisation',
  labels: 'labels drawn by lot',
  'learning-rate': 'learning rate x 100',
};

/**
 * @param asked - a mistake in the configuration; that of the cohort is known to the cohort
 * @returns undefined for a training that is no lesson
 * @throws CapsuleError TEACHING_SAMPLE for a mistake on anyone's own data
 */
export function lessonOf(
  { isSample, mistake: ofCohort }: Pick<OpenedCohort, 'isSample' | 'mistake'>,
  { config }: Pick<ExperimentChoice, 'config'>,
  { verdict }: Pick<AuditReport, 'verdict'>,
  asked: Mistake | undefined,
): MistakeNote | undefined {
  const mistake = ofCohort ?? asked;
  if (mistake === undefined) return undefined;
  if (!isSample) throw new CapsuleError('TEACHING_SAMPLE', { found: NAMES[mistake] });
  const isPutRight =
    (mistake === 'leak' && verdict !== 'leaky') || (mistake === 'scaling' && config.normalize);
  return { mistake, isPutRight };
}

/** @returns what the run is called at first; undefined leaves it to its folder */
export function lessonName(note: MistakeNote | undefined): string | undefined {
  if (note === undefined) return undefined;
  return `${note.isPutRight ? 'Put right' : 'Deliberate mistake'} - ${NAMES[note.mistake]}`;
}
