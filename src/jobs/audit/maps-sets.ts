/** A MAPS as the audit sees it: its groups are sets, and so are those of the networks it started from. */
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import type { Ancestor, AuditRow, AuditSet } from '../../core/leakage/experiment.ts';
import {
  groupFolder,
  isTrainingGroup,
  TARGET_GROUPS,
  TRAINING_GROUPS,
} from '../../core/maps/layout.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type { GroupRow } from '../../core/maps/tables.ts';

/** Opens the MAPS that weights were taken from, as it is named there; undefined when it is not found. */
export type OpenSource = (path: string) => Promise<FileTree | undefined>;

/** What a MAPS calls the one cohort of an experiment. */
const SINGLE = 'single';
const LIST = 'groups/train+validation.tsv';
/** How files of weights are named. */
const WEIGHTS = /\.(?:safetensors|pt|pth|pth\.tar|ckpt|bin)$/i;
/** More steps of transfer than anybody makes. */
const LONGEST_CHAIN = 32;

/** @param groups - the groups that are tested on; all but those of the training when absent */
export async function setsOfMaps(maps: Maps, groups = maps.groups): Promise<AuditSet[]> {
  const sets: AuditSet[] = [];
  for (const split of maps.splits) {
    for (const role of TRAINING_GROUPS) {
      const rows = await rowsOfGroup(maps, role, split);
      sets.push({ name: `${role} of ${split.name}`, role, split: split.index, rows });
    }
    for (const group of TARGET_GROUPS.filter((name) => maps.groups.includes(name))) {
      const rows = await rowsOfGroup(maps, group, split);
      const role = group === 'validation_target' ? 'validation' : 'train';
      sets.push({ name: `${group} of ${split.name}`, role, split: split.index, rows });
    }
  }
  for (const group of groups.filter((name) => !isTrainingGroup(name))) {
    sets.push({ name: `group "${group}"`, role: 'test', rows: await rowsOfGroup(maps, group) });
  }
  return sets;
}

/** @returns a row of a group as the audit sees it. */
export function auditRow(
  { participant, session, cohort, label }: GroupRow,
  file: string,
): AuditRow {
  const text = String(label ?? '').trim();
  return {
    ...{ participant, session, file },
    cohort: cohort === SINGLE ? undefined : cohort,
    label: text === '' ? undefined : text,
  };
}

/** @returns a MAPS seen from a training that starts from it. */
export async function asAncestor(maps: Maps): Promise<Ancestor> {
  const own = (await setsOfMaps(maps, [])).map(({ role, split = 0, rows }) => ({
    ...{ role, split, rows },
  }));
  const trained = own.filter(({ role }) => role === 'train');
  return {
    name: `the transfer from "${maps.name}"`,
    kind: 'transfer',
    seen: [...(await maps.trainValidation()), ...own.flatMap(({ rows }) => rows)],
    trained: new Map(trained.map(({ split, rows }) => [split, rows])),
  };
}

/**
 * The networks that a MAPS started from, through any number of steps, and who else stands in its
 * list: people of sources that are not within reach, or of the table that its sets were drawn from.
 */
export async function ancestorsOf(maps: Maps, open: OpenSource): Promise<Ancestor[]> {
  const { sources, lost } = await chainOf(maps, open);
  const ancestors = await Promise.all(sources.map(asAncestor));
  const own = (await setsOfMaps(maps, [])).flatMap(({ rows }) => rows);
  const told = new Set(
    [...own, ...ancestors.flatMap(({ seen }) => seen)].map(({ participant }) => participant),
  );
  const others = (await maps.trainValidation()).filter(({ participant }) => !told.has(participant));
  // A MAPS hands its list down; a file of weights has none.
  const isFile = lost !== undefined && WEIGHTS.test(lost);
  const all = isFile ? [...ancestors, ofWeights(lost)] : ancestors;
  if (others.length === 0) return all;
  const isListed = lost === undefined || isFile;
  const kind = isListed ? 'reserved' : 'transfer';
  const name = isListed ? LIST : `${LIST}, inherited from "${lost}"`;
  return [...all, { name, kind, seen: others }];
}

/** @returns a file of weights seen from a training that starts from it. */
export function ofWeights(file: string): Ancestor {
  return { name: `the weights of "${file}"`, kind: 'unknown', seen: [] };
}

/** @returns the MAPS that were found, nearest first, and the name of the one that was not. */
async function chainOf(
  maps: Maps,
  open: OpenSource,
): Promise<{ sources: Maps[]; lost: string | undefined }> {
  const sources: Maps[] = [];
  let path = maps.parameters.config.transfer_path;
  while (path !== false && sources.length < LONGEST_CHAIN) {
    const source = await opened(path, open);
    if (source === undefined) return { sources, lost: path };
    sources.push(source);
    path = source.parameters.config.transfer_path;
  }
  return { sources, lost: undefined };
}

async function opened(path: string, open: OpenSource): Promise<Maps | undefined> {
  try {
    const tree = await open(path);
    return tree === undefined ? undefined : await openMaps(tree);
  } catch (error) {
    // A source that is damaged or gone: what the list inherited from it is known all the same.
    if (error instanceof CapsuleError) return undefined;
    throw error;
  }
}

async function rowsOfGroup(maps: Maps, group: string, split?: MapsSplit): Promise<AuditRow[]> {
  const { rows } = await maps.group(group, split);
  const file = `${groupFolder(group, split?.name)}/data.tsv`;
  return rows.map((row) => auditRow(row, file));
}
