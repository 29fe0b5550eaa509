/**
 * What is known of the volumes of an experiment before anything starts: who has none, who has two,
 * which cannot be read, and which differ from the rest. From names and headers alone, no voxel is
 * read. The same facts are printed by `--dry_run` and shown in the page.
 */
import { formatProblem, type Problem } from '../errors.ts';
import { orientationLetters, voxelSizes } from '../nifti/matrix.ts';
import { sessionName } from '../tsv/sessions.ts';
import type { Affine } from '../volume.ts';
import type { GeometryGroup } from './geometry-groups.ts';
import type { DoubleVolume, MissingVolume } from './volumes.ts';

export interface Survey {
  /** What was looked for: a pattern below a session's folder. */
  readonly pattern: string;
  readonly participants: number;
  readonly sessions: number;
  /** Sessions by what they have. */
  readonly found: {
    readonly nifti: number;
    /** Image tensors, where there is no NIfTI. */
    readonly tensors: number;
    /** Parts alone (patches, slices or regions). */
    readonly parts: number;
  };
  readonly missing: readonly MissingVolume[];
  readonly doubles: readonly DoubleVolume[];
  /** Volumes whose header cannot be read or cannot be true. */
  readonly unreadable: readonly Problem[];
  /** Volumes by shape and affine, the largest group first; parts are not in it. */
  readonly groups: readonly GeometryGroup[];
  /** What the extraction cuts out of a volume of the first group; absent when it cannot. */
  readonly elements?: { readonly count: number; readonly shape: readonly number[] };
  /** Of the folder, the extraction and its masks. */
  readonly problems: readonly Problem[];
}

/** @returns whether every session has one volume of one shape that can be cut. */
export function isSound({ missing, doubles, unreadable, groups, problems }: Survey): boolean {
  const shapes = new Set(groups.map(({ shape }) => shape.join()));
  return (
    missing.length + doubles.length + unreadable.length === 0 &&
    shapes.size <= 1 &&
    // A folder with a wrong name takes no part, and stops nobody.
    problems.every(({ severity, code }) => severity !== 'error' || code === 'CAPS_ID')
  );
}

/** Sessions of an odd group that are named. */
const MOST_NAMED = 20;

/** @returns lines for a terminal: counts first, then one line a session that is not as it should be. */
export function surveyLines(survey: Survey): string[] {
  const { pattern, participants, sessions, found, missing, doubles, unreadable } = survey;
  const { groups, elements, problems } = survey;
  const all = found.nifti + found.tensors + found.parts;
  const kinds = [
    `${found.nifti} NIfTI`,
    ...(found.tensors === 0 ? [] : [`${found.tensors} image tensors`]),
    ...(found.parts === 0 ? [] : [`${found.parts} saved parts only`]),
  ];
  return [
    `looked for  ${pattern}`,
    `sessions    ${sessions} of ${participants} participants`,
    `found       ${all} (${kinds.join(', ')})`,
    `missing     ${missing.length}`,
    `double      ${doubles.length}`,
    `unreadable  ${unreadable.length}`,
    `grids       ${groups.length}`,
    ...groups.flatMap((group, index) => groupLines(group, index)),
    ...(elements === undefined
      ? []
      : [`elements    ${elements.count} of ${elements.shape.join(' x ')} a volume`]),
    ...missing.map(
      ({ nearest, ...key }) =>
        `missing     ${sessionName(key)}  ${nearest === undefined ? 'nothing near' : `nearest: ${nearest}`}`,
    ),
    ...doubles.map(({ files, ...key }) => `double      ${sessionName(key)}  ${files.join('  ')}`),
    ...unreadable.map((problem) => `unreadable  ${formatProblem(problem)}`),
    ...problems.map((problem) => `${problem.severity.padEnd(12)}${formatProblem(problem)}`),
  ];
}

function groupLines({ shape, affine, volumes }: GeometryGroup, index: number): string[] {
  const line = `  ${String(volumes.length).padStart(8)}  ${shape.join(' x ')} voxels${placeWords(affine)}`;
  if (index === 0) return [line];
  const named = volumes.slice(0, MOST_NAMED).map((volume) => `${' '.repeat(12)}${volume.path}`);
  const more = volumes.length - named.length;
  return [line, ...named, ...(more > 0 ? [`${' '.repeat(12)}and ${more} more`] : [])];
}

function placeWords(affine: Affine | undefined): string {
  if (affine === undefined) return ', place unknown (tensors)';
  const sizes = voxelSizes(affine).map((size) => Number(size.toFixed(3)));
  const origin = [3, 7, 11].map((at) => Number((affine[at] ?? 0).toFixed(2)));
  const axes = orientationLetters(affine);
  return ` of ${sizes.join(' x ')} mm, ${axes}, first voxel at ${origin.join(', ')} mm`;
}
