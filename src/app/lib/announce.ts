/**
 * What a job has come to, and its progress in one short line, for the title of the tab and for
 * screen readers.
 */
import type { Problem } from '../../core/errors.ts';
import type { ProgressEvent } from '../../jobs/events.ts';
import type { JobName } from '../state/job-state.svelte.ts';
import { t } from '../strings.ts';
import { percent } from './format.ts';

/** @returns phase and share, such as `Reading volumes, 40%`; empty when nothing runs. */
export function progressWords(
  running: string | undefined,
  progress: ProgressEvent | undefined,
): string {
  if (running === undefined) return '';
  if (progress === undefined) return t.progress.starting;
  if (progress.total <= 0) return progress.phase;
  return `${progress.phase}, ${percent(progress.done / progress.total)}`;
}

/** @returns what to say of a job that has just ended */
export function endWords(job: JobName, failure: Problem | undefined): string {
  if (failure !== undefined) return failure.sentence;
  return t.ended[job];
}

export interface TrainingPlace {
  /** 1-based; 0 before the first. */
  readonly epoch: number;
  readonly epochs: number;
  /** Share of all batches of all epochs, 0 to 1. */
  readonly share: number;
  /** 1-based place of the fold among several. */
  readonly foldAt?: number;
  readonly folds?: readonly number[];
  /** Whether it rests. */
  readonly rests?: boolean;
}

/**
 * @param training - where a training stands, when one runs
 * @returns the tab's title, such as `62% · epoch 7/20 – Capsule`
 */
export function tabTitle(
  progress: ProgressEvent | undefined,
  training: TrainingPlace | undefined,
): string {
  if (training !== undefined && training.epoch > 0) {
    const { foldAt = 1, folds = [], rests = false } = training;
    const fold = folds.length > 1 ? [t.train.titleFold(foldAt, folds.length)] : [];
    const step = [...fold, t.train.titleEpoch(training.epoch, training.epochs)].join(' · ');
    const title = t.progress.title(training.share, step);
    return `${rests ? `${t.run.titlePaused} · ` : ''}${title} – ${t.name}`;
  }
  if (progress === undefined || progress.total <= 0) return t.name;
  return `${t.progress.title(progress.done / progress.total, progress.phase)} – ${t.name}`;
}
