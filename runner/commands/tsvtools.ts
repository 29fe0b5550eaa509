/**
 * `capsule tsvtools`: tables of labels and sets, from a merged table or straight from a BIDS folder.
 * `getlabels` is the old name of `get-labels`, which 1.6.1 still lists.
 */
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { getLabels } from '../../src/jobs/tables/get-labels.ts';
import { getMetadata } from '../../src/jobs/tables/get-metadata.ts';
import { getProgression } from '../../src/jobs/tables/get-progression.ts';
import { adapt } from '../../src/jobs/tables/adapt.ts';
import { analysis } from '../../src/jobs/tables/analysis.ts';
import type { TableFile } from '../../src/jobs/tables/table-file.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { countingNumber } from '../terminal/numbers.ts';
import { follow } from '../terminal/progress.ts';
import { repeated } from '../terminal/repeated.ts';
import { tableAt } from './table-path.ts';
import { addSplitTools, SPLIT_SHORTS } from './tsvtools-split.ts';

/** Short names of several letters; some of them mean another option elsewhere. */
export const TSVTOOLS_SHORTS: readonly (readonly [string, string])[] = [
  ['-mod', '--modality'],
  ['-voi', '--variables_of_interest'],
  ['-lb', '--labels_list'],
  ...SPLIT_SHORTS,
];

const LABELS_ABOVE = 5;

export function addTsvtools(program: Command): void {
  const group = program
    .command('tsvtools')
    .description('make tables of labels, split them, describe them');
  addGetLabels(
    group,
    'get-labels',
    'write labels.tsv: the sessions that have a label and an image',
  );
  addSplitTools(group);
  addGetProgression(group);
  addGetMetadata(group);
  addAnalysis(group);
  addAdapt(group);
  addGetLabels(group, 'getlabels', 'old name of get-labels');
}

interface LabelOptions {
  readonly diagnoses?: string[];
  readonly modality: string;
  readonly variables_of_interest?: string[];
  readonly caps_directory?: string;
  readonly restriction_tsv?: string;
  readonly keep_smc?: boolean;
  readonly merged_tsv?: string;
  readonly missing_mods?: string;
  readonly remove_unique_session?: boolean;
  readonly diagnosis_column?: string;
}

function addGetLabels(group: Command, name: string, description: string): void {
  group
    .command(name)
    .description(description)
    .argument('<BIDS_DIRECTORY>', 'BIDS folder (or zip); read when tables have to be made from it')
    .argument('<OUTPUT_DIRECTORY>', 'folder for labels.tsv and labels.json')
    .option('-d, --diagnoses <name>', 'label to keep: AD and CN by default. Repeat.', repeated)
    .option('--modality <name>', 'image that a session must have, such as flair [-mod]', 't1w')
    .option('--variables_of_interest <column>', 'column to keep [-voi]. Repeat.', repeated)
    .option(
      '-c, --caps_directory <folder>',
      'written into labels.json; without effect, as in 1.6.1',
    )
    .option('--restriction_tsv <file>', 'keep the sessions of this table only')
    .option('--keep_smc', 'keep participants with subjective memory complaints')
    .option('--merged_tsv <file>', 'table of clinica iotools merge-tsv')
    .option('--missing_mods <folder>', 'tables of clinica iotools check-missing-modalities')
    .option('--remove_unique_session', 'leave participants with one session out')
    .option('--diagnosis_column <name>', 'column of the diagnosis, where it has another name')
    .action((bids: string, output: string, options: LabelOptions) => {
      if (name === 'getlabels') process.stderr.write('getlabels is now called get-labels.\n');
      return runGetLabels(bids, output, options);
    });
}

async function runGetLabels(bids: string, output: string, options: LabelOptions): Promise<void> {
  const { merged_tsv: merged, missing_mods: missing, restriction_tsv: restriction } = options;
  const job = getLabels({
    openBids: () => openPath(bids),
    output: new DiskTree(output),
    merged: merged === undefined ? undefined : tableAt(merged),
    missingModalities: missing === undefined ? undefined : await openPath(missing),
    restriction: restriction === undefined ? undefined : tableAt(restriction),
    modality: options.modality,
    choice: {
      diagnoses: options.diagnoses ?? ['AD', 'CN'],
      variables: options.variables_of_interest ?? [],
      keepSmc: options.keep_smc === true,
      removeUniqueSession: options.remove_unique_session === true,
      diagnosisColumn: options.diagnosis_column,
    },
    paths: {
      ...{ bids, restriction: restriction ?? null, caps: options.caps_directory ?? null },
      missingModalities: missing ?? join(output, 'missing_mods'),
      merged: merged ?? join(output, 'merged.tsv'),
    },
  });
  const { sessions, participants } = await follow(job);
  const file = join(output, 'labels.tsv');
  process.stdout.write(`${file}: ${sessions} sessions of ${participants} participants\n`);
}

interface CompatOptions {
  readonly compat?: string;
}

/** 1.6.1 renames sessions to three digits, which breaks the link to folders such as ses-M00. */
const compat = (): Option =>
  new Option('--compat <version>', 'write ses-M00 as ses-M000, as 1.6.1 does').choices(['1.6.1']);

function addGetProgression(group: Command): void {
  group
    .command('get-progression')
    .description('add the column progression: stable, worse, better, unstable or unknown')
    .argument('<DATA_TSV>', 'table with participant_id, session_id and diagnosis; rewritten')
    .option('--time_horizon <months>', 'how far ahead to look', countingNumber, 36)
    .option(
      '--order <name>',
      'diagnosis, healthiest first: CN, MCI, AD by default. Repeat.',
      repeated,
    )
    .addOption(compat())
    .action(async (path: string, options: ProgressionOptions) => {
      const { time_horizon: horizon, order } = options;
      const choice = { horizon, order, threeDigits: options.compat !== undefined };
      const input = { data: tableAt(path), labels: labelsAbove(path), choice };
      const counts = await follow(getProgression(input));
      const parts = Object.entries(counts).map(([label, count]) => `${label} ${count}`);
      process.stdout.write(`${path}: ${parts.join(', ')}\n`);
    });
}

interface ProgressionOptions extends CompatOptions {
  readonly time_horizon: number;
  readonly order?: string[];
}

function addGetMetadata(group: Command): void {
  group
    .command('get-metadata')
    .description('add columns of the merged table')
    .argument('<DATA_TSV>', 'table with participant_id and session_id; rewritten')
    .argument('<MERGED_TSV>', 'table of clinica iotools merge-tsv, or merged.tsv of get-labels')
    .option(
      '--variables_of_interest <column>',
      'column to add [-voi]: all by default. Repeat.',
      repeated,
    )
    .option('--by_session', 'join by session alone: keeps sessions about which the tables disagree')
    .addOption(compat())
    .action(async (path: string, merged: string, options: MetadataOptions) => {
      const choice = {
        variables: options.variables_of_interest,
        bySession: options.by_session === true,
        threeDigits: options.compat !== undefined,
      };
      const input = { data: tableAt(path), merged: tableAt(merged), choice };
      const { sessions, columns } = await follow(getMetadata(input));
      process.stdout.write(`${path}: ${sessions} sessions, ${columns.join(', ')}\n`);
    });
}

interface MetadataOptions extends CompatOptions {
  readonly variables_of_interest?: string[];
  readonly by_session?: boolean;
}

function addAnalysis(group: Command): void {
  group
    .command('analysis')
    .description('describe the participants of each label: age, sex, MMSE, CDR, sessions')
    .argument('<MERGED_TSV>', 'table of clinica iotools merge-tsv, or merged.tsv of get-labels')
    .argument('<DATA_TSV>', 'table of labels')
    .argument('<RESULTS_TSV>', 'table to write')
    .option('-d, --diagnoses <name>', 'label: AD and CN by default. Repeat.', repeated)
    .action(async (merged: string, data: string, results: string, options: LabelOptions) => {
      const diagnoses = options.diagnoses ?? ['AD', 'CN'];
      const files = {
        merged: tableAt(merged),
        data: tableAt(data),
        results: tableAt(results),
      };
      const table = await follow(analysis({ ...files, diagnoses }));
      process.stdout.write(`${results}: ${table.rows.map(([name]) => name).join(', ')}\n`);
    });
}

function addAdapt(group: Command): void {
  group
    .command('adapt')
    .description('convert tables of ClinicaDL before 1.2, one a label')
    .argument('<OLD_TSV_DIR>', 'folder with AD.tsv, CN.tsv and so on')
    .argument('<NEW_TSV_DIR>', 'new folder')
    .option('--labels_list <name>', 'label to convert [-lb]: all by default. Repeat.', repeated)
    .action(async (old: string, target: string, options: { labels_list?: string[] }) => {
      const input = { old: await openPath(old), target: new DiskTree(target) };
      const files = await follow(adapt({ ...input, labels: options.labels_list }));
      for (const file of files) process.stdout.write(`${join(target, file)}\n`);
    });
}

/** The labels.tsv beside a table and in the folders above it, nearest first. */
function labelsAbove(path: string): TableFile[] {
  const files: TableFile[] = [];
  let folder = dirname(resolve(path));
  for (let level = 0; level <= LABELS_ABOVE; level += 1) {
    files.push(tableAt(join(folder, 'labels.tsv')));
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  return files.filter(({ name }) => name !== resolve(path));
}
