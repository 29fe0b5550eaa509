import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import fixture from '../../../tests/fixtures/augmentation-numpy.json';
import type { TransformName } from '../../core/augmentation/catalogue.ts';
import type { AugmentationRecord } from '../../core/augmentation/draw.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { augment } from './apply.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());
afterEach(() => device.check());

const decoded = (text: string) =>
  new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

/** As tests/fixtures/augmentation-numpy.py makes it. */
const made = (size: number) =>
  Float32Array.from(
    { length: size },
    (_, i) => Math.sin(0.37 * i) * Math.cos(0.011 * i + 1) + 0.6 * Math.cos(0.05 * i) + 0.5,
  );
const sizeOf = (shape: readonly number[]) => shape.reduce((product, one) => product * one, 1);

async function applied(name: string, shape: readonly number[], values: object) {
  const record = { transform: name as TransformName, place: 0, values } as AugmentationRecord;
  const size = sizeOf(shape);
  const own = made(size);
  const resizes = ['CropOrPad', 'Resample'].includes(name);
  // Beside a sample that nothing happens to.
  const batch = resizes ? 1 : 2;
  const input = tf.tensor(Float32Array.from([...own, ...own].slice(0, batch * size)), [
    ...[batch, ...shape],
  ]);
  augment(input, resizes ? [[record]] : [[], [record]]).dispose();
  poisonRecycledBuffers();
  const output = augment(input, resizes ? [[record]] : [[], [record]]);
  const all = (await output.data()) as Float32Array;
  tf.dispose([input, output]);
  if (!resizes) expect(all.slice(0, size)).toEqual(own);
  return { shape: output.shape.slice(1), values: resizes ? all : all.slice(size) };
}

const named = fixture.cases.map((one, index) => ({
  ...one,
  title: `${index} ${one.transform} of ${one.shape.join(' x ')}`,
}));

test.each(named)('$title is what NumPy and SciPy make of it', async (one) => {
  const got = await applied(one.transform, one.shape, one.values);
  const expected = decoded(one.result);
  expect(got.shape).toEqual(one.to);
  expect(relativeError(got.values, expected)).toBeLessThan(1e-5);
  if (one.spectrum === undefined) return;
  const [real, imaginary] = spectrum(got.values, one.shape);
  expect(relativeError(real, decoded(one.spectrum.real))).toBeLessThan(1e-5);
  const scale = Math.hypot(...decoded(one.spectrum.real));
  const wanted = decoded(one.spectrum.imaginary);
  const error = Math.hypot(...imaginary.map((value, i) => value - (wanted[i] ?? NaN)));
  expect(error / scale).toBeLessThan(1e-5);
});

/** The centred spectrum of each channel by its definition, axis after axis, in float64. */
function spectrum(values: Float32Array, shape: readonly number[]): [number[], number[]] {
  let [real, imaginary] = [[...values], [...values].map(() => 0)];
  const axes = shape.length - 1;
  for (let axis = 0; axis < axes; axis++) {
    const length = shape[axis] ?? 1;
    const step = sizeOf(shape.slice(axis + 1));
    const next: [number[], number[]] = [[], []];
    for (let at = 0; at < values.length; at++) {
      const k = Math.floor(at / step) % length;
      const first = at - k * step;
      let [a, b] = [0, 0];
      for (let n = 0; n < length; n++) {
        const angle = (-2 * Math.PI * (k - (length >> 1)) * n) / length;
        const [x = NaN, y = NaN] = [real[first + n * step], imaginary[first + n * step]];
        a += x * Math.cos(angle) - y * Math.sin(angle);
        b += x * Math.sin(angle) + y * Math.cos(angle);
      }
      next[0].push(a);
      next[1].push(b);
    }
    [real, imaginary] = next;
  }
  return [real, imaginary];
}
