/**
 * Sets that someone made before: a folder of ClinicaDL's split tables, single or folds, as they lie
 * on the disk. Nothing is corrected: participants in two sets and sessions that stand twice stay, for
 * the audit to find. Labels are those of the tables where they have the column, else the cohort's.
 */
import { labelColumn } from '../../core/config/label-column.ts';
import { CapsuleError, describe, type Problem } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { listPaths } from '../../core/files/read.ts';
import { sorted, type AuditRow, type AuditSet, type Role } from '../../core/leakage/experiment.ts';
import { auditRows } from '../../core/leakage/table-rows.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { readNamedTable, type NamedTable } from '../../core/tsv/read-table.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import type { ExperimentChoice, OwnSplitSummary, ParticipantRow } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import { SETS_FOLDER, type Fold, type SessionSets } from './sets.ts';
import { takesPart, wantedInWords } from './target.ts';

/** Tables of one set; the first that is there is read. */
const TABLES: Readonly<Record<Role, readonly string[]>> = {
  train: ['train.tsv', 'train_baseline.tsv'],
  validation: ['validation.tsv', 'validation_baseline.tsv'],
  test: ['test.tsv', 'test_baseline.tsv'],
};

interface OwnFold {
  readonly train: NamedTable;
  readonly validation: NamedTable;
}

export class OwnSplit {
  readonly #name: string;
  readonly #folds: readonly OwnFold[];
  readonly #test: NamedTable | undefined;

  private constructor(name: string, folds: readonly OwnFold[], test: NamedTable | undefined) {
    this.#name = name;
    this.#folds = folds;
    this.#test = test;
  }

  /** @throws CapsuleError SPLIT_MISSING, and those of the tables */
  static async open(tree: FileTree): Promise<OwnSplit> {
    const paths = new Set((await listPaths(tree)).filter((path) => /\.tsv$/i.test(path)));
    const folder = findFolder(paths);
    if (folder === undefined) {
      throw new CapsuleError('SPLIT_MISSING', {
        file: tree.name,
        expected: 'train.tsv and validation_baseline.tsv, or split-0/train.tsv and its like',
        found: [...paths].slice(0, 5).join(', ') || 'no table',
      });
    }
    const read = async (place: string, role: Role): Promise<NamedTable | undefined> => {
      const path = TABLES[role].map((name) => join(place, name)).find((name) => paths.has(name));
      return path === undefined ? undefined : readNamedTable(tree, path);
    };
    const folds: OwnFold[] = [];
    for (const place of placesOf(paths, folder)) {
      const [train, validation] = [await read(place, 'train'), await read(place, 'validation')];
      if (train === undefined || validation === undefined) {
        const missing = join(place, train === undefined ? 'train.tsv' : 'validation_baseline.tsv');
        throw new CapsuleError('SPLIT_MISSING', { file: missing, expected: 'this table' });
      }
      folds.push({ train, validation });
    }
    const beside = folder === '' ? undefined : await read(parentOf(folder), 'test');
    return new OwnSplit(tree.name, folds, (await read(folder, 'test')) ?? beside);
  }

  summary(id: string): OwnSplitSummary {
    const tables = this.#folds.flatMap(({ train, validation }) => [train, validation]);
    const files = [...tables, ...(this.#test === undefined ? [] : [this.#test])];
    return {
      ...{ id, name: this.#name, folds: this.#folds.length },
      files: files.map(({ file }) => file),
    };
  }

  /** What can be trained on: rows with a volume and a class that takes part. */
  sets(cohort: OpenedCohort, choice: ExperimentChoice): SessionSets {
    const rows = rowsByName(cohort);
    const problems = new Map<string, Problem>();
    const usable = (table: NamedTable): LabelledSession[] => {
      const found = this.#rows(table, rows, choice).flatMap((row): LabelledSession[] => {
        const name = sessionName(row);
        const known = rows.get(name);
        if (known === undefined || known.path === '' || known.damaged) {
          const { participant, session, file } = row;
          const found = known === undefined ? 'no such session' : 'no usable volume';
          problems.set(name, describe('CAPS_NO_VOLUME', { participant, session, file, found }));
          return [];
        }
        const { participant, session, label = '' } = row;
        return [{ participant, session, label }];
      });
      if (found.length > 0)
        return [...new Map(found.map((row) => [sessionName(row), row])).values()];
      throw new CapsuleError('SPLIT_EMPTY', {
        file: table.file,
        expected: `sessions of this cohort${wantedInWords(choice)}`,
        found: `${table.table.rows.length} rows, none of them`,
      });
    };
    const folds = this.#folds.map(({ train, validation }): Fold => ({
      train: usable(train),
      validation: usable(validation),
    }));
    return {
      folder: folds.length > 1 ? `${folds.length}_fold` : SETS_FOLDER,
      ...{ folds, test: this.#test === undefined ? [] : usable(this.#test) },
      validLongitudinal: choice.config.valid_longitudinal,
      problems: [...problems.values()],
    };
  }

  /** What the audit sees: every row of the tables that takes part, as it stands there. */
  auditSets(cohort: OpenedCohort, choice: ExperimentChoice): AuditSet[] {
    const rows = rowsByName(cohort);
    const single = this.#folds.length === 1;
    const sets = this.#folds.flatMap((fold, split) =>
      (['train', 'validation'] as const).map((role): AuditSet => ({
        name: single ? role : `${role} of split-${split}`,
        ...{ role, split, rows: this.#rows(fold[role], rows, choice) },
      })),
    );
    if (this.#test === undefined) return sets;
    return [...sets, { name: 'test', role: 'test', rows: this.#rows(this.#test, rows, choice) }];
  }

  #rows(
    { table, file }: NamedTable,
    rows: ReadonlyMap<string, ParticipantRow>,
    choice: ExperimentChoice,
  ): AuditRow[] {
    const out = new Set(choice.excluded);
    const label = labelColumn(choice.config);
    return auditRows(table, { file, label })
      .map((row) => {
        const cells = rows.get(sessionName(row))?.cells ?? {};
        const { label: own = cells[label]?.trim(), diagnosis = cells['diagnosis']?.trim() } = row;
        return { ...row, label: own, diagnosis };
      })
      .filter((row) => takesPart(row.label ?? '', choice) && !out.has(sessionName(row)));
  }
}

export const rowsByName = (cohort: OpenedCohort): Map<string, ParticipantRow> =>
  new Map(cohort.rows().map((row) => [sessionName(row), row]));

/** The outermost folder of folds, else of a pair of tables. */
function findFolder(paths: ReadonlySet<string>): string | undefined {
  const folders = sorted([...paths].map(parentOf)).sort((a, b) => depthOf(a) - depthOf(b));
  const folds = folders.find((place) => /(^|\/)split-0$/.test(place));
  const single = folders.find((place) =>
    (['train', 'validation'] as const).every((role) =>
      TABLES[role].some((name) => paths.has(join(place, name))),
    ),
  );
  if (folds === undefined) return single;
  const above = parentOf(folds);
  return single !== undefined && depthOf(single) <= depthOf(above) ? single : above;
}

/** The folders of the folds, or the folder itself. */
function placesOf(paths: ReadonlySet<string>, folder: string): string[] {
  const places: string[] = [];
  for (let fold = 0; ; fold++) {
    const place = join(folder, `split-${fold}`);
    if (![...paths].some((path) => path.startsWith(`${place}/`))) break;
    places.push(place);
  }
  return places.length === 0 ? [folder] : places;
}

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const depthOf = (path: string): number => (path === '' ? 0 : path.split('/').length);
