import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import reference from './fixtures/pytorch-init.json';
import { Mt19937, randperm } from './mt19937.ts';

describe('Mt19937', () => {
  it('gives the first numbers of the published implementation for its default seed', () => {
    const generator = new Mt19937(5489);
    expect(Array.from({ length: 3 }, () => generator.nextUint32())).toEqual([
      3499211612, 581869302, 3890346734,
    ]);
  });

  it('gives the ten-thousandth number that the C++ standard requires of mt19937', () => {
    const generator = new Mt19937(5489);
    for (let i = 1; i < 10_000; i++) generator.nextUint32();
    expect(generator.nextUint32()).toBe(4123659995);
  });
});

describe('randperm', () => {
  it('orders twelve sessions as the specification says for seeds 0 and 1', () => {
    expect([...randperm(12, 0)]).toEqual([8, 0, 5, 9, 7, 4, 2, 10, 3, 1, 11, 6]);
    expect([...randperm(12, 1)]).toEqual([1, 4, 6, 8, 11, 0, 5, 3, 2, 9, 10, 7]);
  });

  it.each(Object.entries(reference.randperm12))(
    'equals torch.randperm(12), seed %s',
    (seed, order) => {
      expect([...randperm(12, Number(seed))]).toEqual(order);
    },
  );

  it('equals torch.randperm(3000), past the first refill of the state', () => {
    const bytes = new Uint8Array(randperm(3000, 5).buffer);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(reference.randperm3000Seed5);
  });

  it('is a permutation, the empty one included', () => {
    expect([...randperm(0, 3)]).toEqual([]);
    expect([...randperm(500, 3)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, i) => i),
    );
  });
});
