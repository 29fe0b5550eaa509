import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { batches, type ElementSource } from './batches.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterEach(() => expect(tf.memory().numTensors).toBe(0));

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Elements of two numbers, index and its negative; later ones arrive first. */
function source(count: number, load?: (index: number) => Promise<void>) {
  const asked: number[] = [];
  let running = 0;
  let most = 0;
  const elements: ElementSource = {
    ...{ count, shape: [2, 1] },
    label: (index) => index % 3,
    name: (index) => `sub-${index}`,
    async load(index) {
      asked.push(index);
      most = Math.max(most, (running += 1));
      try {
        await (load?.(index) ?? new Promise((resolve) => setTimeout(resolve, (count - index) % 4)));
      } finally {
        running -= 1;
      }
      return Float32Array.of(index, -index);
    },
  };
  return { elements, asked, most: () => most };
}

test('gives the batches of an order, the last one shorter, and frees each', async () => {
  const order = [4, 0, 3, 6, 1, 5, 2];
  const seen: unknown[] = [];
  for await (const batch of batches(source(7).elements, order, 3)) {
    const { iteration, indices, labels, input } = batch;
    expect(input.shape).toEqual([indices.length, 2, 1]);
    expect(tf.memory().numTensors).toBe(1);
    seen.push([iteration, indices, labels, Array.from(await input.data())]);
  }
  expect(seen).toEqual([
    [0, [4, 0, 3], [1, 0, 0], [4, -4, 0, -0, 3, -3]],
    [1, [6, 1, 5], [0, 1, 2], [6, -6, 1, -1, 5, -5]],
    [2, [2], [2], [2, -2]],
  ]);
});

test('holds as many batches ahead as the bytes allow, and always one', async () => {
  const bytesOfBatch = 2 * 2 * 4;
  for (const [aheadBytes, ahead] of [
    [0, 1],
    [bytesOfBatch, 1],
    [3 * bytesOfBatch, 3],
    [4 * bytesOfBatch - 1, 3],
  ] as const) {
    const { elements, asked } = source(20, () => Promise.resolve());
    const order = [...Array(20).keys()];
    const all = batches(elements, order, 2, { aheadBytes });
    await all.next();
    await settled();
    expect(asked).toHaveLength(2 * (1 + ahead));
    await all.return();
    await settled();
    expect(asked).toHaveLength(2 * (1 + ahead));
  }
});

test('loads several elements at once, eight at most', async () => {
  const { elements, most } = source(40);
  for await (const { input } of batches(elements, [...Array(40).keys()], 4)) void input;
  expect(most()).toBe(8);
});

test('an element that fails fails its own batch; of two the first in its order', async () => {
  const { elements } = source(8, async (index) => {
    if (index === 5) {
      await settled();
      throw new Error('element 5');
    }
    if (index === 4) throw new Error('element 4');
  });
  const seen: number[] = [];
  const read = async () => {
    for await (const { iteration } of batches(elements, [0, 1, 2, 3, 5, 4, 6, 7], 2)) {
      seen.push(iteration);
    }
  };
  await expect(read()).rejects.toThrow('element 5');
  expect(seen).toEqual([0, 1]);
  await settled();
});

test('a consumer that throws leaves no tensor', async () => {
  const read = async () => {
    for await (const batch of batches(source(8).elements, [0, 1, 2, 3, 4, 5, 6, 7], 2)) {
      if (batch.iteration === 1) throw new Error('enough');
    }
  };
  await expect(read()).rejects.toThrow('enough');
});
