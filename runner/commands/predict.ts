/** `capsule predict`: the models of a MAPS applied to a data group. */
import type { Command } from 'commander';
import { openMaps } from '../../src/core/maps/reader.ts';
import { predict } from '../../src/jobs/predict.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openEngine } from '../engine.ts';
import { wholeNumber, wholeNumbers } from '../terminal/numbers.ts';
import { follow } from '../terminal/progress.ts';
import { printResults } from '../terminal/results.ts';
import { openStore } from '../volume-store.ts';
import { addGroupOptions, chooseGroup, type GroupOptions } from './group-options.ts';

interface Options extends GroupOptions {
  readonly split?: number[];
  readonly batch_size: number;
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .description('apply the models of a MAPS to a data group')
    .argument('<INPUT_MAPS_DIRECTORY>', 'a finished MAPS')
    .argument('<DATA_GROUP>', 'name of the group: an existing one, or a new one')
    .option('--use_labels', 'compare with the labels of the group (the default)')
    .option('--no_labels', 'ignore labels: predictions only')
    .option('--batch_size <count>', 'images at once', wholeNumber, 8)
    .option('--skip_leak_check', 'do not compare with the participants of the training')
    .option('--split <number>', 'splits to use [-s]. Repeat for several.', wholeNumbers);
  addGroupOptions(command).action(
    async (maps: string, group: string, options: Options & { no_labels?: boolean }) => {
      const labels = options.no_labels !== true;
      const { source, definition } = await chooseGroup(maps, group, {
        ...options,
        labels,
      });
      const engine = await openEngine();
      const store = openStore(source.caps);
      try {
        const job = predict(
          {
            ...{ ...source, maps: new DiskTree(maps), group, store },
            ...(definition === undefined ? {} : { definition }),
            selectionMetrics: options.selection_metrics ?? [],
            splits: options.split ?? [],
            batchSize: options.batch_size,
            useLabels: labels,
            unreadable: options.skip_unreadable === true ? 'leave-out' : 'stop',
          },
          { device: engine.device, clock: systemClock, signal: engine.signal },
        );
        await follow(job);
      } finally {
        await store.close();
        engine.close();
      }
      await printResults(await openMaps(new DiskTree(maps)), [group]);
    },
  );
}
