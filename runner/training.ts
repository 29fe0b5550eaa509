/** A training as the command line runs it, whatever its configuration came from: the job, followed. */
import { CapsuleError } from '../src/core/errors.ts';
import type { Extraction } from '../src/core/caps/extraction.ts';
import type { Config } from '../src/core/config/schema.ts';
import type { CacheSettings } from '../src/core/files/cache-folder.ts';
import type { FileTree } from '../src/core/files/file-tree.ts';
import { trainingLogPath } from '../src/core/maps/layout.ts';
import { openMaps, type Maps } from '../src/core/maps/reader.ts';
import { dryRun, type DryRunRequest } from '../src/jobs/dry-run.ts';
import type { CapsSource } from '../src/jobs/shared/caps-source.ts';
import { train, type MemoryChoice, type TrainOutcome } from '../src/jobs/train.ts';
import type { SetsPlace } from '../src/jobs/training/read-sets.ts';
import { systemClock } from '../src/platform/node/clock.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { Option, type Command } from 'commander';
import { openSets } from './cohorts.ts';
import { openEngine, RUNTIME } from './engine.ts';
import { onInterrupt } from './terminal/interrupt.ts';
import { follow } from './terminal/progress.ts';
import { printDryRun } from './terminal/survey.ts';
import { openTargetCohort } from './target.ts';
import { openTransferPath } from './transfer.ts';
import { addCacheOptions, cacheOf, openStore } from './volume-store.ts';

export type Typed = Record<string, string | string[] | boolean | undefined>;

export interface TrainingToRun {
  readonly config: Config;
  readonly source: CapsSource;
  readonly extraction: Extraction;
  /** Of the target of a domain adaptation; what the JSON in its CAPS says when absent. */
  readonly targetExtraction?: Extraction | undefined;
  readonly tablesPath: string;
  readonly output: string;
}

/** The options that say how to run, and belong to no configuration. */
export function addRunOptions(command: Command): void {
  command
    .option('--skip_unreadable', 'leave sessions with unreadable volumes out instead of stopping')
    .option('--i-know', 'train in spite of leakage; the MAPS says so for ever')
    .option('--dry_run', 'only look at tables and volumes, and say what is missing or odd');
  addMemoryOptions(command);
  addCacheOptions(command);
}

/** Those of them that a training which goes on has as well. */
export function addMemoryOptions(command: Command): void {
  command
    .option(
      '--micro_batch_size <n>',
      'images that go through the network at once; a batch is their mean (default: as many as memory is expected to hold)',
    )
    .option(
      '--checkpoint_activations',
      'make convolutions again for the gradients instead of keeping them: less memory, more time',
    )
    .option(
      '--checkpoint_minutes <n>',
      'save the training this often within an epoch, for "train resume"; 0: after every step (default: as often as takes a twentieth of the time)',
    )
    .addOption(
      new Option(
        '--compat <version>',
        'add gradients of accumulated batches up, as 1.6.1 does, instead of averaging them',
      ).choices(['1.6.1']),
    );
}

export async function runTraining(
  { config, source, extraction, targetExtraction, tablesPath, output }: TrainingToRun,
  typed: Typed,
): Promise<void> {
  const places = await openSets(tablesPath, source, config.diagnoses);
  const target = await openTargetCohort(config, targetExtraction);
  const transfer =
    config.transfer_path === false
      ? {}
      : { transfer: await openTransferPath(config.transfer_path) };
  const iKnow = typed['iKnow'] === true;
  const maps = new DiskTree(output);
  if (typed['dry_run'] === true) {
    await runDry({ ...source, config, extraction, places, target, maps, ...transfer, iKnow });
    return;
  }
  const engine = await openEngine();
  const store = openStore(source.caps, cacheAsked(typed));
  const targetStore = target && openStore(target.caps, cacheAsked(typed));
  try {
    const job = train(
      {
        ...{ ...source, config, extraction, store, runtime: RUNTIME },
        ...(places[0] as SetsPlace),
        ...(source.cohorts === undefined ? {} : { places }),
        ...(target && { target: { ...target, store: targetStore } }),
        ...{ tsvDirectory: tablesPath, maps, mapsDirectory: output, ...transfer, iKnow },
        unreadable: typed['skip_unreadable'] === true ? 'leave-out' : 'stop',
        ...{ compat: compatOf(typed), memory: memoryChoice(typed) },
        checkpointSeconds: checkpointSeconds(typed),
      },
      { device: engine.device, clock: systemClock, signal: engine.signal },
    );
    const outcome = await follow(job);
    await printBest(maps, outcome);
    process.stdout.write(`${output}\n`);
  } finally {
    await store.close();
    await targetStore?.close();
    engine.close();
  }
}

async function runDry(request: DryRunRequest): Promise<void> {
  const interrupt = onInterrupt();
  try {
    const context = { clock: systemClock, signal: interrupt.signal };
    printDryRun(await follow(dryRun(request, context)));
  } finally {
    interrupt.end();
  }
}

/** The epochs that were chosen, and where those of all losses stand. */
export async function printBest(tree: FileTree, { bestEpochs }: TrainOutcome): Promise<void> {
  if (bestEpochs.size === 0) return;
  const maps = await openMaps(tree);
  for (const line of await bestLines(maps, [...bestEpochs.keys()])) {
    process.stdout.write(`${line}\n`);
  }
  const log = trainingLogPath('split-*', maps.parameters.config.multi_network ? 0 : undefined);
  process.stderr.write(
    `Epochs count from 1 here, and from 0 in ${maps.name}/${log.replace('network-0', 'network-*')} and the checkpoints.\n`,
  );
}

/** One line a split, and where every part has a network of its own, one a network. */
export async function bestLines(maps: Maps, splits: readonly number[]): Promise<string[]> {
  const { config, extra } = maps.parameters;
  const networks = config.multi_network
    ? Array.from({ length: extra.num_networks }, (_, network) => network)
    : [undefined];
  const lines: string[] = [];
  for (const split of maps.wholeSplits().filter(({ index }) => splits.includes(index))) {
    for (const network of networks) {
      const epochs: string[] = [];
      for (const metric of split.metrics) {
        const { epoch } = await split.checkpoint(metric, network);
        epochs.push(`best-${metric} epoch ${epoch + 1}`);
      }
      const place = network === undefined ? split.name : `${split.name} network-${network}`;
      lines.push(`${place}: ${epochs.join(', ')}`);
    }
  }
  return lines;
}

export function cacheAsked({ cache_dir: folder, no_cache }: Typed): CacheSettings | undefined {
  const of = typeof folder === 'string' ? { cache_dir: folder } : {};
  return cacheOf({ ...of, no_cache: no_cache === true });
}

export function compatOf({ compat }: Typed): '1.6.1' | undefined {
  return compat === '1.6.1' ? compat : undefined;
}

/** @throws CapsuleError CONFIG_VALUE for what is no number of minutes */
export function checkpointSeconds({ checkpoint_minutes: text }: Typed): number | undefined {
  if (typeof text !== 'string') return undefined;
  const minutes = Number(text);
  if (text.trim() !== '' && Number.isFinite(minutes) && minutes >= 0) return 60 * minutes;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: '"checkpoint_minutes" to be a number of at least 0',
    found: text,
  });
}

/** @throws CapsuleError CONFIG_VALUE for a size that is no whole number above 0 */
export function memoryChoice({
  micro_batch_size: size,
  checkpoint_activations,
}: Typed): MemoryChoice {
  const checkpointed = checkpoint_activations === true;
  if (typeof size !== 'string') return { checkpointed };
  const microBatchSize = Number(size);
  if (!Number.isInteger(microBatchSize) || microBatchSize < 1) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: '"micro_batch_size" to be a whole number of at least 1',
      found: size,
    });
  }
  return { checkpointed, microBatchSize };
}

/** @throws CapsuleError CONFIG_VALUE */
export function splitsOf(typed: Typed[string]): number[] {
  const texts = Array.isArray(typed) ? typed : [];
  return texts.map((text) => {
    const number = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(number) && number >= 0) return number;
    throw new CapsuleError('CONFIG_VALUE', {
      expected: '"split" to be a whole number of at least 0',
      found: text,
    });
  });
}
