import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import reference from './fixtures/numpy-shuffle.json';
import { Mt19937 } from './mt19937.ts';
import { numpyInterval, numpyShuffle } from './numpy-shuffle.ts';

const permutation = (seed: number, size: number) =>
  numpyShuffle(
    new Mt19937(seed),
    Array.from({ length: size }, (_, index) => index),
  );

test.each(reference.orders as [number, number, number[]][])(
  'RandomState(%d).permutation(%d) is that of NumPy',
  (seed, size, order) => {
    expect(permutation(seed, size)).toEqual(order);
  },
);

test.each(reference.hashes as [number, number, string][])(
  'RandomState(%d).permutation(%d) is that of NumPy, past refills of the state',
  (seed, size, hash) => {
    const bytes = new Uint8Array(Uint32Array.from(permutation(seed, size)).buffer);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
  },
);

test('one stream shuffles several arrays, repeated values too', () => {
  const generator = new Mt19937(2);
  const shuffled = reference.oneAfterAnother.map(({ length }) => {
    const each = Math.floor(length / 3) + 1;
    const folds = Array.from({ length }, (_, index) => Math.floor(index / each));
    return numpyShuffle(generator, folds);
  });
  expect(shuffled).toEqual(reference.oneAfterAnother);
});

describe('an interval', () => {
  test('reaches both ends and nothing beyond', () => {
    const generator = new Mt19937(1);
    const seen = new Set(Array.from({ length: 300 }, () => numpyInterval(generator, 4)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('of one value draws nothing', () => {
    const generator = new Mt19937(3);
    expect(numpyInterval(generator, 0)).toBe(0);
    expect(generator.nextUint32()).toBe(new Mt19937(3).nextUint32());
  });

  test('takes the whole word for the largest', () => {
    const word = new Mt19937(5).nextUint32();
    expect(numpyInterval(new Mt19937(5), 0xffffffff)).toBe(word);
  });
});
