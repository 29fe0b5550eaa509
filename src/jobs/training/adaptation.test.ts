import { describe, expect, test } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import { reversalAt } from '../../engine/losses/domain-adaptation.ts';
import { batchesOfEpoch, cycledOrder, setsOfEpoch } from './adaptation.ts';
import type { SplitRequest } from './split-request.ts';

const random = (pass: number) => stream(7, 'test', pass);
const order = (count: number, batchSize: number, first: number, batches: number) =>
  cycledOrder({ count, batchSize, first, batches }, random);

describe('batches of a set that is gone through again and again', () => {
  const draws = stream(1, 'sizes');
  const cases = Array.from({ length: 40 }, () => {
    const count = 1 + Math.floor(draws.uniform(0, 30));
    const batchSize = 1 + Math.floor(draws.uniform(0, count));
    return [count, batchSize, 1 + Math.floor(draws.uniform(0, 20))] as const;
  });

  test.each(cases)('%i elements by %i, %i batches: none stands twice in one', (count, size, n) => {
    const found = order(count, size, 0, n);
    expect(found).toHaveLength(n * size);
    for (let at = 0; at < found.length; at += size) {
      const batch = found.slice(at, at + size);
      expect(new Set(batch).size).toBe(size);
      expect(batch.every((index) => index >= 0 && index < count)).toBe(true);
    }
  });

  test('an epoch goes on where the one before has stopped', () => {
    for (const [count, size, batches] of cases) {
      const whole = order(count, size, 0, 2 * batches);
      const parts = [...order(count, size, 0, batches), ...order(count, size, batches, batches)];
      expect(parts).toEqual(whole);
    }
  });

  test('every element comes once a pass, in an order of its own', () => {
    const [first, second] = [order(9, 1, 0, 9), order(9, 1, 9, 9)];
    for (const pass of [first, second]) expect([...pass].sort()).toEqual([...new Array(9).keys()]);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual([...first].sort());
  });

  test('more labelled images than batches are all used after some epochs', () => {
    const used = [0, 1, 2].flatMap((epoch) => order(9, 1, 3 * epoch, 3));
    expect(new Set(used).size).toBe(9);
  });
});

const set = (count: number) => ({ count });
const request = (train: number, labelled: number, unlabelled: number, batchSize = 4) =>
  ({
    ...{
      train: set(train),
      config: { batch_size: batchSize, seed: 5, data_augmentation: [] },
      loss: { name: 'loss' },
    },
    adaptation: { train: set(labelled), unlabelled: set(unlabelled), validation: set(1) },
  }) as unknown as SplitRequest;
const counting = (count: number) => () => Array.from({ length: count }, (_, index) => index);

describe('an epoch of an adaptation', () => {
  test.each([
    [10, 2],
    [8, 2],
    [3, 1],
  ])('%i elements of the source are %i whole batches of four', (count, batches) => {
    const of = request(count, 3, 5);
    expect(batchesOfEpoch(of)).toBe(batches);
    const { order: source, companions = [] } = setsOfEpoch(of, counting(count), 0);
    expect(source).toHaveLength(Math.min(count, 4 * batches));
    expect(companions.map(({ batchSize }) => batchSize)).toEqual([1, 4]);
    expect(companions.map((one) => one.order.length)).toEqual([batches, 4 * batches]);
  });

  test('few unlabelled images make small batches, and not fewer of them', () => {
    const { companions = [] } = setsOfEpoch(request(16, 3, 2), counting(16), 1);
    expect(companions[1]).toMatchObject({ batchSize: 2 });
    expect(companions[1]?.order).toHaveLength(8);
  });

  test('without a target all batches are taken, and none goes beside them', () => {
    const alone = { ...request(10, 1, 1), adaptation: undefined };
    expect(batchesOfEpoch(alone)).toBe(3);
    const sets = setsOfEpoch(alone, counting(10), 0);
    expect(sets).toEqual({ order: counting(10)(), loss: alone.loss });
  });

  test('the seed decides the orders of the target', () => {
    const orders = (seed: number) => {
      const of = request(40, 9, 30);
      const other = { ...of, config: { ...of.config, seed } };
      return setsOfEpoch(other, counting(40), 2).companions?.map((one) => Array.from(one.order));
    };
    expect(orders(1)).toEqual(orders(1));
    expect(orders(1)).not.toEqual(orders(2));
  });
});

test('the gradient of the domain comes in slowly: 2 / (1 + exp(-epoch)) - 1', () => {
  expect(reversalAt(0)).toBe(0);
  expect(reversalAt(1)).toBeCloseTo(0.46211716, 8);
  expect(reversalAt(5)).toBeCloseTo(0.9866143, 8);
});
