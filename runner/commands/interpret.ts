/** `capsule interpret`: where the score of a class changes with the voxels. */
import { type Command, Argument } from 'commander';
import { interpret } from '../../src/jobs/interpret.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openEngine } from '../engine.ts';
import { wholeNumber } from '../terminal/numbers.ts';
import { follow } from '../terminal/progress.ts';
import { openStore } from '../volume-store.ts';
import { addGroupOptions, chooseGroup, type GroupOptions } from './group-options.ts';

interface Options extends GroupOptions {
  readonly target_node: number;
  readonly save_individual?: boolean;
  readonly save_nifti?: boolean;
  readonly overwrite_name?: boolean;
}

export function addInterpret(program: Command): void {
  const command = program
    .command('interpret')
    .description('compute saliency maps of a data group')
    .argument('<INPUT_MAPS_DIRECTORY>', 'a finished MAPS')
    .argument('<DATA_GROUP>', 'name of the group: an existing one, or a new one')
    .argument('<NAME>', 'name of the interpretation: maps go to interpret-<NAME>')
    .addArgument(new Argument('<METHOD>', 'how').choices(['gradients']))
    .option('--batch_size <count>', 'accepted; without effect: maps are computed one by one')
    .option('--target_node <code>', 'code of the class whose score is explained', wholeNumber, 0)
    .option('--save_individual', 'write a map for each session, not only the mean')
    .option('--save_nifti', 'write .nii.gz beside .pt, in the space of the scans')
    .option('--overwrite_name', 'replace maps of the same name [-on]');
  addGroupOptions(command).action(
    async (maps: string, group: string, name: string, _method: string, options: Options) => {
      const { source, definition } = await chooseGroup(maps, group, options);
      const engine = await openEngine();
      const store = openStore(source.caps);
      try {
        const job = interpret(
          {
            ...{ ...source, maps: new DiskTree(maps), group, name, store },
            ...(definition === undefined ? {} : { definition }),
            selectionMetrics: options.selection_metrics ?? [],
            targetNode: options.target_node,
            saveIndividual: options.save_individual === true,
            saveNifti: options.save_nifti === true,
            overwriteName: options.overwrite_name === true,
            unreadable: options.skip_unreadable === true ? 'leave-out' : 'stop',
          },
          { device: engine.device, clock: systemClock, signal: engine.signal },
        );
        await follow(job);
      } finally {
        await store.close();
        engine.close();
      }
      process.stdout.write(`${maps}\n`);
    },
  );
}
