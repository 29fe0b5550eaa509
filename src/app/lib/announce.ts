/** The progress of a job in one short line, for the title of the tab and for screen readers. */
import type { ProgressEvent } from '../../jobs/events.ts';
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

/** @returns the tab's title, such as `62% · epoch 7/20 – Capsule`. */
export function tabTitle(
  progress: ProgressEvent | undefined,
  epoch: number,
  epochs: number,
): string {
  if (progress === undefined || progress.total <= 0) return t.name;
  const step = epoch > 0 ? t.train.titleEpoch(epoch, epochs) : progress.phase;
  return `${t.progress.title(progress.done / progress.total, step)} – ${t.name}`;
}
