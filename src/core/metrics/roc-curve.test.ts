import { describe, expect, it } from 'vitest';
import reference from '../../../tests/fixtures/evaluation-sklearn.json';
import { stream } from '../random/philox.ts';
import { areaUnderCurve } from './roc.ts';
import { BAND_STEPS, heightAt, rocBand, rocCurve } from './roc-curve.ts';

// Made by evaluation-sklearn.py.
const { roc, band } = reference;
const flags = (numbers: readonly number[]) => numbers.map((number) => number === 1);

describe('an ROC curve', () => {
  const points = rocCurve(flags(roc.positive), roc.scores);

  it('has the points of scikit-learn, ties and all', () => {
    expect(points.map((point) => point.falsePositiveRate)).toEqual(
      roc.fpr.map((value) => expect.closeTo(value, 12) as number),
    );
    expect(points.map((point) => point.truePositiveRate)).toEqual(
      roc.tpr.map((value) => expect.closeTo(value, 12) as number),
    );
    expect(points.slice(1).map(({ threshold }) => threshold)).toEqual(roc.thresholds);
    expect(points[0]?.threshold).toBe(Infinity);
  });

  it('is read between its points as numpy.interp reads it', () => {
    roc.at.forEach((rate, index) => {
      expect(heightAt(points, rate)).toBeCloseTo(roc.heights[index] ?? NaN, 12);
    });
  });

  it('has the area that the metric says, by trapezoids', () => {
    const area = points.slice(1).reduce((sum, to, index) => {
      const from = points[index] ?? to;
      const width = to.falsePositiveRate - from.falsePositiveRate;
      return sum + (width * (from.truePositiveRate + to.truePositiveRate)) / 2;
    }, 0);
    expect(area).toBeCloseTo(areaUnderCurve(flags(roc.positive), roc.scores), 12);
  });

  it('is none where all are of the class, or none is', () => {
    expect(rocCurve([true, true], [0.2, 0.3])).toEqual([]);
    expect(rocCurve([false, false], [0.2, 0.3])).toEqual([]);
    expect(heightAt([], 0.5)).toBeNaN();
  });
});

describe('its band', () => {
  const isPositive = flags(band.positive);

  it('agrees with percentiles of curves that NumPy resampled', () => {
    const found = rocBand(isPositive, band.scores, stream(1, 'band'), 4000);
    expect(found?.falsePositiveRate).toHaveLength(BAND_STEPS + 1);
    expect(found?.falsePositiveRate.at(-1)).toBe(1);
    band.lower.forEach((bound, step) => {
      // Rates move in steps of about 1/30; percentiles of other draws by less than one of them.
      expect(Math.abs((found?.lower[step] ?? NaN) - bound)).toBeLessThan(0.03);
      expect(Math.abs((found?.upper[step] ?? NaN) - (band.upper[step] ?? NaN))).toBeLessThan(0.03);
    });
  });

  it('is the same for the same seed, and holds the curve', () => {
    const draw = (seed: number) => rocBand(isPositive, band.scores, stream(seed, 'band'), 500);
    const [once, again, other] = [draw(1), draw(1), draw(2)];
    expect(once).toEqual(again);
    expect(once).not.toEqual(other);
    const points = rocCurve(isPositive, band.scores);
    once?.falsePositiveRate.forEach((rate, step) => {
      const height = heightAt(points, rate);
      expect(height).toBeGreaterThanOrEqual(once.lower[step] ?? NaN);
      expect(height).toBeLessThanOrEqual(once.upper[step] ?? NaN);
    });
  });

  it('has no width where the classes are apart', () => {
    const apart = rocBand([true, true, true, false, false], [5, 4, 3, 2, 1], stream(1, 'b'), 200);
    expect(new Set([...(apart?.lower ?? []), ...(apart?.upper ?? [])])).toEqual(new Set([1]));
  });

  it('is none for a single one of a kind', () => {
    expect(rocBand([true, false, false], [3, 2, 1], stream(1, 'b'))).toBeUndefined();
  });
});
