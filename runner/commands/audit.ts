/**
 * `capsule audit`: who and what is shared between sets. Exit code 0: nothing found; 1: warnings, with
 * --strict; 2: leakage (or a wrong option, as everywhere).
 */
import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { CapsuleError } from '../../src/core/errors.ts';
import type { AuditReport } from '../../src/core/leakage/audit.ts';
import { reportLines } from '../../src/core/leakage/in-words.ts';
import { readNamedTable } from '../../src/core/tsv/read-table.ts';
import { columnOf, findColumn } from '../../src/core/tsv/table.ts';
import { audit, type AuditRequest } from '../../src/jobs/audit.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { follow } from '../terminal/progress.ts';
import { repeated } from '../terminal/repeated.ts';
import { tableAt } from './table-path.ts';

interface Options {
  readonly maps?: string;
  readonly test?: string[];
  readonly labels?: string;
  readonly label?: string;
  readonly diagnoses?: string[];
  readonly inputs?: string[];
  readonly stratification?: string;
  readonly ensemble?: boolean;
  readonly caps_directory?: string;
  readonly preprocessing_json?: string;
  readonly no_hash?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export function addAudit(program: Command): void {
  program
    .command('audit')
    .description('look for leakage: people, scans and labels that sets of an experiment share')
    .argument('[TSV_DIRECTORY]', 'folder of sets (single or folds), or a multi-cohort TSV')
    .option(
      '--maps <folder>',
      'a MAPS to audit; with TSV_DIRECTORY, the one that training starts from',
    )
    .option('--test <tsv>', 'a table to test on. Repeat for several.', repeated)
    .option('--labels <tsv>', 'all visits of the participants, with their diagnosis')
    .option(
      '--label <column>',
      'column that is predicted (default: that of the MAPS, or diagnosis)',
    )
    .option('--diagnoses <name>', 'diagnoses that take part [-d]. Repeat for several.', repeated)
    .option('--inputs <column>', 'column that the network is given. Repeat for several.', repeated)
    .option('--stratification <column>', 'column by which the sets were drawn')
    .option('--ensemble', 'models of all splits vote together on the test sets')
    .option('--caps_directory <folder>', 'compare the voxels of its scans; or a multi-cohort TSV')
    .option('--preprocessing_json <name>', 'which volumes (default: those that most sessions have)')
    .option('--no_hash', 'do not read scans')
    .option('--strict', 'exit with 1 when there are warnings')
    .option('--json', 'print the report as JSON')
    .action(async (tables: string | undefined, options: Options) => {
      const report = await run(tables, options);
      const { json = false, strict = false } = options;
      const text = json ? JSON.stringify(report, null, 2) : reportLines(report).join('\n');
      process.stdout.write(`${text}\n`);
      if (report.verdict === 'leaky') process.exitCode = 2;
      else if (report.verdict === 'warnings' && strict) process.exitCode = 1;
    });
}

async function run(tables: string | undefined, options: Options): Promise<AuditReport> {
  const { labels, label, stratification } = options;
  const maps = options.maps === undefined ? undefined : await openPath(options.maps);
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  try {
    const job = audit(
      {
        ...{ maps, label, stratification, preprocessing: options.preprocessing_json },
        tables: tables === undefined ? [] : await foldersOf(tables, options.diagnoses ?? []),
        openSource: (path) => openSource(path, options.maps ?? '.'),
        tests: (options.test ?? []).map(tableAt),
        labels: labels === undefined ? undefined : tableAt(labels),
        ...{ diagnoses: options.diagnoses ?? [], inputs: options.inputs ?? [] },
        pooled: options.ensemble === true,
        caps: await capsOf(options),
      },
      { clock: systemClock, signal: controller.signal },
    );
    return await follow(job);
  } finally {
    process.off('SIGINT', stop);
  }
}

/** One folder, or those that a multi-cohort TSV names with the diagnoses of each. */
async function foldersOf(path: string, wanted: readonly string[]): Promise<AuditRequest['tables']> {
  if (!path.endsWith('.tsv')) return [{ ...folderAt(path), diagnoses: wanted }];
  const cohorts = await readCohorts(path);
  return cohorts.flatMap(({ cohort, path: folder, diagnoses: own }) => {
    const isFree = own.length === 0 || wanted.length === 0;
    const diagnoses = isFree ? [...own, ...wanted] : own.filter((one) => wanted.includes(one));
    // Of a cohort without any of the wanted diagnoses nobody takes part.
    if (diagnoses.length === 0 && !isFree) return [];
    return [{ ...folderAt(folder), cohort, diagnoses }];
  });
}

async function capsOf({ caps_directory: path, no_hash }: Options): Promise<AuditRequest['caps']> {
  if (path === undefined || no_hash === true) return [];
  if (!path.endsWith('.tsv')) return [{ tree: await openPath(path) }];
  const cohorts = await readCohorts(path);
  return Promise.all(
    cohorts.map(async ({ cohort, path: folder }) => ({ tree: await openPath(folder), cohort })),
  );
}

interface CohortPlace {
  readonly cohort: string;
  readonly path: string;
  readonly diagnoses: readonly string[];
}

/** @throws CapsuleError TSV_COLUMN without `cohort` and `path`, TSV_VALUE for a cohort named twice */
async function readCohorts(path: string): Promise<CohortPlace[]> {
  const { tree, path: name } = tableAt(path);
  const { table } = await readNamedTable(tree, name, path);
  if (['cohort', 'path'].some((column) => findColumn(table, column) === undefined)) {
    throw new CapsuleError('TSV_COLUMN', {
      ...{ file: path, expected: 'cohort and path', found: table.columns.join(', ') },
      action: 'Give the folder of the sets, or a table of several cohorts with these columns.',
    });
  }
  const source = { file: path };
  const cohorts = columnOf(table, 'cohort', source).map((cell) => cell.trim());
  const paths = columnOf(table, 'path', source);
  const hasDiagnoses = findColumn(table, 'diagnoses') !== undefined;
  const diagnoses = hasDiagnoses ? columnOf(table, 'diagnoses', source) : [];
  const twice = cohorts.find((cohort, row) => cohort === '' || cohorts.indexOf(cohort) !== row);
  if (twice !== undefined) {
    const expected = 'a name of its own for each cohort';
    throw new CapsuleError('TSV_VALUE', {
      ...source,
      column: 'cohort',
      expected,
      found: `"${twice}"`,
    });
  }
  return cohorts.map((cohort, row) => ({
    cohort,
    path: (paths[row] ?? '').trim(),
    diagnoses: (diagnoses[row] ?? '').replaceAll(' ', '').split(',').filter(Boolean),
  }));
}

/** The parent is within reach: its tables tell where the sets come from, and whom to test on. */
function folderAt(path: string): { tree: DiskTree; folder: string } {
  const folder = resolve(path);
  return { tree: new DiskTree(dirname(folder)), folder: basename(folder) };
}

/** A source as its MAPS names it: from here, or from where the MAPS is. */
async function openSource(path: string, maps: string) {
  const here = await openPath(path).catch(() => undefined);
  return here ?? openPath(resolve(dirname(maps), path));
}
