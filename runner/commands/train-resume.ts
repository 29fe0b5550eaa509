/**
 * `capsule train resume`: finishes a training that was interrupted. Options, sets and network are
 * those of the MAPS; folders may have moved since.
 */
import type { Command } from 'commander';
import { openMaps } from '../../src/core/maps/reader.ts';
import { resume } from '../../src/jobs/resume.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openCapsSource, openNamedCaps } from '../cohorts.ts';
import { openEngine } from '../engine.ts';
import { follow } from '../terminal/progress.ts';
import {
  addMemoryOptions,
  cacheAsked,
  checkpointSeconds,
  compatOf,
  memoryChoice,
  printBest,
  splitsOf,
  type Typed,
} from '../training.ts';
import { openTargetCaps } from '../target.ts';
import { openTransferPath } from '../transfer.ts';
import { addCacheOptions, openStore } from '../volume-store.ts';
import { repeated } from '../terminal/repeated.ts';

export function addTrainResume(group: Command): void {
  const command = group
    .command('resume')
    .description('go on with a training that was interrupted, from where it was saved')
    .argument('<INPUT_MAPS_DIRECTORY>', 'MAPS whose training is not finished')
    .option('--split <n>', 'split to finish; repeat for several (default: all) [-s]', repeated)
    .option(
      '--caps_directory <folder>',
      'where the volumes are now (default: the folder that the MAPS names)',
    );
  command.option(
    '--caps_target <folder>',
    'of a domain adaptation: where the volumes of the target are now (default: the folder that the MAPS names)',
  );
  addMemoryOptions(command);
  addCacheOptions(command);
  command.action(async (path: string, typed: Typed) => {
    await run(path, splitsOf(typed['split']), typed);
  });
}

async function run(path: string, splits: readonly number[], typed: Typed) {
  const tree = new DiskTree(path);
  const { config, extra } = (await openMaps(tree)).parameters;
  const moved = typed['caps_directory'];
  const source =
    typeof moved === 'string'
      ? await openCapsSource(moved, config.multi_cohort)
      : await openNamedCaps(
          extra.caps_directory,
          config.multi_cohort,
          'Say where the volumes are here with --caps_directory.',
        );
  const { transfer_path } = config;
  const transfer =
    transfer_path === false ? {} : { transfer: await openTransferPath(transfer_path) };
  const given = typed['caps_target'];
  const targetPath = typeof given === 'string' ? given : config.caps_target;
  const target = config.ssda_network ? await openTargetCaps(targetPath) : undefined;
  const engine = await openEngine();
  const store = openStore(source.caps, cacheAsked(typed));
  const targetStore = target && openStore(target.caps, cacheAsked(typed));
  try {
    const job = resume(
      {
        ...{ ...source, maps: tree, splits, store, ...transfer },
        ...(target && { target: { ...target, store: targetStore } }),
        ...{ memory: memoryChoice(typed), compat: compatOf(typed) },
        checkpointSeconds: checkpointSeconds(typed),
      },
      { device: engine.device, clock: systemClock, signal: engine.signal },
    );
    await printBest(tree, await follow(job));
    process.stdout.write(`${path}\n`);
  } finally {
    await store.close();
    await targetStore?.close();
    engine.close();
  }
}
