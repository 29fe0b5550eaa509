/** What `predict` and `interpret` have in common: a data group, named or made from a table and a CAPS. */
import type { Command } from 'commander';
import { SINGLE } from '../../src/core/caps/cohorts.ts';
import type { CohortSets } from '../../src/core/caps/cohort-tables.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import { openMaps, type Maps } from '../../src/core/maps/reader.ts';
import { DIAGNOSIS } from '../../src/core/split/cohort-table.ts';
import { readNamedTable } from '../../src/core/tsv/read-table.ts';
import { sessionsOf } from '../../src/core/tsv/sessions.ts';
import { columnOf, findColumn } from '../../src/core/tsv/table.ts';
import type { CapsSource } from '../../src/jobs/shared/caps-source.ts';
import type { NewGroup } from '../../src/jobs/shared/groups.ts';
import { modelOf } from '../../src/jobs/shared/model.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { listCohorts, openCapsSource, openNamedCaps } from '../cohorts.ts';
import { repeated } from '../terminal/repeated.ts';

export interface GroupOptions {
  readonly caps_directory?: string;
  readonly participants_tsv?: string;
  readonly multi_cohort?: boolean;
  readonly diagnoses?: string[];
  readonly selection_metrics?: string[];
  readonly skip_leak_check?: boolean;
  readonly labels?: boolean;
  readonly skip_unreadable?: boolean;
  /** Column of the labels, instead of that of the training. */
  readonly label?: string;
  readonly overwrite?: boolean;
}

export function addGroupOptions(command: Command): Command {
  return command
    .option('--caps_directory <folder>', 'CAPS of the group; needed for a new group')
    .option('--participants_tsv <file>', 'participants of a new group')
    .option(
      '--multi_cohort',
      'caps_directory and participants_tsv are tables of cohorts (cohort, path, diagnoses)',
    )
    .option('--diagnoses <name>', 'diagnoses that take part [-d]. Repeat for several.', repeated)
    .option('--selection_metrics <name>', 'models to use [-sm]. Repeat for several.', repeated)
    .option('--skip_unreadable', 'leave sessions with unreadable volumes out instead of stopping');
}

export interface ChosenGroup {
  readonly source: CapsSource;
  readonly definition?: NewGroup;
}

/**
 * A new group from its table, or the CAPS of one that exists.
 * @throws CapsuleError MAPS_GROUP when something that a new group needs is missing; MAPS_NOT_MAPS,
 *   MAPS_UNFINISHED
 */
export async function chooseGroup(
  mapsPath: string,
  group: string,
  options: GroupOptions,
): Promise<ChosenGroup> {
  const maps = await openWritableMaps(mapsPath);
  // Before a group is asked for that could not be used.
  maps.wholeSplits();
  const model = modelOf(maps);
  const exists = maps.groups.includes(group);
  const { participants_tsv: table, caps_directory: given } = options;
  const isMulti = options.multi_cohort === true;
  if (exists && table === undefined) {
    if (given !== undefined) return { source: await openCapsSource(given, isMulti) };
    return { source: await sourceOf(maps, group) };
  }
  if (table === undefined || given === undefined) {
    throw new CapsuleError('MAPS_GROUP', {
      expected: '--participants_tsv and --caps_directory for a new group',
      found: exists
        ? `"${group}" with a table alone`
        : `"${group}", which the MAPS does not have (${maps.groups.join(', ')})`,
    });
  }
  const label = options.label ?? model.label;
  const diagnoses = options.diagnoses ?? model.config.diagnoses;
  const source = await openCapsSource(given, isMulti);
  const useLabels = options.labels !== false;
  const rows =
    source.cohorts === undefined
      ? await rowsOf({ path: table, cohort: SINGLE, diagnoses }, label, useLabels)
      : await rowsOfCohorts(table, source.cohorts, diagnoses, label, useLabels);
  if (options.label !== undefined && useLabels && label !== '' && !rows.labelled) {
    throw new CapsuleError('TSV_COLUMN', { file: table, expected: options.label });
  }
  return {
    source,
    definition: {
      ...{ ...rows, label, capsDirectory: given, multiCohort: isMulti },
      checkLeakage: options.skip_leak_check !== true,
    },
  };
}

/** @throws CapsuleError MAPS_NOT_MAPS: results are written into the MAPS, so that a zip will not do */
async function openWritableMaps(path: string): Promise<Maps> {
  const place = await stat(path).catch(() => undefined);
  if (place?.isDirectory() === true) return openMaps(new DiskTree(path));
  throw new CapsuleError('MAPS_NOT_MAPS', {
    file: path,
    expected: 'the folder of a MAPS',
    ...(place === undefined
      ? { found: 'no such folder' }
      : { found: 'a file', action: 'Unpack it first: results are written into the MAPS.' }),
  });
}

/** As the group says itself; old groups and MAPS as the MAPS says. */
async function sourceOf(maps: Maps, group: string): Promise<CapsSource> {
  const [split] = maps.wholeSplits();
  const known = await maps.groupSource(group, split);
  const { config, extra } = maps.parameters;
  return openNamedCaps(
    known?.capsDirectory ?? extra.caps_directory,
    known?.multiCohort ?? config.multi_cohort,
    'Say where the volumes are here with --caps_directory.',
  );
}

type Rows = Pick<NewGroup, 'rows' | 'labelled'>;

/** The tables of the cohorts one after the other; labels count only where all have them. */
async function rowsOfCohorts(
  table: string,
  caps: ReadonlyMap<string, string>,
  diagnoses: readonly string[],
  label: string,
  useLabels: boolean,
): Promise<Rows> {
  const parts: Rows[] = [];
  for (const of of await listCohorts(table, caps, diagnoses)) {
    parts.push(await rowsOf(of, label, useLabels));
  }
  const labelled = parts.every((part) => part.labelled);
  const rows = parts.flatMap((part) => part.rows);
  return { labelled, rows: labelled ? rows : rows.map(({ label: _, ...row }) => row) };
}

async function rowsOf(
  { path, cohort, diagnoses }: CohortSets,
  label: string,
  useLabels: boolean,
): Promise<Rows> {
  const { table } = await readNamedTable(new DiskTree(dirname(path)), basename(path), path);
  const file = path;
  const known = columnOf(table, DIAGNOSIS, { file });
  const labelled = useLabels && label !== '' && findColumn(table, label) !== undefined;
  const labels = labelled ? columnOf(table, label, { file }) : [];
  const wanted = new Set(diagnoses);
  const rows = sessionsOf(table, { file }).flatMap((key, position) =>
    wanted.has(known[position]?.trim() ?? '')
      ? [{ ...key, cohort, ...(labelled ? { label: labels[position]?.trim() ?? '' } : {}) }]
      : [],
  );
  if (rows.length > 0) return { rows, labelled };
  throw new CapsuleError('SPLIT_EMPTY', {
    file,
    expected: `a row with diagnosis ${diagnoses.join(' or ')}`,
    found: [...new Set(known)].slice(0, 8).join(', '),
  });
}
