/**
 * The outline of a head or a brain: Otsu's threshold (IEEE Trans Syst Man Cybern 1979, 9:62-66), the
 * largest piece above it, its holes filled. And what masks are compared by: Dice's coefficient
 * (Ecology 1945, 26:297-302) and the distance of their centres.
 */
import { transformPoint } from '../nifti/matrix.ts';
import type { Affine, Shape3 } from '../volume.ts';

const BINS = 256;
/** A few bright voxels (fat, spikes) do not stretch the histogram. */
const BRIGHTEST = 0.998;

export type Mask = Uint8Array<ArrayBuffer>;

/** @returns the value that best parts the values in two; NaN where all are alike. */
export function otsu(data: Float32Array): number {
  const sorted = data.slice().sort();
  const low = sorted[0] ?? 0;
  const high = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * BRIGHTEST))] ?? 0;
  if (!(high > low)) return NaN;
  const counts = new Float64Array(BINS);
  const width = (high - low) / BINS;
  for (const value of data) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  const total = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [below, sumBelow, best, parting] = [0, 0, -1, 0];
  for (let bin = 0; bin < BINS - 1; bin++) {
    below += counts[bin] ?? 0;
    sumBelow += (counts[bin] ?? 0) * bin;
    if (below === 0 || below === all) continue;
    const between = (total * below - all * sumBelow) ** 2 / (below * (all - below));
    if (between > best) [best, parting] = [between, bin];
  }
  return low + (parting + 1) * width;
}

/** @returns 1 inside of the outline, holes included; nothing where all values are alike. */
export function outline(data: Float32Array, shape: Shape3, threshold = otsu(data)): Mask {
  const above = new Uint8Array(data.length);
  if (Number.isNaN(threshold)) return above;
  for (let n = 0; n < data.length; n++) above[n] = (data[n] as number) > threshold ? 1 : 0;
  return withoutHoles(largestPiece(above, shape), shape);
}

/** @returns the largest 6-connected piece. */
export function largestPiece(mask: Mask, shape: Shape3): Mask {
  const label = new Int32Array(mask.length);
  let [pieces, most, largest] = [0, 0, 0];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== 1 || label[start] !== 0) continue;
    pieces += 1;
    const size = flood(start, shape, (n) => {
      if (mask[n] !== 1 || label[n] !== 0) return false;
      label[n] = pieces;
      return true;
    });
    if (size > most) [most, largest] = [size, pieces];
  }
  return mask.map((value, n) => (value === 1 && label[n] === largest ? 1 : 0));
}

/** @returns the mask with everything that cannot be reached from the edge of the grid. */
export function withoutHoles(mask: Mask, shape: Shape3): Mask {
  const [X, Y, Z] = shape;
  const outside = new Uint8Array(mask.length);
  const enter = (n: number): boolean => {
    if (mask[n] === 1 || outside[n] === 1) return false;
    outside[n] = 1;
    return true;
  };
  for (let n = 0; n < mask.length; n++) {
    const [x, y, z] = [Math.floor(n / (Y * Z)), Math.floor(n / Z) % Y, n % Z];
    const isEdge = x === 0 || y === 0 || z === 0 || x === X - 1 || y === Y - 1 || z === Z - 1;
    if (isEdge && mask[n] === 0 && outside[n] === 0) flood(n, shape, enter);
  }
  return outside.map((value) => 1 - value);
}

/** Walks over neighbours that `enter` takes in, from `start`. @returns how many it took */
function flood(start: number, shape: Shape3, enter: (n: number) => boolean): number {
  if (!enter(start)) return 0;
  const stack = [start];
  let size = 0;
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    size += 1;
    eachNeighbour(n, shape, (neighbour) => {
      if (enter(neighbour)) stack.push(neighbour);
    });
  }
  return size;
}

function eachNeighbour(n: number, [X, Y, Z]: Shape3, told: (n: number) => void): void {
  const x = Math.floor(n / (Y * Z));
  const y = Math.floor(n / Z) % Y;
  const z = n % Z;
  if (x > 0) told(n - Y * Z);
  if (x < X - 1) told(n + Y * Z);
  if (y > 0) told(n - Z);
  if (y < Y - 1) told(n + Z);
  if (z > 0) told(n - 1);
  if (z < Z - 1) told(n + 1);
}

/** @returns the mask with its 6-neighbours, `times` over. */
export function dilate(mask: Mask, shape: Shape3, times: number): Mask {
  let now = mask;
  for (let step = 0; step < times; step++) {
    const next = now.slice();
    const enter = (n: number): void => {
      next[n] = 1;
    };
    for (let n = 0; n < now.length; n++) if (now[n] === 1) eachNeighbour(n, shape, enter);
    now = next;
  }
  return now;
}

/** @returns twice the shared voxels over those of both, 0 to 1; 0 where there are none. */
export function dice(a: Mask, b: Mask): number {
  let [shared, both] = [0, 0];
  for (let n = 0; n < a.length; n++) {
    const [one = 0, other = 0] = [a[n], b[n]];
    shared += one * other;
    both += one + other;
  }
  return both === 0 ? 0 : (2 * shared) / both;
}

export const sizeOf = (mask: Mask): number => mask.reduce((sum, value) => sum + value, 0);

/** @returns the centre of a mask in millimetres; undefined for an empty one. */
export function centre(mask: Mask, [, Y, Z]: Shape3, affine: Affine) {
  let [count, i, j, k] = [0, 0, 0, 0];
  for (let n = 0; n < mask.length; n++) {
    if (mask[n] !== 1) continue;
    count += 1;
    i += Math.floor(n / (Y * Z));
    j += Math.floor(n / Z) % Y;
    k += n % Z;
  }
  if (count === 0) return undefined;
  return transformPoint(affine, [i / count, j / count, k / count]);
}
