/**
 * `capsule tsvtools split | kfold | prepare-experiment`: names, options and defaults of ClinicaDL
 * 1.6.1, and two of our own, `--seed` and `--compat`.
 */
import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Compat } from '../../src/core/split/set-tables.ts';
import { LEVELS_ABOVE, readSource, type TablePlace } from '../../src/jobs/tables/split-files.ts';
import { prepareExperiment } from '../../src/jobs/tables/split-experiment.ts';
import { foldTable } from '../../src/jobs/tables/split-folds.ts';
import { splitTable } from '../../src/jobs/tables/split.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { wholeNumber } from '../terminal/numbers.ts';
import { follow } from '../terminal/progress.ts';
import { tableAt } from './table-path.ts';

/** Short names of several letters, of these commands alone: `-ps` is another option elsewhere. */
export const SPLIT_SHORTS: readonly (readonly [string, string])[] = [
  ['-ps', '--p_sex_threshold'],
  ['-pa', '--p_age_threshold'],
  ['-vt', '--validation_type'],
];

interface SubsetArguments {
  readonly subset_name: string;
  readonly valid_longitudinal?: boolean;
  readonly valid_baseline?: boolean;
  readonly compat?: Compat;
}

interface SplitArguments extends SubsetArguments {
  readonly n_test?: number;
  readonly p_sex_threshold: number;
  readonly p_age_threshold: number;
  readonly ignore_demographics?: boolean;
  readonly categorical_split_variable?: string;
  readonly multiDiagnoses?: boolean;
  readonly seed: number;
}

interface FoldArguments extends SubsetArguments {
  readonly n_splits: number;
  readonly stratification?: string;
  readonly mergedTsv?: string;
}

interface ExperimentArguments {
  readonly n_test: number;
  readonly validation_type: 'split' | 'kfold';
  readonly n_validation: number;
  readonly seed: number;
  readonly compat?: Compat;
}

export function addSplitTools(group: Command): void {
  addSplit(group);
  addKfold(group);
  addPrepareExperiment(group);
}

function addSplit(group: Command): void {
  const command = group
    .command('split')
    .description('take a set out of a table of sessions, like the rest in diagnosis, age and sex')
    .argument('<DATA_TSV>', 'table of sessions, as get-labels, split or kfold write it')
    .option(
      '--n_test <count>',
      'participants of the set; below 1 a share of them; 0: no training set (default: 100)',
      numberFromZero,
    )
    .option('--p_sex_threshold <p>', 'least p-value of the sexes [-ps]', numberFromZero, 0.8)
    .option('--p_age_threshold <p>', 'least p-value of the ages [-pa]', numberFromZero, 0.8)
    .option('--ignore_demographics', 'draw whatever the diagnosis, the age and the sex')
    .option(
      '--categorical_split_variable <column>',
      'column that both sets have in the same proportions, besides the diagnosis',
    )
    .option(
      '--multi-diagnoses',
      'take the best of 5000 sets, by all columns; a quarter by default',
    );
  addSubsetOptions(command).addOption(seedOption()).addOption(compatOption());
  command.action(async (path: string, typed: SplitArguments) => {
    const job = splitTable(placeOf(path), {
      ...subsetOf(typed),
      nTest: typed.n_test,
      pSexThreshold: typed.p_sex_threshold,
      pAgeThreshold: typed.p_age_threshold,
      ignoreDemographics: typed.ignore_demographics === true,
      categoricalSplitVariable: typed.categorical_split_variable,
      multiDiagnoses: typed.multiDiagnoses === true,
      seed: typed.seed,
    });
    print(path, (await follow(job)).folder);
  });
}

function addKfold(group: Command): void {
  const command = group
    .command('kfold')
    .description('divide a table of sessions into the folds of a cross-validation')
    .argument('<DATA_TSV>', 'table of sessions, as get-labels, split or kfold write it')
    .option('--n_splits <count>', 'folds; 0: no training set', wholeNumber, 5)
    .option('--stratification <column>', 'balance this column in the folds, not the diagnosis')
    .option('--merged-tsv <file>', 'where columns that are missing are taken from');
  addSubsetOptions(command).addOption(compatOption());
  command.action(async (path: string, typed: FoldArguments) => {
    const { n_splits: nSplits, stratification, mergedTsv } = typed;
    const merged = mergedTsv === undefined ? undefined : await readSource(placeOf(mergedTsv));
    const options = { ...subsetOf(typed), nSplits, stratification };
    print(path, (await follow(foldTable(placeOf(path), options, merged))).folder);
  });
}

function addPrepareExperiment(group: Command): void {
  group
    .command('prepare-experiment')
    .description('a test set like the rest, and folds or a validation set of those who are left')
    .argument('<DATA_TSV>', 'table of sessions, as get-labels writes it')
    .option(
      '--n_test <count>',
      'participants of the test set; below 1 a share of them',
      numberFromZero,
      100,
    )
    .addOption(
      new Option('--validation_type <type>', 'how validation sets are made [-vt]')
        .choices(['split', 'kfold'])
        .default('kfold'),
    )
    .option(
      '--n_validation <count>',
      'folds, or participants of the validation set as for --n_test',
      numberFromZero,
      5,
    )
    .addOption(seedOption())
    .addOption(compatOption())
    .action(async (path: string, typed: ExperimentArguments) => {
      const job = prepareExperiment(placeOf(path), {
        nTest: typed.n_test,
        validationType: typed.validation_type,
        nValidation: typed.n_validation,
        seed: typed.seed,
        compat: typed.compat,
      });
      print(path, (await follow(job)).validation);
    });
}

function addSubsetOptions(command: Command): Command {
  return command
    .option('--subset_name <name>', 'name of the set beside the training set', 'validation')
    .option('--valid_longitudinal', 'write all sessions of that set as well')
    .option('--valid_baseline', 'write its first sessions alone (the default)');
}

const seedOption = (): Option =>
  new Option('--seed <number>', 'every draw follows from it').argParser(wholeNumber).default(0);

const compatOption = (): Option =>
  new Option('--compat <version>', 'do what this ClinicaDL does where it is wrong').choices([
    '1.6.1',
  ]);

function subsetOf(typed: SubsetArguments) {
  return {
    subsetName: typed.subset_name,
    validLongitudinal: typed.valid_longitudinal === true && typed.valid_baseline !== true,
    compat: typed.compat,
  };
}

/** The table's folder, and those above it for labels. */
function placeOf(path: string): TablePlace {
  const above: DiskTree[] = [];
  const { tree, path: file, name } = tableAt(path);
  let folder = dirname(resolve(path));
  const place = { folder: tree, file, name };
  while (above.length < LEVELS_ABOVE && dirname(folder) !== folder) {
    folder = dirname(folder);
    above.push(new DiskTree(folder));
  }
  return { ...place, above };
}

function print(path: string, folder: string): void {
  process.stdout.write(`${join(dirname(path), folder)}\n`);
}

function numberFromZero(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It has to be a number of 0 or more.');
}
