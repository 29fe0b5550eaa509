/**
 * `capsule train <task>`: options, their help and their defaults come from the schema of an
 * experiment. Command line over configuration file over defaults.
 */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { argumentsOf, parseArguments, type Argument } from '../../src/core/config/arguments.ts';
import { mergeConfig, parseConfig } from '../../src/core/config/parse.ts';
import { TASKS, type PartialConfig, type Task } from '../../src/core/config/schema.ts';
import { fromToml } from '../../src/core/config/toml.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import { loadSharedExtraction, openCapsSource } from '../cohorts.ts';
import { repeated } from '../terminal/repeated.ts';
import { addRunOptions, runTraining, type Typed } from '../training.ts';
import { addListModels } from './list-models.ts';
import { addTrainFromJson } from './train-from-json.ts';
import { addTrainResume } from './train-resume.ts';

const WORDS: Readonly<Record<Task, string>> = {
  classification: 'train a network to tell classes apart',
  regression: 'train a network to predict a number',
  reconstruction: 'train a network to make its input again',
};

export function addTrain(program: Command): void {
  const group = program.command('train').description('train networks; the result is a MAPS folder');
  for (const task of TASKS) addTask(group, task);
  addTrainFromJson(group);
  addTrainResume(group);
  addListModels(group, 'list_models');
}

function addTask(group: Command, task: Task): void {
  const command = group
    .command(task)
    .description(WORDS[task])
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
    .option('-c, --config_file <file>', 'TOML or JSON file with options');
  addRunOptions(command);
  for (const option of optionsFor(task)) command.addOption(option);
  command.action(async (caps, json, tables, output, typed: Typed) => {
    await run(task, [caps, json, tables, output], typed);
  });
}

async function run(task: Task, paths: [string, string, string, string], typed: Typed) {
  const [capsPath, extractionName, tablesPath, output] = paths;
  const file = await fileOptions(typed['config_file'], task);
  const config = mergeConfig(task, parseArguments(byKey(typed, task), task), file);
  const source = await openCapsSource(capsPath, config.multi_cohort);
  const extraction = await loadSharedExtraction(source, extractionName);
  await runTraining({ config, source, extraction, tablesPath, output }, typed);
}

/** @throws CapsuleError FILE_NOT_FOUND; CONFIG_* naming the file */
export async function fileOptions(path: Typed[string], task: Task): Promise<PartialConfig> {
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
    if (isList) main.argParser(repeated);
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
