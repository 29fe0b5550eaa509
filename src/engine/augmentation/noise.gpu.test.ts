import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { philox4x32, stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { addNoise } from './noise.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());
afterEach(() => device.check());

/** Box and Muller in float64 on the words of the published generator. */
function expected(count: number, [k0 = 0, k1 = 0]: readonly number[]): number[] {
  const normals = Array.from({ length: Math.ceil(count / 4) }, (_, block) => {
    const [a, b, c, d] = philox4x32([block, 0, 0, 0], [k0, k1]);
    return [a, b, c, d].flatMap((word, index, words) => {
      if (index % 2 === 1) return [];
      const radius = Math.sqrt(-2 * Math.log(((word >>> 8) + 1) / 2 ** 24));
      const angle = (2 * Math.PI * ((words[index + 1] ?? 0) >>> 8)) / 2 ** 24;
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
  });
  return normals.flat().slice(0, count);
}

test('noise is that of its key, whatever stands beside the sample', async () => {
  const count = 7 * 5 * 3;
  const random = stream(3, 'noise test');
  const values = Float32Array.from({ length: 3 * count }, () => random.uniform());
  const records = [
    { mean: 0, std: 0.25, key: [0xffffffff, 0x12345678] },
    undefined,
    { mean: 2, std: 0.1, key: [5, 0x89abcdef] },
  ];
  const input = tf.tensor(values, [3, 7, 5, 3, 1]);
  tf.zeros([3, 7, 5, 3, 1]).dispose();
  poisonRecycledBuffers();
  const output = addNoise(input, [3, 7, 5, 3, 1], records);
  const got = (await output.data()) as Float32Array;
  for (const [index, record] of records.entries()) {
    const own = values.slice(index * count, (index + 1) * count);
    const changed = got.slice(index * count, (index + 1) * count);
    if (record === undefined) {
      expect(changed).toEqual(own);
      continue;
    }
    const normals = expected(count, record.key);
    const wanted = normals.map((one, i) => (own[i] ?? 0) + record.mean + record.std * one);
    expect(relativeError(changed, wanted)).toBeLessThan(1e-6);
  }
  tf.dispose([input, output]);
});

test('a hundred thousand voxels follow the normal law (Kolmogorov and Smirnov)', async () => {
  const count = 50 * 50 * 40;
  const input = tf.zeros([1, 50, 50, 40, 1]);
  const output = addNoise(input, [1, 50, 50, 40, 1], [{ mean: 1, std: 2, key: [11, 12] }]);
  const sorted = [...((await output.data()) as Float32Array)].sort((a, b) => a - b);
  const largest = Math.max(
    ...[-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2].map((z) => {
      const below = sorted.findIndex((value) => value > 1 + 2 * z) / count;
      return Math.abs(below - (NORMAL[Math.abs(z)] ?? NaN) * Math.sign(z || 1) - (z < 0 ? 1 : 0));
    }),
  );
  expect(largest).toBeLessThan(1.63 / Math.sqrt(count));
  tf.dispose([input, output]);
});

/** The normal distribution function, from a table. */
const NORMAL: Readonly<Record<number, number>> = {
  0: 0.5,
  0.5: 0.6914625,
  1: 0.8413447,
  1.5: 0.9331928,
  2: 0.9772499,
};
