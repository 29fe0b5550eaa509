import { expect, it } from 'vitest';
import reference from '../../../tests/fixtures/evaluation-sklearn.json';
import { stream } from '../random/philox.ts';
import { residualTrend } from './residuals.ts';

// Made by evaluation-sklearn.py.
const { residuals } = reference;
const random = () => stream(1, 'residuals');

it('bias, slope and intercept are those of numpy.polyfit', () => {
  const trend = residualTrend(residuals.truth, residuals.predicted, random());
  expect(trend.bias).toBeCloseTo(residuals.bias, 12);
  expect(trend.slope).toBeCloseTo(residuals.slope, 10);
  expect(trend.intercept).toBeCloseTo(residuals.intercept, 8);
});

it('intervals hold the values, and a constant guess has a slope of -1 with no doubt', () => {
  const trend = residualTrend(residuals.truth, residuals.predicted, random());
  expect(trend.slopeInterval?.lower).toBeLessThan(trend.slope);
  expect(trend.slopeInterval?.upper).toBeGreaterThan(trend.slope);
  expect(trend.biasInterval?.lower).toBeLessThan(trend.bias);
  expect(trend.biasInterval?.upper).toBeGreaterThan(trend.bias);
  const guess = residualTrend([60, 64, 71, 80], [70, 70, 70, 70], random());
  expect(guess.slope).toBeCloseTo(-1, 12);
  expect(guess.slopeInterval?.lower).toBeCloseTo(-1, 9);
  expect(guess.slopeInterval?.upper).toBeCloseTo(-1, 9);
});

it('a truth that does not vary has no slope, and one element no interval', () => {
  expect(residualTrend([5, 5], [4, 7], random())).toMatchObject({ bias: 0.5, slope: NaN });
  const alone = residualTrend([5], [7], random());
  expect(alone.bias).toBe(2);
  expect(alone.biasInterval).toBeUndefined();
});
