import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32, stream } from './philox.ts';

const hex = (words: readonly number[]) =>
  words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  it('gives the known answers published with Random123', () => {
    expect(hex(philox4x32([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    const ones = 0xffffffff;
    expect(hex(philox4x32([ones, ones, ones, ones], [ones, ones]))).toBe(
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    );
    expect(
      hex(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    ).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
  });
});

describe('stream', () => {
  const first = (seed: number, name: string, index: number) => {
    const numbers = stream(seed, name, index);
    return [numbers.uint32(), numbers.uint32()];
  };

  it('repeats itself for one seed, name and index, and differs when one of them does', () => {
    expect(first(7, 'dropout', 3)).toEqual(first(7, 'dropout', 3));
    const others = [
      first(8, 'dropout', 3),
      first(7, 'noise', 3),
      first(7, 'dropout', 4),
      first(7 + 2 ** 32, 'dropout', 3),
    ];
    for (const other of others) expect(other).not.toEqual(first(7, 'dropout', 3));
  });

  it('goes on from a stored position as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (before, after) => {
        const whole = stream(1, 'resume');
        for (let i = 0; i < before; i++) whole.uint32();
        const resumed = stream(1, 'resume');
        resumed.position = whole.position;
        for (let i = 0; i <= after; i++) expect(resumed.uint32()).toBe(whole.uint32());
      }),
      { numRuns: 30 },
    );
  });

  it('draws uniform numbers in [0, 1) with the right mean and variance', () => {
    const numbers = stream(3, 'uniform');
    const drawn = Array.from({ length: 20_000 }, () => numbers.uniform());
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(mean(drawn)).toBeCloseTo(0.5, 2);
    expect(variance(drawn)).toBeCloseTo(1 / 12, 2);
    expect(stream(3, 'uniform').uniform(-2, 4)).toBeCloseTo(-2 + 6 * (drawn[0] as number), 12);
  });

  it('draws normal numbers with the right first four moments', () => {
    const numbers = stream(3, 'normal');
    const drawn = Array.from({ length: 40_000 }, () => numbers.normal(10, 2));
    const standard = drawn.map((value) => (value - 10) / 2);
    expect(mean(standard)).toBeCloseTo(0, 1);
    expect(variance(standard)).toBeCloseTo(1, 1);
    expect(Math.abs(mean(standard.map((value) => value ** 3)))).toBeLessThan(0.06);
    expect(Math.abs(mean(standard.map((value) => value ** 4)) - 3)).toBeLessThan(0.15);
  });

  it('draws each integer below n equally often (chi-square)', () => {
    const numbers = stream(5, 'below');
    const counts = new Uint32Array(7);
    for (let i = 0; i < 21_000; i++) {
      const value = numbers.below(7);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 3000) ** 2 / 3000, 0);
    expect(chiSquare).toBeLessThan(22.46); // 99.9th percentile, 6 degrees of freedom
  });

  it('refuses bounds that it cannot draw below', () => {
    for (const bound of [0, -1, 1.5, 2 ** 33, Number.NaN]) {
      expect(() => stream(1, 'below').below(bound)).toThrow(RangeError);
    }
    expect(stream(1, 'below').below(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it('shuffles into every order, and keeps what it shuffles', () => {
    const seen = new Set<string>();
    const numbers = stream(9, 'shuffle');
    for (let i = 0; i < 300; i++) seen.add(numbers.shuffle(['a', 'b', 'c']).join(''));
    expect(seen.size).toBe(6);
    expect(numbers.shuffle([3, 1, 2]).sort()).toEqual([1, 2, 3]);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}
