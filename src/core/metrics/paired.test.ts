import { describe, expect, it } from 'vitest';
import { stream } from '../random/philox.ts';
import { pairedDifferences, type MetricsOfRows } from './paired.ts';

const shareOf =
  (right: readonly number[]): MetricsOfRows =>
  (rows) => [rows.reduce((sum, row) => sum + (right[row] as number), 0) / rows.length];
const repeat = (value: number, times: number) => new Array<number>(times).fill(value);
/** 30 right for both, 10 for the second alone, 6 for the first alone, 4 for neither. */
const first = [...repeat(1, 30), ...repeat(0, 10), ...repeat(1, 6), ...repeat(0, 4)];
const second = [...repeat(1, 30), ...repeat(1, 10), ...repeat(0, 6), ...repeat(0, 4)];
const draw = (seed: number, resamples?: number) =>
  pairedDifferences(
    ...[['accuracy'], shareOf(first), shareOf(second), 50],
    ...([stream(seed, 'pairs'), resamples] as const),
  )[0];

describe('a paired difference', () => {
  it('is the second minus the first', () => {
    const found = draw(1);
    expect([found?.first, found?.second]).toEqual([0.72, 0.8]);
    expect(found?.difference).toBeCloseTo(0.08, 12);
  });

  it('has the standard error of paired shares (McNemar), not that of two samples', () => {
    const [b, c, n] = [10, 6, 50];
    const paired = Math.sqrt(b + c - (b - c) ** 2 / n) / n;
    const apart = Math.sqrt((0.72 * 0.28 + 0.8 * 0.2) / n);
    const error = draw(1, 20_000)?.interval?.standardError ?? NaN;
    expect(Math.abs(error - paired)).toBeLessThan(0.002);
    expect(Math.abs(error - apart)).toBeGreaterThan(0.004);
  });

  it('has the interval that numpy.percentile gives for as many resamples', () => {
    const { lower = NaN, upper = NaN } = draw(1, 20_000)?.interval ?? {};
    // 16 of 50 sessions differ: the difference moves in steps of 0.02.
    expect(lower).toBeCloseTo(-0.08, 9);
    expect(upper).toBeCloseTo(0.24, 9);
  });

  it('of a model with itself is nothing, whatever is drawn', () => {
    const same = pairedDifferences(
      ...[['accuracy'], shareOf(first), shareOf(first), 50, stream(3, 'pairs')],
    );
    expect(same[0]).toMatchObject({ difference: 0, interval: { lower: 0, upper: 0 } });
  });

  it('is the same for the same seed, and turns with its sign', () => {
    expect(draw(4)).toEqual(draw(4));
    const turned = pairedDifferences(
      ...[['accuracy'], shareOf(second), shareOf(first), 50, stream(4, 'pairs')],
    )[0];
    expect(turned?.interval?.lower).toBeCloseTo(-(draw(4)?.interval?.upper ?? NaN), 12);
  });

  it('has no interval for one session', () => {
    const [one] = pairedDifferences(
      ['x'],
      () => [1],
      () => [3],
      1,
      stream(1, 'pairs'),
    );
    expect(one).toEqual({ name: 'x', first: 1, second: 3, difference: 2 });
  });
});
