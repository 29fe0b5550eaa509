/** Volumes sorted by their grid: shape, and where it lies in space. One group is what a study wants. */
import type { SessionKey } from '../tsv/sessions.ts';
import type { Affine, Shape3 } from '../volume.ts';

export interface PlacedVolume extends SessionKey {
  /** Below the CAPS root. */
  readonly path: string;
  readonly shape: Shape3;
  /** Undefined for tensors, which keep none. */
  readonly affine: Affine | undefined;
}

export interface GeometryGroup {
  readonly shape: Shape3;
  /** Of its first volume. */
  readonly affine: Affine | undefined;
  readonly volumes: readonly PlacedVolume[];
}

/** Affines of the same grid differ by the rounding of float32 headers and quaternions: millimetres. */
const TOLERANCE = 1e-3;
/** Beyond so many different affines (native spaces) nobody asks which are nearly the same. */
const MOST_COMPARED = 200;

/** @returns the groups, the largest first; within one the order of the volumes is kept. */
export function groupGeometries(volumes: readonly PlacedVolume[]): GeometryGroup[] {
  const exact = new Map<string, PlacedVolume[]>();
  for (const volume of volumes) {
    const key = `${volume.shape.join()} ${volume.affine?.join() ?? ''}`;
    const same = exact.get(key);
    if (same === undefined) exact.set(key, [volume]);
    else same.push(volume);
  }
  const groups: { shape: Shape3; affine: Affine | undefined; volumes: PlacedVolume[] }[] = [];
  for (const [first, ...others] of exact.values()) {
    if (first === undefined) continue;
    const { shape, affine } = first;
    const compared = exact.size <= MOST_COMPARED ? groups : [];
    const near = compared.find(
      (group) => sameShape(group.shape, shape) && isNear(group.affine, affine),
    );
    if (near === undefined) groups.push({ shape, affine, volumes: [first, ...others] });
    else near.volumes.push(first, ...others);
  }
  return groups.sort((a, b) => b.volumes.length - a.volumes.length);
}

export const sameShape = (a: Shape3, b: Shape3): boolean =>
  a[0] === b[0] && a[1] === b[1] && a[2] === b[2];

function isNear(a: Affine | undefined, b: Affine | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.every((value, at) => Math.abs(value - (b[at] ?? NaN)) <= TOLERANCE);
}
