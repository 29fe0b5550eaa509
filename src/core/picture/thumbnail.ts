/**
 * A thumbnail of a scan: sagittal, coronal and axial slice through its middle, side by side, 8 bits
 * a pixel. The grey values go from the 1st to the 99th percentile of what is not background.
 */
import { percentile } from '../metrics/bootstrap.ts';
import type { Volume } from '../volume.ts';
import { frameAround, middleOf, PLANES, samplePlane } from './plane.ts';

export interface Thumbnail {
  /** Pixels; three squares of `height` side by side. */
  readonly width: number;
  readonly height: number;
  /** Grey, 0 to 255, row by row from the top left. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Each pixel is the mean of so many samples along each axis: fine detail does not flicker. */
const FINER = 2;

/** @param side - pixels of the square of one plane */
export function thumbnailOf(volume: Volume, side = 64): Thumbnail {
  const middle = middleOf(volume);
  const fine = side * FINER;
  const planes = PLANES.map((plane) =>
    samplePlane(volume, frameAround(volume, plane, middle, { width: fine, height: fine })),
  );
  const [low, high] = windowOf(planes);
  const width = side * planes.length;
  const pixels = new Uint8Array(width * side);
  planes.forEach((values, place) => {
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const grey = (255 * (meanAt(values, fine, column, row) - low)) / (high - low);
        // Typed arrays wrap what is out of range, and make 0 of NaN.
        pixels[row * width + place * side + column] = Math.round(Math.min(255, Math.max(0, grey)));
      }
    }
  });
  return { width, height: side, pixels };
}

/** @returns NaN where every sample is outside */
function meanAt(values: Float32Array, fine: number, column: number, row: number): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < FINER; i++) {
    for (let j = 0; j < FINER; j++) {
      const value = values[(row * FINER + i) * fine + column * FINER + j] ?? NaN;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
  }
  return count === 0 ? NaN : sum / count;
}

/** Of a scan that is the same everywhere, all is black. */
function windowOf(planes: readonly Float32Array[]): [low: number, high: number] {
  const lowest = planes.reduce(
    (least, plane) => plane.reduce((a, b) => (b < a ? b : a), least),
    Infinity,
  );
  const head = planes.flatMap((plane) => [...plane].filter((value) => value > lowest));
  const sorted = Float64Array.from(head).sort();
  if (sorted.length === 0) return [lowest, lowest + 1];
  const [low, high] = [percentile(sorted, 0.01), percentile(sorted, 0.99)];
  return high > low ? [low, high] : [lowest, high];
}
