/**
 * What shows only when scans are put side by side: one that differs from the rest in shape, voxel size
 * or size of the brain, and the same voxels under two names. Outliers by the median and the median
 * absolute deviation (Leys et al., J Exp Soc Psychol 2013, 49:764-766).
 */
import { describe, type Problem } from '../errors.ts';
import { voxelSizes } from '../nifti/matrix.ts';
import { sessionName, type SessionKey } from '../tsv/sessions.ts';
import type { Affine, Shape3 } from '../volume.ts';

export interface CheckedScan extends SessionKey {
  /** Below the CAPS root. */
  readonly file: string;
  readonly shape: Shape3;
  readonly affine: Affine;
  /** SHA-256 of shape and voxels; absent where all voxels are alike. */
  readonly hash?: string | undefined;
  /** Millilitres in the outline; absent where there is none. */
  readonly millilitres?: number | undefined;
}

/** Deviations, in those of a normal distribution, from which on a value is an outlier. */
const OUTLYING = 5;
/** A normal distribution's deviation in its median absolute deviations. */
const OF_NORMAL = 1.4826;
/** With fewer scans there is no usual size. */
const FEWEST = 5;
/** Share of the median that is no difference, however alike the others are. */
const NO_DIFFERENCE = 0.1;
/** Voxel sizes closer than this are the same, mm. */
const SAME_SPACING = 0.01;

/** @returns findings by `participant/session` */
export function cohortFindings(scans: readonly CheckedScan[]): Map<string, Problem[]> {
  const all = [...oddShapes(scans), ...oddSpacings(scans), ...oddSizes(scans), ...copies(scans)];
  const byName = new Map<string, Problem[]>();
  for (const [scan, problem] of all) {
    const name = sessionName(scan);
    byName.set(name, [...(byName.get(name) ?? []), problem]);
  }
  return byName;
}

type Found = readonly [CheckedScan, Problem];

const placeOf = ({ participant, session, file }: CheckedScan) => ({ participant, session, file });

function oddShapes(scans: readonly CheckedScan[]): Found[] {
  return unusual(scans, 'QUALITY_SHAPE', ({ shape }) => `${shape.join(' x ')} voxels`);
}

function oddSpacings(scans: readonly CheckedScan[]): Found[] {
  const digits = Math.round(-Math.log10(SAME_SPACING));
  return unusual(
    scans,
    'QUALITY_SPACING',
    ({ affine }) =>
      `${voxelSizes(affine)
        .map((mm) => mm.toFixed(digits))
        .join(' x ')} mm`,
  );
}

/** Those that do not have what at least half of the scans have. */
function unusual(
  scans: readonly CheckedScan[],
  code: 'QUALITY_SHAPE' | 'QUALITY_SPACING',
  inWords: (scan: CheckedScan) => string,
): Found[] {
  const counts = new Map<string, number>();
  for (const scan of scans) counts.set(inWords(scan), (counts.get(inWords(scan)) ?? 0) + 1);
  const [usual] = [...counts].sort(([, a], [, b]) => b - a);
  if (scans.length < FEWEST || usual === undefined || usual[1] < scans.length / 2) return [];
  const expected = `${usual[0]}, as ${usual[1]} of ${scans.length} scans`;
  return scans
    .filter((scan) => inWords(scan) !== usual[0])
    .map((scan) => [scan, describe(code, { ...placeOf(scan), expected, found: inWords(scan) })]);
}

function oddSizes(scans: readonly CheckedScan[]): Found[] {
  const sized = scans.filter(({ millilitres }) => millilitres !== undefined);
  if (sized.length < FEWEST) return [];
  const sizes = sized.map(({ millilitres = 0 }) => millilitres);
  const middle = median(sizes);
  const spread = OF_NORMAL * median(sizes.map((size) => Math.abs(size - middle)));
  const allowed = Math.max(OUTLYING * spread, NO_DIFFERENCE * middle);
  const [low, high] = [middle - allowed, middle + allowed].map((ml) => Math.max(0, ml).toFixed(0));
  const expected = `${low} to ${high} ml in its outline, as the others`;
  return sized.flatMap((scan): Found[] => {
    const { millilitres: size = 0 } = scan;
    if (Math.abs(size - middle) <= allowed) return [];
    const found = `${size.toFixed(0)} ml`;
    return [[scan, describe('QUALITY_BRAIN_SIZE', { ...placeOf(scan), expected, found })]];
  });
}

function copies(scans: readonly CheckedScan[]): Found[] {
  const byHash = new Map<string, CheckedScan[]>();
  for (const scan of scans) {
    if (scan.hash === undefined) continue;
    byHash.set(scan.hash, [...(byHash.get(scan.hash) ?? []), scan]);
  }
  return [...byHash.values()].flatMap((alike) =>
    alike.length < 2
      ? []
      : alike.map((scan): Found => {
          const others = alike.filter((other) => other !== scan);
          const found = `the same voxels in ${others.map((other) => other.file).join(', ')}`;
          const details = { ...placeOf(scan), expected: 'a scan of its own', found };
          return [scan, describe('QUALITY_DUPLICATE', details)];
        }),
  );
}

/** @returns the middle value, or the mean of both middle ones; NaN of none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}
