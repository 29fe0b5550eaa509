/** What `predict` and `interpret` have in common: a data group, named or made from a table and a CAPS. */
import type { Command } from 'commander';
import { CapsuleError } from '../../src/core/errors.ts';
import type { FileTree } from '../../src/core/files/file-tree.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DIAGNOSIS, readTable } from '../../src/core/split/cohort-table.ts';
import { sessionsOf } from '../../src/core/tsv/sessions.ts';
import { columnOf, findColumn } from '../../src/core/tsv/table.ts';
import type { NewGroup } from '../../src/jobs/shared/groups.ts';
import { modelOf } from '../../src/jobs/shared/model.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { basename, dirname } from 'node:path';

export interface GroupOptions {
  readonly caps_directory?: string;
  readonly participants_tsv?: string;
  readonly diagnoses?: string[];
  readonly selection_metrics?: string[];
  readonly skip_leak_check?: boolean;
  readonly labels?: boolean;
  readonly skip_unreadable?: boolean;
}

export const repeated = (value: string, all: string[] = []): string[] => [...all, value];

export function addGroupOptions(command: Command): Command {
  return command
    .option('--caps_directory <folder>', 'CAPS of the group; needed for a new group')
    .option('--participants_tsv <file>', 'participants of a new group')
    .option('--diagnoses <name>', 'diagnoses that take part [-d]. Repeat for several.', repeated)
    .option('--selection_metrics <name>', 'models to use [-sm]. Repeat for several.', repeated)
    .option('--skip_unreadable', 'leave sessions with unreadable volumes out instead of stopping');
}

export interface ChosenGroup {
  readonly caps: FileTree;
  readonly capsDirectory: string;
  readonly definition?: NewGroup;
}

/**
 * A new group from its table, or the CAPS of one that exists.
 * @throws CapsuleError MAPS_GROUP when something that a new group needs is missing
 */
export async function chooseGroup(
  mapsPath: string,
  group: string,
  options: GroupOptions,
): Promise<ChosenGroup> {
  const maps = await openMaps(new DiskTree(mapsPath));
  const model = modelOf(maps);
  const exists = maps.groups.includes(group);
  const { participants_tsv: table } = options;
  const capsDirectory = options.caps_directory ?? maps.parameters.extra.caps_directory;
  if (exists && table === undefined) return { caps: await openPath(capsDirectory), capsDirectory };
  if (table === undefined || options.caps_directory === undefined) {
    throw new CapsuleError('MAPS_GROUP', {
      expected: '--participants_tsv and --caps_directory for a new group',
      found: `"${group}", which the MAPS does not have (${maps.groups.join(', ')})`,
    });
  }
  const diagnoses = options.diagnoses ?? model.config.diagnoses;
  return {
    ...{ caps: await openPath(capsDirectory), capsDirectory },
    definition: {
      ...(await rowsOf(table, model.label, diagnoses, options.labels !== false)),
      ...{ capsDirectory, checkLeakage: options.skip_leak_check !== true },
    },
  };
}

async function rowsOf(
  path: string,
  label: string,
  diagnoses: readonly string[],
  useLabels: boolean,
): Promise<Pick<NewGroup, 'rows' | 'labelled'>> {
  const table = await readTable(new DiskTree(dirname(path)), basename(path));
  const file = path;
  const known = columnOf(table, DIAGNOSIS, { file });
  const labelled = useLabels && findColumn(table, label) !== undefined;
  const labels = labelled ? columnOf(table, label, { file }) : [];
  const wanted = new Set(diagnoses);
  const rows = sessionsOf(table, { file }).flatMap((key, position) =>
    wanted.has(known[position]?.trim() ?? '')
      ? [
          {
            ...key,
            cohort: 'single',
            ...(labelled ? { label: labels[position]?.trim() ?? '' } : {}),
          },
        ]
      : [],
  );
  if (rows.length > 0) return { rows, labelled };
  throw new CapsuleError('SPLIT_EMPTY', {
    file,
    expected: `a row with diagnosis ${diagnoses.join(' or ')}`,
    found: [...new Set(known)].slice(0, 8).join(', '),
  });
}
