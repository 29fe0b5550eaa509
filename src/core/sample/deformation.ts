/**
 * A smooth random displacement of space, as the difference between two people's brains: a cosine
 * series per axis with few low frequencies, whose amplitude falls with frequency (the basis of
 * Ashburner and Friston, Hum Brain Mapp 1999, 7:254-266). The series is separable, so that a
 * volume costs a few multiplications a voxel.
 */
import type { RandomStream } from '../random/philox.ts';
import type { Shape3 } from '../volume.ts';

/** Frequencies 0 to 8 half-waves across the field of view: 40 mm the shortest wave. */
const FREQUENCIES = 9;
/** Half-waves at which the amplitude starts to fall. */
const KNEE = 3;

export interface CosineSeries {
  /** mm, [FREQUENCIES x FREQUENCIES x FREQUENCIES], frequency along z fastest. */
  readonly coefficients: Float64Array;
}

/**
 * @param amplitude - root mean square of the displacement along one axis, mm.
 * @returns the displacement along one axis.
 */
export function randomSeries(random: RandomStream, amplitude: number): CosineSeries {
  const coefficients = new Float64Array(FREQUENCIES ** 3);
  let power = 0;
  for (let i = 0, n = 0; i < FREQUENCIES; i++)
    for (let j = 0; j < FREQUENCIES; j++)
      for (let k = 0; k < FREQUENCIES; k++, n++) {
        const squared = i * i + j * j + k * k;
        // The constant term would be a shift, which is drawn apart.
        if (squared === 0 || squared >= FREQUENCIES * FREQUENCIES) continue;
        const weight = (1 + squared / (KNEE * KNEE)) ** -1.5;
        coefficients[n] = weight * Math.max(-2.5, Math.min(2.5, random.normal()));
        power += (weight * weight) / 2 ** (Number(i > 0) + Number(j > 0) + Number(k > 0));
      }
  const scale = amplitude / Math.sqrt(power);
  for (let n = 0; n < coefficients.length; n++)
    coefficients[n] = (coefficients[n] as number) * scale;
  return { coefficients };
}

/**
 * @param shape - grid [X, Y, Z] that spans the field of view.
 * @returns the series at each voxel, C order.
 */
export function evaluateSeries({ coefficients }: CosineSeries, shape: Shape3): Float32Array {
  const F = FREQUENCIES;
  const [alongX, alongY, alongZ] = shape.map(cosines) as [Float64Array, Float64Array, Float64Array];
  const [X, Y, Z] = shape;
  const values = new Float32Array(X * Y * Z);
  const plane = new Float64Array(F * F);
  const line = new Float64Array(F);
  for (let x = 0, n = 0; x < X; x++) {
    contract(coefficients, alongX.subarray(x * F, x * F + F), plane);
    for (let y = 0; y < Y; y++) {
      contract(plane, alongY.subarray(y * F, y * F + F), line);
      for (let z = 0; z < Z; z++, n++) {
        let sum = 0;
        for (let k = 0; k < F; k++) sum += (line[k] as number) * (alongZ[z * F + k] as number);
        values[n] = sum;
      }
    }
  }
  return values;
}

/** @returns cos(pi k (i + 1/2) / n) for voxel i and frequency k, frequency fastest. */
function cosines(n: number): Float64Array {
  return Float64Array.from({ length: n * FREQUENCIES }, (_, at) => {
    const k = at % FREQUENCIES;
    return Math.cos((Math.PI * k * ((at - k) / FREQUENCIES + 0.5)) / n);
  });
}

/** Sums `from` over its slowest axis, weighted; `into` has the size of the rest. */
function contract(from: Float64Array, weights: Float64Array, into: Float64Array): void {
  into.fill(0);
  for (let i = 0, n = 0; i < weights.length; i++)
    for (let rest = 0; rest < into.length; rest++, n++)
      into[rest] = (into[rest] as number) + (weights[i] as number) * (from[n] as number);
}
