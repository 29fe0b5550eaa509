/**
 * What an MRI scanner adds to the anatomy: contrast between tissues, gain, a smooth bias field of
 * the coil, and noise. All of it is drawn apart from the anatomy and does not know the diagnosis.
 */
import { stream } from '../random/philox.ts';
import type { Shape3 } from '../volume.ts';
import { WHITE_MATTER } from './regions.ts';

/** Coefficients of x, y, z, x^2, y^2, z^2, xy, xz, yz; coordinates run from -1 to 1. */
// prettier-ignore
type QuadraticField = readonly [
  number, number, number, number, number, number, number, number, number,
];

export interface Scanner {
  /** Intensity of white matter in the result. */
  readonly gain: number;
  /** Exponent of intensity; below 1 tissues look more alike. */
  readonly contrast: number;
  /** Logarithm of the bias. */
  readonly bias: QuadraticField;
  /** Standard deviation, as a share of white matter. */
  readonly noise: number;
}

/** Below this share of white matter the noise fades, as the brain mask of a real scan cuts it. */
const RIM = 0.15;

export function randomScanner(seed: number, index: number): Scanner {
  const random = stream(seed, 'sample scanner', index);
  return {
    gain: random.uniform(500, 900),
    contrast: random.uniform(0.96, 1.06),
    bias: Array.from({ length: 9 }, () => random.normal(0, 0.03)) as unknown as QuadraticField,
    noise: random.uniform(0.012, 0.03),
  };
}

/**
 * @param anatomy - intensities of the base brain, white matter at 200, C order; changed in place
 *   into whole numbers from 0 to 32767.
 */
export function scan(
  anatomy: Float32Array<ArrayBuffer>,
  shape: Shape3,
  scanner: Scanner,
  seed: number,
  index: number,
): void {
  const random = stream(seed, 'sample noise', index);
  const [X, Y, Z] = shape;
  for (let i = 0, n = 0; i < X; i++) {
    const x = (2 * i) / (X - 1) - 1;
    for (let j = 0; j < Y; j++) {
      const y = (2 * j) / (Y - 1) - 1;
      for (let k = 0; k < Z; k++, n++) {
        const z = (2 * k) / (Z - 1) - 1;
        const share = (anatomy[n] as number) / WHITE_MATTER;
        // Atrophy never empties a voxel, so that the draws of the others stay where they are.
        if (share <= 0) continue;
        const noise = random.normal(0, scanner.noise) * Math.min(1, share / RIM);
        const signal = share ** scanner.contrast * Math.exp(biasAt(scanner.bias, x, y, z)) + noise;
        anatomy[n] = Math.max(0, Math.min(32767, Math.round(signal * scanner.gain)));
      }
    }
  }
}

function biasAt(bias: QuadraticField, x: number, y: number, z: number): number {
  const [a, b, c, aa, bb, cc, ab, ac, bc] = bias;
  const squares = aa * x * x + bb * y * y + cc * z * z;
  return a * x + b * y + c * z + squares + ab * x * y + ac * x * z + bc * y * z;
}
