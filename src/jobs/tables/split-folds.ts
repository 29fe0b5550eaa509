/** `tsvtools kfold`: reads a table of sessions, writes the sets of each fold into a folder beside it. */
import type { NamedTable } from '../../core/tsv/read-table.ts';
import { columnsForFolds, planFolds, type FoldOptions } from '../../core/split/plan-folds.ts';
import type { Job } from '../events.ts';
import {
  freeName,
  labelsFor,
  readSource,
  toldPlan,
  writePlans,
  type TablePlace,
} from './split-files.ts';
import type { SetsWritten } from './split.ts';

/**
 * @param merged - where missing columns are taken from, instead of the labels of the folders above
 * @throws those of `planFolds`, before anything is written
 */
export async function* foldTable(
  place: TablePlace,
  options: FoldOptions,
  merged?: NamedTable,
): Job<SetsWritten> {
  const source = await readSource(place);
  const others =
    merged === undefined ? await labelsFor(place, source, columnsForFolds(options)) : [merged];
  const plan = planFolds(source, others, options);
  yield* toldPlan(plan);
  const folder = await freeName(place.folder, plan.folder);
  yield* writePlans(place.folder, [[folder, plan]]);
  return { folder };
}
