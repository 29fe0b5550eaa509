/**
 * Sample cohorts that are wrong on purpose, for teaching: what is wrong stands in the scans and the
 * tables themselves, so that every rule of the program holds for them as for any other cohort.
 *
 *     leak     each brain stands twice, under two names, and labels are drawn by lot: nothing can be
 *              learnt, so whatever a test shows beyond guessing is what leaked (Wen et al. 2020,
 *              "Convolutional neural networks for classification of Alzheimer's disease", Med Image
 *              Anal 63:101694, on leakage)
 *     scaling  scans are stored in units from 1/1000 to 1000 of the usual ones
 *     labels   labels are drawn by lot, and nothing else is wrong
 */
import { stream } from '../random/philox.ts';
import { sampleParticipant, type SampleParticipant } from './demographics.ts';

export const COHORT_MISTAKES = ['leak', 'scaling', 'labels'] as const;
export type CohortMistake = (typeof COHORT_MISTAKES)[number];

/** Those of a cohort, and one of the configuration. */
export const MISTAKES = [...COHORT_MISTAKES, 'learning-rate'] as const;
export type Mistake = (typeof MISTAKES)[number];

/** Written beside the tables of such a cohort. */
export const MISTAKE_FILE = 'deliberate-mistake.json';

/** Powers of ten by which a scan of the cohort `scaling` may be off. */
const MOST_POWERS = 3;

export interface MistakenParticipant {
  /** As the table has it. */
  readonly person: SampleParticipant;
  /** Whose brain it is: index of the sample participant, from 0. */
  readonly source: number;
  /** Whether that brain has atrophy, whatever the label says. */
  readonly atrophied: boolean;
  /** What its intensities are multiplied by. */
  readonly factor: number;
}

/**
 * @param index - counted from 0
 * @param total - participants of the cohort
 */
export function mistakenParticipant(
  seed: number,
  index: number,
  total: number,
  mistake: CohortMistake | undefined,
): MistakenParticipant {
  const source = mistake === 'leak' ? index % Math.ceil(total / 2) : index;
  const whose = sampleParticipant(seed, source);
  const { participant } = sampleParticipant(seed, index);
  const isByLot = mistake === 'leak' || mistake === 'labels';
  const diagnosis = isByLot ? drawnLabel(seed, source) : whose.diagnosis;
  const powers = stream(seed, 'mistake scaling', index).uniform(-MOST_POWERS, MOST_POWERS);
  return {
    person: { ...whose, participant, diagnosis },
    ...{ source, atrophied: whose.diagnosis === 'AD' },
    factor: mistake === 'scaling' ? 10 ** powers : 1,
  };
}

/**
 * Of two pairs in a row, each of one with atrophy and one without, the labels of one are exchanged:
 * both labels are as frequent as before, and among four people none says anything of the brain.
 */
function drawnLabel(seed: number, index: number): SampleParticipant['diagnosis'] {
  const pair = Math.floor(index / 2);
  const isFirst = stream(seed, 'mistake lot', Math.floor(pair / 2)).below(2) === 0;
  const { diagnosis } = sampleParticipant(seed, index);
  if (isFirst !== (pair % 2 === 0)) return diagnosis;
  return diagnosis === 'AD' ? 'CN' : 'AD';
}

/** @returns the text of `deliberate-mistake.json` */
export function mistakeText(note: MistakeNote): string {
  return `${JSON.stringify({ deliberate_mistake: note.mistake, put_right: note.isPutRight }, null, 2)}\n`;
}

/** What a MAPS says of a training in a lesson. */
export interface MistakeNote {
  readonly mistake: Mistake;
  /** Whether it was trained after the mistake had been mended, to compare. */
  readonly isPutRight: boolean;
}

/** @returns the mistake that is in the cohort itself; undefined for one of the configuration */
export function cohortMistakeOf(note: MistakeNote | undefined): CohortMistake | undefined {
  return COHORT_MISTAKES.find((name) => name === note?.mistake);
}

/** @returns undefined for what is no such text */
export function parseMistake(text: string): MistakeNote | undefined {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    const mistake = MISTAKES.find((name) => name === value?.['deliberate_mistake']);
    return mistake && { mistake, isPutRight: value?.['put_right'] === true };
  } catch {
    return undefined;
  }
}
