/**
 * Which part of a folder is opened, and what is known of it: of a BIDS dataset what its description
 * says, its modalities, and the grids of its images, from names and headers alone.
 */
import { bidsAsCaps } from '../../core/caps/bids.ts';
import { findTables } from '../../core/caps/find.ts';
import { findParts, type FolderPart } from '../../core/caps/folder-parts.ts';
import { groupGeometries, type PlacedVolume } from '../../core/caps/geometry-groups.ts';
import { readCapsGeometry } from '../../core/caps/volume-file.ts';
import { CapsuleError, toProblem, type Problem } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { needFile, readJson } from '../../core/files/read.ts';
import { subTree } from '../../core/files/sub-tree.ts';
import { isOfFolder } from '../../core/files/unchanged.ts';
import { readBidsFolder } from '../../core/labels/bids-folder.ts';
import { readBidsTables } from '../../core/labels/bids-tables.ts';
import { orientationLetters, voxelSizes } from '../../core/nifti/matrix.ts';
import type { SessionKey } from '../../core/tsv/sessions.ts';
import { writeTable } from '../../core/tsv/table.ts';
import type { BidsFacts, BidsGrid } from '../session-api.ts';

/** Images whose header is read to tell the grids. */
const HEADERS_READ = 100;

export interface OpenedPart {
  /** As a CAPS: a BIDS dataset is seen as one. */
  readonly caps: FileTree;
  readonly part: FolderPart;
  /** All that there are; one where there is no choice. */
  readonly parts: readonly FolderPart[];
  /** Of a dataset in BIDS. */
  readonly bids?: Omit<BidsFacts, 'grids' | 'headers'>;
  /** What BIDS says of the people, as a labels table. */
  readonly table?: { readonly name: string; readonly text: string };
  readonly problems: readonly Problem[];
}

/**
 * @param wanted - path and kind of a part; the likeliest one when absent
 * @returns undefined when there is neither a CAPS nor a dataset
 */
export async function openPart(
  tree: FileTree,
  wanted?: Pick<FolderPart, 'path' | 'kind'>,
): Promise<OpenedPart | undefined> {
  const parts = await findParts(tree);
  const part =
    wanted === undefined
      ? parts[0]
      : parts.find(({ path, kind }) => path === wanted.path && kind === wanted.kind);
  if (part === undefined) return undefined;
  const inside = subTree(tree, part.path);
  if (part.kind === 'caps') {
    const beside = parts.find(({ kind }) => kind === 'bids');
    const people = beside === undefined ? {} : await peopleOf(subTree(tree, beside.path));
    return { caps: inside, part, parts, ...people, problems: [] };
  }
  const folder = await readBidsFolder(inside.paths());
  const people = await peopleOf(inside);
  const told = new Set(people.problems.map(({ code }) => code));
  const modalities = new Map<string, number>();
  for (const session of folder.sessions) {
    for (const name of session.modalities) modalities.set(name, (modalities.get(name) ?? 0) + 1);
  }
  return {
    ...{ caps: await bidsAsCaps(inside), part, parts },
    bids: {
      ...(await descriptionOf(inside, part)),
      modalities: [...modalities]
        .map(([name, sessions]) => ({ name, sessions }))
        .sort((a, b) => b.sessions - a.sessions || (a.name < b.name ? -1 : 1)),
    },
    ...people,
    problems: [...folder.problems.filter(({ code }) => !told.has(code)), ...people.problems],
  };
}

/** A table of labels that someone wrote goes before what BIDS says; so does one found in a CAPS. */
export async function likeliestTable(
  tree: FileTree,
  { part, table }: OpenedPart,
): Promise<{ tree: FileTree; path: string } | undefined> {
  const place = part.kind === 'caps' ? tree : subTree(tree, part.path);
  const [first] = await findTables(place);
  const isNamed = first !== undefined && /label/i.test(first.path);
  if (first === undefined || (part.kind !== 'caps' && table !== undefined && !isNamed)) {
    return undefined;
  }
  return { tree: place, path: first.path };
}

/** @param paths - of the images, by `participant/session` */
export async function gridsOf(
  caps: FileTree,
  paths: ReadonlyMap<string, string>,
): Promise<{ grids: BidsGrid[]; headers: number }> {
  const asked = [...paths].slice(0, HEADERS_READ);
  const placed = await Promise.all(
    asked.map(async ([name, path]): Promise<PlacedVolume | undefined> => {
      const [participant = '', session = ''] = name.split('/');
      const key: SessionKey = { participant, session };
      try {
        const { shape, affine } = await readCapsGeometry(await needFile(caps, path), key);
        return { ...key, path, shape, affine };
      } catch (thrown) {
        // Those that cannot be read are told one by one when they are.
        if (isOfFolder(thrown)) throw thrown;
        return undefined;
      }
    }),
  );
  const known = placed.filter((volume) => volume !== undefined);
  const grids = new Map<string, { -readonly [Key in keyof BidsGrid]: BidsGrid[Key] }>();
  for (const { shape, affine, volumes } of groupGeometries(known)) {
    if (affine === undefined) continue;
    const sizes = voxelSizes(affine).map((size) => Number(size.toFixed(2)));
    const [x = 0, y = 0, z = 0] = sizes;
    const orientation = orientationLetters(affine);
    const key = [...shape, ...sizes, orientation].join();
    const same = grids.get(key);
    if (same !== undefined) same.scans += volumes.length;
    else grids.set(key, { shape, voxelSize: [x, y, z], orientation, scans: volumes.length });
  }
  const sorted = [...grids.values()].sort((a, b) => b.scans - a.scans);
  return { grids: sorted, headers: known.length };
}

async function descriptionOf(tree: FileTree, { kind }: FolderPart) {
  const told = await readJson(tree, 'dataset_description.json').catch(() => undefined);
  const { Name: name, DatasetType: type } = (told ?? {}) as Record<string, unknown>;
  const isDerived = type === 'derivative' || (kind === 'derivatives' && type !== 'raw');
  return {
    title: typeof name === 'string' ? name.slice(0, 200) : '',
    described: told !== undefined,
    derivatives: isDerived,
  };
}

/** A dataset may do without a table, and one with a fault keeps nobody from looking at its images. */
async function peopleOf(
  tree: FileTree,
): Promise<Pick<OpenedPart, 'table'> & { problems: Problem[] }> {
  try {
    const { merged, problems } = await readBidsTables(tree);
    const isEmpty = merged.columns.length <= 2;
    const table = { name: 'participants.tsv', text: writeTable(merged) };
    return { ...(isEmpty ? {} : { table }), problems: [...problems] };
  } catch (thrown) {
    if (isOfFolder(thrown)) throw thrown;
    const isAbsent = thrown instanceof CapsuleError && thrown.code === 'FILE_NOT_FOUND';
    return { problems: isAbsent ? [] : [toProblem(thrown, { file: 'participants.tsv' })] };
  }
}
