/** CAPS and sets as the command line names them: folders, or with `--multi_cohort` tables of cohorts. */
import { basename, dirname, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { loadExtraction } from '../src/core/caps/extraction-file.ts';
import { extractionRecord, type Extraction } from '../src/core/caps/extraction.ts';
import {
  cohortPaths,
  cohortSets,
  refuseWithoutCaps,
  type CohortSets,
} from '../src/core/caps/cohort-tables.ts';
import { CapsuleError } from '../src/core/errors.ts';
import type { FileTree } from '../src/core/files/file-tree.ts';
import { subTree } from '../src/core/files/sub-tree.ts';
import { unionTree } from '../src/core/files/union-tree.ts';
import { readNamedTable } from '../src/core/tsv/read-table.ts';
import type { CapsSource } from '../src/jobs/shared/caps-source.ts';
import type { SetsPlace } from '../src/jobs/training/read-sets.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { openPath } from '../src/platform/node/open-path.ts';

/** @throws CONFIG_VALUE when the path and `--multi_cohort` do not fit, and those of the table */
export async function openCapsSource(path: string, isMulti: boolean): Promise<CapsSource> {
  refuseMismatch(path, isMulti, 'CAPS_DIRECTORY');
  if (!isMulti) return { caps: await openPath(path), capsDirectory: path };
  const rows = cohortPaths(await readNamed(path));
  const trees = new Map<string, FileTree>();
  for (const { cohort, path: folder } of rows) {
    trees.set(cohort, await openPath(placeOf(folder, path)));
  }
  return {
    ...{ caps: unionTree(basename(path), trees), capsDirectory: path },
    cohorts: new Map(rows.map(({ cohort, path: folder }) => [cohort, folder])),
  };
}

/**
 * The CAPS that a maps.json names: it may come from another machine.
 * @param advice - how to name the CAPS of this one
 * @throws those of `openCapsSource`
 */
export async function openNamedCaps(
  path: string,
  isMulti: boolean,
  advice: string,
): Promise<CapsSource> {
  try {
    return await openCapsSource(path, isMulti);
  } catch (thrown) {
    if (!(thrown instanceof CapsuleError) || thrown.code !== 'FILE_NOT_FOUND') throw thrown;
    throw new CapsuleError(
      'FILE_NOT_FOUND',
      {
        ...thrown.problem,
        expected: 'the CAPS that maps.json names',
        found: 'no such folder on this machine',
        action: advice,
      },
      { cause: thrown },
    );
  }
}

/** @returns where the sets are: one place, or one a cohort that gives a wanted diagnosis */
export async function openSets(
  path: string,
  { cohorts }: CapsSource,
  wanted: readonly string[],
): Promise<SetsPlace[]> {
  refuseMismatch(path, cohorts !== undefined, 'TSV_DIRECTORY');
  if (cohorts === undefined) return [setsAt(path)];
  return (await listCohorts(path, cohorts, wanted)).map(({ cohort, path: folder, diagnoses }) => ({
    ...{ ...setsAt(placeOf(folder, path)), cohort, diagnoses },
  }));
}

/** @returns the cohorts of a table of sets, or of a table of tables; paths as they can be opened */
export async function listCohorts(
  path: string,
  caps: ReadonlyMap<string, string>,
  wanted: readonly string[],
): Promise<CohortSets[]> {
  const sets = cohortSets(await readNamed(path), wanted);
  const known = [...caps].map(([cohort, folder]) => ({ cohort, path: folder }));
  refuseWithoutCaps(sets, known, path);
  return sets.map((of) => ({ ...of, path: placeOf(of.path, path) }));
}

/**
 * @param name - of a JSON in `tensor_extraction`; of several CAPS any may have it
 * @throws FILE_NOT_FOUND; EXTRACTION_JSON when two cohorts say different things under one name
 */
export async function loadSharedExtraction(
  { caps, cohorts }: CapsSource,
  name: string,
): Promise<Extraction> {
  if (cohorts === undefined) return loadExtraction(caps, name);
  let found: { cohort: string; extraction: Extraction } | undefined;
  let missing: unknown;
  for (const cohort of cohorts.keys()) {
    try {
      const extraction = await loadExtraction(subTree(caps, cohort), name);
      if (found !== undefined && said(found.extraction) !== said(extraction)) {
        throw new CapsuleError('EXTRACTION_JSON', {
          ...{ file: name, expected: 'the same in every cohort' },
          found: `another one in ${cohort} than in ${found.cohort}`,
        });
      }
      found ??= { cohort, extraction };
    } catch (thrown) {
      if (!(thrown instanceof CapsuleError) || thrown.code !== 'FILE_NOT_FOUND') throw thrown;
      missing = thrown;
    }
  }
  if (found === undefined) throw missing;
  return found.extraction;
}

/** @throws CONFIG_VALUE when a table is given for a folder, or the other way round */
export function refuseMismatch(path: string, isMulti: boolean, argument: string): void {
  if (path.endsWith('.tsv') === isMulti) return;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: isMulti
      ? `"${argument}" to be a table (.tsv) of cohorts, because of --multi_cohort`
      : `"${argument}" to be a folder`,
    found: path,
    action: isMulti
      ? 'Give the table, or leave --multi_cohort out.'
      : 'Add --multi_cohort if it is a table of cohorts.',
  });
}

/** The parent is within reach: its train.tsv tells whom the models will have seen. */
export function setsAt(path: string): SetsPlace {
  const folder = resolve(path);
  return { tables: new DiskTree(dirname(folder)), tablesFolder: basename(folder) };
}

/** Paths count from where the command runs, as in 1.6.1, or else from the table itself. */
function placeOf(path: string, table: string): string {
  const beside = resolve(dirname(table), path);
  return !existsSync(path) && existsSync(beside) ? beside : path;
}

const readNamed = (path: string) =>
  readNamedTable(new DiskTree(dirname(path)), basename(path), path);

/** Without the keys that name a folder of one CAPS. */
const said = (extraction: Extraction): string =>
  JSON.stringify(extractionRecord({ ...extraction, others: new Map() }));
