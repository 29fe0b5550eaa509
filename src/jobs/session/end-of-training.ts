/** What follows a training of the page: the audit with all that the page has looked at, and the test set. */
import type { WritableTree } from '../../core/files/file-tree.ts';
import { LEAKAGE } from '../../core/maps/layout.ts';
import { openMaps } from '../../core/maps/reader.ts';
import { MISTAKE_FILE, mistakeText } from '../../core/sample/mistakes.ts';
import type { Job } from '../events.ts';
import { predict } from '../predict.ts';
import type { JobContext } from '../shared/context.ts';
import type { RunRecord } from './interrupted.ts';
import type { OpenedCohort } from './opened-cohort.ts';

const TEST = 'test';

export async function* endOfTraining(
  maps: WritableTree,
  { caps, store }: OpenedCohort,
  { test, leakage, iKnow, lesson }: RunRecord,
  context: JobContext,
): Job<void> {
  const { groups, parameters } = await openMaps(maps);
  // The same rules as at the beginning, with the visits and the voxels that the page has looked at.
  await maps.write(LEAKAGE, leakage);
  if (lesson !== undefined) await maps.write(MISTAKE_FILE, mistakeText(lesson));
  if (test.length === 0) return;
  const capsDirectory = caps.name;
  const definition = {
    rows: test.map((row) => ({ ...row, cohort: 'single' })),
    ...{ labelled: true, capsDirectory, checkLeakage: !iKnow },
  };
  yield* predict(
    {
      ...{ maps, caps, store, group: TEST, capsDirectory, unreadable: 'leave-out' },
      ...{ selectionMetrics: [], splits: [], batchSize: parameters.config.batch_size },
      // An interruption may have come after it was defined.
      ...(groups.includes(TEST) ? {} : { definition }),
    },
    context,
  );
}
