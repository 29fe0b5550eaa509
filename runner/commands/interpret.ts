/** `capsule interpret`: what in the volumes speaks for a score, by one of several methods. */
import { type Command, Argument, Option } from 'commander';
import type { Method } from '../../src/engine/interpret/methods.ts';
import { interpret } from '../../src/jobs/interpret.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openEngine } from '../engine.ts';
import { oneOf } from '../terminal/choices.ts';
import { countingNumber, wholeNumber } from '../terminal/numbers.ts';
import { follow } from '../terminal/progress.ts';
import { openStore } from '../volume-store.ts';
import { addGroupOptions, chooseGroup, type GroupOptions } from './group-options.ts';
import { addMethodOptions, methodOf, METHODS, type MethodOptions } from './interpret-method.ts';
import { addScoreOptions, scoreAgainst, type ScoreOptions } from './interpret-score.ts';

interface Options extends GroupOptions, MethodOptions, ScoreOptions {
  readonly seed: number;
  readonly target_node: number;
  readonly batch_size?: number;
  readonly save_individual?: boolean;
  readonly save_nifti?: boolean;
  readonly sanity_check?: true | 'full' | 'cascade';
  readonly overwrite_name?: boolean;
  readonly compat?: '1.6.1';
}

export function addInterpret(program: Command): void {
  const command = program
    .command('interpret')
    .description('compute maps of what speaks for a class or a value')
    .argument('<INPUT_MAPS_DIRECTORY>', 'a finished MAPS')
    .argument('<DATA_GROUP>', 'name of the group: an existing one, or a new one')
    .argument('<NAME>', 'name of the interpretation: maps go to interpret-<NAME>')
    .addArgument(new Argument('<METHOD>', `how: ${METHODS.join(', ')}`).argParser(oneOf(METHODS)))
    .option(
      '--batch_size <count>',
      'variants of a volume at once, for methods that need several; by its size when absent',
      countingNumber,
    )
    .option(
      '--target_node <code>',
      'code of the class whose score is explained; a regression has the one value, 0',
      wholeNumber,
      0,
    )
    .option('--save_individual', 'write a map for each session, not only the mean')
    .option('--save_nifti', 'write .nii.gz beside .pt, in the space of the scans')
    .addOption(
      new Option(
        '--sanity_check [randomisation]',
        'make some maps again with randomised weights and say whether they differ: all layers at once (full, the default), or one more at a time (cascade)',
      ).choices(['full', 'cascade']),
    )
    .option('--overwrite_name', 'replace maps of the same name [-on]')
    .option('-o, --overwrite', 'define the group anew, and remove what was said about it')
    .option('--gpu', 'accepted, without effect: the GPU is used where there is one')
    .option('--no-gpu', 'accepted, without effect')
    .option('--amp', 'accepted, without effect: maps are computed in single precision')
    .option('--no-amp', 'the same')
    .option('--n_proc <count>', 'accepted, without effect [-np]', wholeNumber)
    .addOption(
      new Option(
        '--compat <version>',
        'divide the mean map of a part by the number of parts as well, as 1.6.1 does',
      ).choices(['1.6.1']),
    );
  addMethodOptions(command);
  addScoreOptions(command);
  addGroupOptions(command).action(
    async (
      maps: string,
      group: string,
      name: string,
      method: Method['method'],
      options: Options,
    ) => {
      const settled = methodOf(method, options);
      const against = await scoreAgainst(options);
      const { source, definition } = await chooseGroup(maps, group, options);
      const engine = await openEngine();
      const store = openStore(source.caps);
      const { sanity_check: check } = options;
      try {
        const job = interpret(
          {
            ...{ ...source, maps: new DiskTree(maps), group, name, method: settled, store },
            ...(definition === undefined ? {} : { definition }),
            selectionMetrics: options.selection_metrics ?? [],
            targetNode: options.target_node,
            batchSize: options.batch_size,
            saveIndividual: options.save_individual === true,
            saveNifti: options.save_nifti === true,
            sanityCheck: check === true ? 'full' : check,
            scoreAgainst: against,
            seed: options.seed,
            overwrite: options.overwrite === true,
            overwriteName: options.overwrite_name === true,
            compat: options.compat,
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
