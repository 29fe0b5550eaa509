/**
 * Numbers as halves (IEEE 754 binary16) where nothing is lost by it, and back. The rule: an array is
 * stored as halves only when each of its numbers comes back bit for bit. Whole numbers up to 2048
 * do, so masks and segmentations are halved; intensities divided by their range hardly ever. There
 * is no rule for training in half precision on purpose: its inputs are read as f32, so rounding them
 * would make a result depend on whether a volume happened to come from the cache.
 */
import { float16Value } from '../../core/torch/dtypes.ts';

/** As bits of f32: the smallest subnormal and normal half, and the largest. */
const SMALLEST = 0x33800000;
const SMALLEST_NORMAL = 0x38800000;
const LARGEST = 0x477fe000;

/** @returns undefined when a number cannot be stored as a half without a change. */
export function exactHalves(numbers: Float32Array): Uint16Array<ArrayBuffer> | undefined {
  const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  // Most arrays fail early: memory is taken when a good part of this one has passed.
  if (!fits(bits, numbers, 0, Math.min(1024, bits.length))) return undefined;
  if (!fits(bits, numbers, 1024, bits.length)) return undefined;
  const halves = new Uint16Array(bits.length);
  for (let at = 0; at < bits.length; at++) {
    const word = bits[at] as number;
    const magnitude = word & 0x7fffffff;
    const sign = (word >>> 16) & 0x8000;
    if (magnitude >= SMALLEST_NORMAL) halves[at] = sign | ((magnitude - 0x38000000) >>> 13);
    else halves[at] = sign | Math.abs((numbers[at] as number) * 2 ** 24);
  }
  return halves;
}

function fits(bits: Uint32Array, numbers: Float32Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const magnitude = (bits[at] as number) & 0x7fffffff;
    if (magnitude >= SMALLEST_NORMAL) {
      // Ten bits of the fraction are left, and the exponent has to be there.
      if (magnitude > LARGEST || (magnitude & 0x1fff) !== 0) return false;
    } else if (magnitude !== 0) {
      // Below the normal numbers halves are multiples of 2^-24.
      if (magnitude < SMALLEST || !Number.isInteger((numbers[at] as number) * 2 ** 24)) {
        return false;
      }
    }
  }
  return true;
}

let values: Float32Array | undefined;

/** @returns the numbers, exactly. */
export function fromHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  values ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => float16Value(bits));
  const numbers = new Float32Array(halves.length);
  for (let at = 0; at < halves.length; at++) {
    numbers[at] = values[halves[at] as number] as number;
  }
  return numbers;
}
