/**
 * `capsule train resume`: finishes a training that was interrupted. Options, sets and network are
 * those of the MAPS; folders may have moved since.
 */
import type { Command } from 'commander';
import { openMaps } from '../../src/core/maps/reader.ts';
import { resume } from '../../src/jobs/resume.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openCapsSource } from '../cohorts.ts';
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
  const capsPath = typeof moved === 'string' ? moved : extra.caps_directory;
  const source = await openCapsSource(capsPath, config.multi_cohort);
  const { transfer_path } = config;
  const transfer =
    transfer_path === false ? {} : { transfer: await openTransferPath(transfer_path) };
  const engine = await openEngine();
  const store = openStore(source.caps, cacheAsked(typed));
  try {
    const job = resume(
      {
        ...{ ...source, maps: tree, splits, store, ...transfer },
        ...{ memory: memoryChoice(typed), compat: compatOf(typed) },
        checkpointSeconds: checkpointSeconds(typed),
      },
      { device: engine.device, clock: systemClock, signal: engine.signal },
    );
    printBest(await follow(job));
    process.stdout.write(`${path}\n`);
  } finally {
    await store.close();
    engine.close();
  }
}
