/**
 * `capsule train classification`: options, their help and their defaults come from the schema of an
 * experiment. Command line over configuration file over defaults.
 */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { argumentsOf, parseArguments, type Argument } from '../../src/core/config/arguments.ts';
import { mergeConfig, parseConfig } from '../../src/core/config/parse.ts';
import { TASKS, type PartialConfig, type Task } from '../../src/core/config/schema.ts';
import { fromToml } from '../../src/core/config/toml.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import { dryRun, type DryRunRequest } from '../../src/jobs/dry-run.ts';
import { train, type MemoryChoice } from '../../src/jobs/train.ts';
import type { SetsPlace } from '../../src/jobs/training/read-sets.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { loadSharedExtraction, openCapsSource, openSets } from '../cohorts.ts';
import { openEngine, RUNTIME } from '../engine.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { follow } from '../terminal/progress.ts';
import { printDryRun } from '../terminal/survey.ts';
import { addCacheOptions, cacheOf, openStore } from '../volume-store.ts';
import { addListModels } from './list-models.ts';

type Typed = Record<string, string | string[] | boolean | undefined>;

export function addTrain(program: Command): void {
  const group = program.command('train').description('train networks; the result is a MAPS folder');
  for (const task of TASKS) addTask(group, task);
  addListModels(group, 'list_models');
}

function addTask(group: Command, task: Task): void {
  const command = group
    .command(task)
    .description(
      task === 'classification'
        ? 'train a network to tell classes apart'
        : `not yet: ${task} (PARITY.md says what works)`,
    )
    .argument(
      '<CAPS_DIRECTORY>',
      'folder (or zip) with subjects/sub-*/ses-*, or a table of cohorts',
    )
    .argument('<PREPROCESSING_JSON>', 'name of a file in tensor_extraction of the CAPS')
    .argument(
      '<TSV_DIRECTORY>',
      'folder with train.tsv and validation_baseline.tsv, or a table of cohorts',
    )
    .argument('<OUTPUT_MAPS_DIRECTORY>', 'new folder for the results')
    .option('-c, --config_file <file>', 'TOML or JSON file with options')
    .option(
      '--micro_batch_size <n>',
      'images that go through the network at once; a batch is their mean (default: as many as memory is expected to hold)',
    )
    .option(
      '--checkpoint_activations',
      'make convolutions again for the gradients instead of keeping them: less memory, more time',
    )
    .option('--skip_unreadable', 'leave sessions with unreadable volumes out instead of stopping')
    .option('--i-know', 'train in spite of leakage; the MAPS says so for ever')
    .option('--dry_run', 'only look at tables and volumes, and say what is missing or odd');
  addCacheOptions(command);
  for (const option of optionsFor(task)) command.addOption(option);
  command.action(async (caps, json, tables, output, typed: Typed) => {
    await run(task, [caps, json, tables, output], typed);
  });
}

async function run(task: Task, paths: [string, string, string, string], typed: Typed) {
  const [capsPath, extractionName, tablesPath, output] = paths;
  const file = await fileOptions(typed['config_file'], task);
  const config = mergeConfig(task, file, parseArguments(byKey(typed, task), task));
  const source = await openCapsSource(capsPath, config.multi_cohort);
  const extraction = await loadSharedExtraction(source, extractionName);
  const places = await openSets(tablesPath, source, config.diagnoses);
  const transfer =
    config.transfer_path === false ? {} : { transfer: await openPath(config.transfer_path) };
  const iKnow = typed['iKnow'] === true;
  const maps = new DiskTree(output);
  if (typed['dry_run'] === true) {
    await runDry({ ...source, config, extraction, places, maps, ...transfer, iKnow });
    return;
  }
  const cache = cacheOf({
    ...(typeof typed['cache_dir'] === 'string' ? { cache_dir: typed['cache_dir'] } : {}),
    no_cache: typed['no_cache'] === true,
  });
  const engine = await openEngine();
  const store = openStore(source.caps, cache);
  try {
    const job = train(
      {
        ...{ ...source, config, extraction, store, runtime: RUNTIME },
        ...(places[0] as SetsPlace),
        ...(source.cohorts === undefined ? {} : { places }),
        ...{ tsvDirectory: tablesPath, maps, mapsDirectory: output, ...transfer, iKnow },
        unreadable: typed['skip_unreadable'] === true ? 'leave-out' : 'stop',
        memory: memoryChoice(typed),
      },
      { device: engine.device, clock: systemClock, signal: engine.signal },
    );
    const { bestEpochs } = await follow(job);
    for (const [split, best] of bestEpochs) {
      const epochs = Object.entries(best).map(
        ([metric, epoch]) => `best-${metric} epoch ${epoch + 1}`,
      );
      process.stdout.write(`split-${split}: ${epochs.join(', ')}\n`);
    }
    process.stdout.write(`${output}\n`);
  } finally {
    await store.close();
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

/** @throws CapsuleError CONFIG_VALUE for a size that is no whole number above 0 */
function memoryChoice({ micro_batch_size: size, checkpoint_activations }: Typed): MemoryChoice {
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

async function fileOptions(path: Typed[string], task: Task): Promise<PartialConfig> {
  if (typeof path !== 'string') return {};
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CapsuleError('FILE_NOT_FOUND', { file: path }, { cause });
  });
  if (path.endsWith('.toml')) return fromToml(text, task, { file: path });
  if (!path.endsWith('.json')) {
    throw new CapsuleError('CONFIG_SYNTAX', { file: path, expected: 'a .toml or .json file' });
  }
  try {
    return parseConfig(JSON.parse(text), task, { file: path });
  } catch (cause) {
    if (cause instanceof CapsuleError) throw cause;
    throw new CapsuleError('CONFIG_SYNTAX', { file: path, found: String(cause) }, { cause });
  }
}

/** Flags with another name for "no", back to the keys of the schema. */
function byKey(typed: Typed, task: Task): Typed {
  const values: Typed = {};
  for (const argument of argumentsOf(task)) {
    const { key, cli } = argument;
    const positive = typed[nameOf(cli.long)];
    const negative = cli.negative === undefined ? undefined : typed[nameOf(cli.negative)];
    if (positive !== undefined) values[key] = positive;
    else if (negative === true && !cli.negative?.startsWith('--no-')) values[key] = false;
  }
  return values;
}

const nameOf = (long: string): string => long.replace(/^--/, '');

function optionsFor(task: Task): Option[] {
  const known = new Set<string>();
  return argumentsOf(task).flatMap((argument) => {
    const { cli, option, isFlag, isList } = argument;
    const main = new Option(isFlag ? cli.long : `${cli.long} <${option.kind}>`, help(argument));
    if (isList) main.argParser((value: string, all: string[] = []) => [...all, value]);
    const negative =
      cli.negative === undefined || known.has(cli.negative)
        ? []
        : [new Option(cli.negative, `turns ${cli.long} off`)];
    if (cli.negative !== undefined) known.add(cli.negative);
    return [main, ...negative];
  });
}

function help({ option, cli, isList }: Argument): string {
  const { help: words, fallback, choices, supported, works } = option;
  const later = works === undefined ? [] : (choices ?? []).filter((name) => !works.includes(name));
  const parts = [
    words,
    choices === undefined ? '' : `(${choices.join(', ')})`,
    cli.short === undefined ? '' : `[${cli.short}]`,
    isList ? 'Repeat for several.' : '',
    supported === true ? '' : `Not yet: ${supported}`,
    later.length === 0 ? '' : `Not yet: ${later.join(', ')}.`,
    `(default: ${JSON.stringify(fallback)})`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** Short names of the options of all tasks, spelt out before parsing. */
export function shortOptions(): Map<string, string> {
  const pairs = TASKS.flatMap((task) =>
    argumentsOf(task).flatMap(({ cli }) =>
      cli.short === undefined ? [] : [[cli.short, cli.long] as const],
    ),
  );
  return new Map(pairs);
}
