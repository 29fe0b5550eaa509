import { describe, expect, it } from 'vitest';
import { stream } from '../random/philox.ts';
import { bootstrap, percentile } from './bootstrap.ts';
import { classificationReport } from './report.ts';

describe('percentile', () => {
  it('interpolates linearly between order statistics, as NumPy does', () => {
    // numpy.percentile([1, 2, 4, 8], [0, 2.5, 50, 97.5, 100])
    const expected = [1, 1.075, 3, 7.7, 8];
    [0, 0.025, 0.5, 0.975, 1].forEach((fraction, i) => {
      expect(percentile([1, 2, 4, 8], fraction)).toBeCloseTo(expected[i] as number, 12);
    });
    expect(percentile([5], 0.975)).toBe(5);
  });
});

describe('bootstrap', () => {
  it('finds the standard error and interval of a mean that theory gives', () => {
    const values = Array.from({ length: 400 }, (_, i) => i % 2);
    const meanOf = (indices: Uint32Array) =>
      indices.reduce((sum, index) => sum + (values[index] as number), 0) / indices.length;
    const [found] =
      bootstrap(values.length, (indices) => [meanOf(indices)], stream(1, 'bootstrap')) ?? [];
    expect(found?.standardError).toBeCloseTo(Math.sqrt(0.25 / 400), 3);
    expect(found?.lower).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
    expect(found?.upper).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
  });

  it('keeps true and predicted values of a row together', () => {
    const truth = [0, 1, 0, 1, 1, 0, 0, 1];
    const report = classificationReport(truth, truth, 2, stream(1, 'bootstrap'));
    const accuracy = report.find((metric) => metric.name === 'accuracy');
    expect(accuracy).toEqual({
      name: 'accuracy',
      value: 1,
      interval: { lower: 1, upper: 1, standardError: 0 },
    });
  });

  it('gives the same intervals for the same seed, others for another', () => {
    const of = (seed: number) =>
      classificationReport([0, 1, 0, 1, 1], [0, 1, 1, 1, 0], 2, stream(seed, 'bootstrap'), 200);
    expect(of(7)).toEqual(of(7));
    expect(of(8)).not.toEqual(of(7));
  });

  it('gives no interval for a single row', () => {
    expect(bootstrap(1, () => [1], stream(1, 'bootstrap'))).toBeUndefined();
    expect(classificationReport([0], [0], 2, stream(1, 'bootstrap'))[1]).toEqual({
      name: 'accuracy',
      value: 1,
    });
  });
});
