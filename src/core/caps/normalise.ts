/**
 * Intensities from 0 to 1, on the extracted element, in the float32 arithmetic of PyTorch:
 * (x - min) / (max - min), each step rounded. Voxels that are not finite are replaced first.
 */
import { describe, type Problem, type Where } from '../errors.ts';

const LARGEST = 3.4028234663852886e38;

export interface Normalised {
  readonly data: Float32Array<ArrayBuffer>;
  /** VOLUME_CONSTANT when the element has no range: `data` is then zeros. */
  readonly problem?: Problem;
}

/**
 * @param element - intensities; left as it is, a new array is returned
 * @param where - participant and session, for the problem
 */
export function normalise(element: Float32Array<ArrayBuffer>, where: Where = {}): Normalised {
  const data = withoutHoles(element);
  let min = Infinity;
  let max = -Infinity;
  // Counted loops: an iterator, or a function chosen outside, takes ten times as long here.
  for (let at = 0; at < data.length; at += 1) {
    const value = data[at] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const range = Math.fround(max - min);
  if (!(range > 0)) {
    const found = `${data.length} voxels of ${data[0] ?? 'no'} intensity`;
    const problem = describe('VOLUME_CONSTANT', { ...where, found });
    return { data: new Float32Array(data.length), problem };
  }
  const scaled = data === element ? new Float32Array(data.length) : data;
  if (Number.isFinite(range)) {
    // One rounding more or less is the same here: a float32 difference or quotient computed in
    // double precision and then rounded equals the one computed in float32 (Figueroa 1995).
    for (let at = 0; at < data.length; at += 1) {
      scaled[at] = Math.fround((data[at] as number) - min) / range;
    }
  } else {
    // A range beyond float32 is divided in double precision, which still holds it.
    const width = max - min;
    for (let at = 0; at < data.length; at += 1) scaled[at] = ((data[at] as number) - min) / width;
  }
  return { data: scaled };
}

/**
 * NaN becomes 0 and infinities the largest float32, as `torch.nan_to_num` does.
 * @returns the element itself when every voxel is finite
 */
export function withoutHoles(element: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (hasNoHoles(element)) return element;
  return element.map((value) => {
    if (Number.isNaN(value)) return 0;
    return Math.max(-LARGEST, Math.min(LARGEST, value));
  });
}

function hasNoHoles(element: Float32Array): boolean {
  let difference = 0;
  // 0 for a finite voxel, NaN for any other.
  for (let at = 0; at < element.length; at += 1) {
    difference += (element[at] as number) - (element[at] as number);
  }
  return difference === 0;
}
