/** `tsvtools split`: reads a table of sessions, writes the sets of one split into a folder beside it. */
import { columnsForSplit, planSplit, type SplitOptions } from '../../core/split/plan-split.ts';
import type { Job } from '../events.ts';
import {
  freeName,
  labelsFor,
  readSource,
  toldPlan,
  writePlans,
  type TablePlace,
} from './split-files.ts';

export interface SetsWritten {
  /** Path of the new folder in that of the table. */
  readonly folder: string;
}

/** @throws those of `planSplit`, before anything is written */
export async function* splitTable(place: TablePlace, options: SplitOptions): Job<SetsWritten> {
  const source = await readSource(place);
  const others = await labelsFor(place, source, columnsForSplit(options));
  const plan = planSplit(source, others, options);
  yield* toldPlan(plan);
  const folder = await freeName(place.folder, plan.folder);
  yield* writePlans(place.folder, [[folder, plan]]);
  return { folder };
}
