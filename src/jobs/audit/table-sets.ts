/**
 * The sets of a folder that `tsvtools` made, as the audit sees them: a single split or folds, tables
 * of first sessions and of all, test tables in the folder and beside it. Tables are looked for by
 * name: a folder of tables may stand in a folder of many other files.
 */
import * as v from 'valibot';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { readJson } from '../../core/files/read.ts';
import { groupBy, type AuditRow, type AuditSet, type Role } from '../../core/leakage/experiment.ts';
import { auditRows, ofDiagnoses, withVisits } from '../../core/leakage/table-rows.ts';
import { readNamedTable } from '../../core/tsv/read-table.ts';

export interface TableFolder {
  /** A tree that holds the folder, and its parent where that is within reach. */
  readonly tree: FileTree;
  /** '' for the tree itself. */
  readonly folder: string;
  /** Cohort of all its rows. */
  readonly cohort?: string | undefined;
  /** Rows of other diagnoses are left out; none is when this is empty. */
  readonly diagnoses: readonly string[];
}

export interface TableReading {
  /** Column that is predicted. */
  readonly label: string;
  /** Columns that the network is given beside the image. */
  readonly inputs: readonly string[];
  /** Column by which the sets were drawn; what the folder says when absent. */
  readonly stratification?: string | undefined;
  /** Visits of a table of labels; what `labels.tsv` beside the sets says when absent. */
  readonly visits?: readonly AuditRow[] | undefined;
}

export interface DescribedTables {
  readonly sets: readonly AuditSet[];
  readonly visits: readonly AuditRow[];
  readonly stratification: string | undefined;
}

const DRAWN = v.object({
  subset_name: v.optional(v.nullable(v.string())),
  stratification: v.optional(v.nullable(v.string())),
  categorical_split_variable: v.optional(v.nullable(v.string())),
});

/** @throws SPLIT_MISSING when the folder has no table of sets, and those of the tables */
export async function describeTables(
  place: TableFolder,
  reading: TableReading,
): Promise<DescribedTables> {
  const { tree, folder } = place;
  const drawn = await howDrawn(tree, folder);
  const stratification = reading.stratification ?? drawn.stratification;
  const names = roleByName(drawn.subset);
  const reader = new SetReader(place, { ...reading, stratification });
  const sets = [...(await reader.sets(folder, names)), ...(await folds(reader, folder, names))];
  if (sets.length === 0) throw await noSets(place);
  const beside = await testBeside(reader, tree, folder);
  return { sets: [...sets, ...beside], visits: await reader.visits(), stratification };
}

/** Folders of sets further down are named: one of them is likely to be meant. */
async function noSets({ tree, folder }: TableFolder): Promise<CapsuleError> {
  const start = folder === '' ? 0 : folder.length + 1;
  const below = new Set<string>();
  for await (const path of tree.paths(folder)) {
    const [, found] =
      /^(.+?)\/(?:split-\d+\/)?train(?:_baseline)?\.tsv$/.exec(path.slice(start)) ?? [];
    if (found !== undefined) below.add(found);
  }
  const others = [...below].sort().slice(0, 8).join(', ');
  return new CapsuleError('SPLIT_MISSING', {
    file: folder === '' ? tree.name : folder,
    found: `neither train.tsv nor split-0${others === '' ? '' : `, but sets in ${others}`}`,
  });
}

/** Sets of the same name, as two cohorts have them, put together. */
export function mergeSets(sets: readonly AuditSet[]): AuditSet[] {
  return [...groupBy(sets, ({ name }) => name).values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, rows: same.flatMap(({ rows }) => rows) }];
  });
}

/** @returns the test tables of a folder of sets, and those beside it. */
export async function testTablesOf(tree: FileTree, folder: string): Promise<string[]> {
  const own = await testTablesIn(tree, folder);
  return [...own, ...(await testTablesBeside(tree, folder))];
}

/**
 * Test tables of the parent, where its train.tsv says that the sets come from there: the layout of
 * `prepare-experiment`.
 */
async function testTablesBeside(tree: FileTree, folder: string): Promise<string[]> {
  const parent = parentOf(folder);
  if (folder === '' || (await tree.file(join(parent, 'train.tsv'))) === undefined) return [];
  return testTablesIn(tree, parent);
}

const testTablesIn = (tree: FileTree, folder: string): Promise<string[]> =>
  present(
    tree,
    namesOf('test').map((name) => join(folder, name)),
  );

class SetReader {
  readonly #place: TableFolder;
  readonly #reading: TableReading;
  #visits: Promise<readonly AuditRow[]> | undefined;

  constructor(place: TableFolder, reading: TableReading) {
    this.#place = place;
    this.#reading = reading;
  }

  visits(): Promise<readonly AuditRow[]> {
    this.#visits ??= this.#readVisits();
    return this.#visits;
  }

  /** @returns a set for each role that has a table in the folder. */
  async sets(
    folder: string,
    names: ReadonlyMap<string, Role>,
    split?: number,
  ): Promise<AuditSet[]> {
    const found = new Map<string, { role: Role; files: string[] }>();
    for (const [name, role] of names) {
      const files = namesOf(name).map((file) => join(folder, file));
      const there = await present(this.#place.tree, files);
      if (there.length > 0) found.set(name, { role, files: there });
    }
    return Promise.all(
      [...found].map(async ([name, { role, files }]) => ({
        name: split === undefined ? name : `${name} of split-${split}`,
        ...{ role, split, rows: await this.rows(files) },
      })),
    );
  }

  async rows(files: readonly string[]): Promise<AuditRow[]> {
    const visits = await this.visits();
    const rows = await Promise.all(files.map((file) => this.#read(file)));
    return rows.flatMap((ofTable) => [
      ...ofDiagnoses(withVisits(ofTable, visits), this.#place.diagnoses),
    ]);
  }

  async #readVisits(): Promise<readonly AuditRow[]> {
    const { tree, folder } = this.#place;
    const given = this.#reading.visits;
    if (given !== undefined) return given;
    const parent = parentOf(folder);
    const [file] = await present(tree, [join(folder, 'labels.tsv'), join(parent, 'labels.tsv')]);
    return file === undefined ? [] : this.#read(file);
  }

  async #read(file: string): Promise<AuditRow[]> {
    const { table } = await readNamedTable(this.#place.tree, file);
    const { label, inputs, stratification } = this.#reading;
    const columns = [...inputs, ...(stratification === undefined ? [] : [stratification])];
    return auditRows(table, { file, label, columns, cohort: this.#place.cohort });
  }
}

async function folds(
  reader: SetReader,
  folder: string,
  names: ReadonlyMap<string, Role>,
): Promise<AuditSet[]> {
  const sets: AuditSet[] = [];
  for (let split = 0; ; split++) {
    const found = await reader.sets(join(folder, `split-${split}`), names, split);
    if (found.length === 0) return sets;
    sets.push(...found);
  }
}

async function testBeside(reader: SetReader, tree: FileTree, folder: string): Promise<AuditSet[]> {
  const files = await testTablesBeside(tree, folder);
  if (files.length === 0) return [];
  const rows = await reader.rows(files);
  return [{ name: 'test beside the folder', role: 'test', split: undefined, rows }];
}

interface Drawn {
  readonly subset: string;
  readonly stratification: string | undefined;
}

/** What `split.json` or `kfold.json` says; a file that cannot be read says nothing. */
async function howDrawn(tree: FileTree, folder: string): Promise<Drawn> {
  for (const name of ['kfold.json', 'split.json']) {
    const file = join(folder, name);
    if ((await tree.file(file)) === undefined) continue;
    const content = await readJson(tree, file).catch(() => undefined);
    const { success, output } = v.safeParse(DRAWN, content);
    if (!success) continue;
    const { subset_name, stratification, categorical_split_variable } = output;
    return {
      subset: subset_name ?? 'validation',
      stratification: stratification ?? categorical_split_variable ?? undefined,
    };
  }
  return { subset: 'validation', stratification: undefined };
}

/** A subset of another name than those of `train` is one to test on. */
function roleByName(subset: string): Map<string, Role> {
  const known: [string, Role][] = [
    ['train', 'train'],
    ['validation', 'validation'],
    ['test', 'test'],
  ];
  const isSafe = /^[\w.+-]+$/.test(subset) && !known.some(([name]) => name === subset);
  return new Map<string, Role>([...known, ...(isSafe ? [[subset, 'test'] as const] : [])]);
}

const namesOf = (name: string): string[] => [`${name}.tsv`, `${name}_baseline.tsv`];

async function present(tree: FileTree, files: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (const file of new Set(files)) if ((await tree.file(file)) !== undefined) there.push(file);
  return there;
}

const parentOf = (folder: string): string => folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
