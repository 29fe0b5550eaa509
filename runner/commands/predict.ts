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
  readonly no_labels?: boolean;
  readonly save_tensor?: boolean;
  readonly save_nifti?: boolean;
  readonly save_latent_tensor?: boolean;
  readonly amp: boolean;
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .description('apply the models of a MAPS to a data group')
    .argument('<INPUT_MAPS_DIRECTORY>', 'a finished MAPS')
    .argument('<DATA_GROUP>', 'name of the group: an existing one, or a new one')
    .option('--use_labels', 'compare with the labels of the group (the default)')
    .option('--no_labels', 'ignore labels: predictions only')
    .option('--label <column>', 'column to compare with, instead of that of the training')
    .option('--save_tensor', 'reconstruction: write inputs and outputs as .pt')
    .option('--save_nifti', 'reconstruction: write inputs and outputs as .nii.gz')
    .option('--save_latent_tensor', 'autoencoders: write the code of each element as .pt')
    .option('--batch_size <count>', 'images at once', wholeNumber, 8)
    .option('--skip_leak_check', 'do not compare with the participants of the training')
    .option('-o, --overwrite', 'define the group anew, and remove what was said about it')
    .option('--split <number>', 'splits to use [-s]. Repeat for several.', wholeNumbers)
    .option('--amp', 'half precision on the GPU', false)
    .option('--no-amp', 'single precision (the default)')
    .option('--gpu', 'without effect: WebGPU finds the GPU by itself')
    .option('--no-gpu', 'without effect, see --gpu')
    .option('--n_proc <count>', 'without effect: volumes are read in threads [-np]', wholeNumber);
  addGroupOptions(command).action(async (maps: string, group: string, options: Options) => {
    const labels = options.no_labels !== true;
    const { source, definition } = await chooseGroup(maps, group, { ...options, labels });
    const engine = await openEngine();
    const store = openStore(source.caps);
    try {
      const job = predict(
        {
          ...{ ...source, maps: new DiskTree(maps), group, store },
          ...(definition === undefined ? {} : { definition }),
          ...(options.label === undefined ? {} : { label: options.label }),
          overwrite: options.overwrite === true,
          selectionMetrics: options.selection_metrics ?? [],
          splits: options.split ?? [],
          ...{ batchSize: options.batch_size, amp: options.amp, useLabels: labels },
          saveTensor: options.save_tensor === true,
          saveNifti: options.save_nifti === true,
          saveLatent: options.save_latent_tensor === true,
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
  });
}
