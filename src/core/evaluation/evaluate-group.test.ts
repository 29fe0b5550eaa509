import { describe, expect, it } from 'vitest';
import reference from '../../../tests/fixtures/evaluation-sklearn.json';
import { scoreReport } from '../metrics/roc.ts';
import { stream } from '../random/philox.ts';
import { evaluateGroup } from './evaluate-group.ts';
import type { EvaluatedRow, EvaluationRequest } from './request.ts';

// Made by evaluation-sklearn.py.
const { threeClasses, roc, residuals } = reference;

const row = (
  index: number,
  trueLabel: string,
  predictedLabel: string,
  probabilities: readonly number[] = [],
): EvaluatedRow => ({
  ...{ participant: `sub-${index}`, session: 'ses-M000', trueLabel, predictedLabel },
  probabilities,
});
const asked = (changes: Partial<EvaluationRequest>): EvaluationRequest => ({
  ...{ task: 'classification', classes: ['AD', 'CN'], group: 'test', rows: [], trained: [] },
  ...{ seed: 3, isWhole: true },
  ...changes,
});
const two = roc.scores.map((score, index) =>
  row(index, roc.positive[index] === 1 ? 'AD' : 'CN', score >= 0.5 ? 'AD' : 'CN', [
    score,
    1 - score,
  ]),
);

describe('two classes', () => {
  const { classification } = evaluateGroup(asked({ rows: two }));

  it('have one curve, that of the first class, with the area of scikit-learn', () => {
    expect(classification?.roc).toHaveLength(1);
    const [curve] = classification?.roc ?? [];
    expect(curve?.positive).toBe('AD');
    expect(curve?.area.value).toBeCloseTo(0.68, 12);
    expect(curve?.points.map((point) => point.truePositiveRate)).toEqual(roc.tpr);
  });

  it('have the intervals that the tables of predict have for the same seed', () => {
    const elements = two.map(({ trueLabel, predictedLabel, probabilities }) => ({
      ...{ truth: trueLabel === 'AD' ? 0 : 1, predicted: predictedLabel === 'AD' ? 0 : 1 },
      probabilities,
    }));
    const [auc, ece] = scoreReport(elements, 2, stream(3, 'bootstrap of scores test'));
    const [curve] = classification?.roc ?? [];
    expect([curve?.area.low, curve?.area.high]).toEqual([
      auc?.interval?.lower,
      auc?.interval?.upper,
    ]);
    expect(classification?.calibrationError.value).toBe(ece?.value);
  });

  it('count the score of the first class for both', () => {
    expect(classification?.scored).toBe('AD');
    expect(classification?.scores).toEqual([
      { label: 'AD', counts: [0, 0, 0, 1, 0, 1, 0, 1, 1, 1] },
      { label: 'CN', counts: [0, 1, 0, 0, 1, 1, 1, 0, 1, 0] },
    ]);
  });

  it('stand against the class that is most frequent in training', () => {
    const trained = ['CN', 'CN', 'AD'].map((label, index) => row(index, label, label));
    const found = evaluateGroup(asked({ rows: two.slice(0, 4), trained })).classification;
    expect(found?.guess).toEqual({ label: 'CN', accuracy: 0.25 });
    expect(found?.accuracy).toBe(0.75);
    expect(found?.sizes).toEqual({ AD: 3, CN: 1 });
  });

  it('without probabilities have decisions alone', () => {
    const bare = two.map((one) => ({ ...one, probabilities: [] }));
    const found = evaluateGroup(asked({ rows: bare })).classification;
    expect(found).toMatchObject({ roc: [], calibration: [], scores: [] });
    expect(found?.chance.p).toBeGreaterThan(0.05);
    expect(found?.calibrationError.value).toBeNaN();
  });
});

it('three classes stand one against the rest', () => {
  const classes = ['AD', 'CN', 'MCI'];
  const rows = threeClasses.truth.map((code, index) =>
    row(
      ...([index, classes[code] ?? '', classes[threeClasses.predicted[index] ?? 0] ?? ''] as const),
      threeClasses.probabilities[index],
    ),
  );
  const { classification } = evaluateGroup(asked({ classes, rows }));
  expect(classification?.roc.map(({ positive }) => positive)).toEqual(classes);
  expect(classification?.roc.map(({ area }) => area.value)).toEqual(
    threeClasses.areas.map((area) => expect.closeTo(area, 12) as number),
  );
  expect(classification?.balancedAccuracy).toBeCloseTo(threeClasses.balancedAccuracy, 12);
  expect(classification?.said).toEqual(classes);
});

describe('a regression', () => {
  const rows = residuals.truth.map((truth, index) =>
    row(index, String(truth), String(residuals.predicted[index])),
  );

  it('has the trend of its errors and what always saying the median would reach', () => {
    const trained = ['60', '70', '90'].map((value, index) => row(index, value, '0'));
    const { regression } = evaluateGroup(asked({ task: 'regression', classes: [], rows, trained }));
    expect(regression?.bias.value).toBeCloseTo(residuals.bias, 12);
    expect(regression?.slope.value).toBeCloseTo(residuals.slope, 10);
    expect(regression?.slope.high).toBeLessThan(0);
    expect(regression?.guess.value).toBe(70);
    const off = residuals.truth.map((truth) => Math.abs(truth - 70));
    expect(regression?.guess.meanError).toBeCloseTo(
      off.reduce((sum, value) => sum + value, 0) / off.length,
      12,
    );
    expect(regression?.chance.p).toBeLessThan(0.01);
  });
});

it('rows without a truth are counted and left out', () => {
  const found = evaluateGroup(asked({ rows: [...two, row(0, '', 'AD', [0.9, 0.1])] }));
  expect(found).toMatchObject({ sessions: 11, participants: 10, labelled: 10 });
  const none = evaluateGroup(asked({ rows: [row(1, '', 'AD')] }));
  expect(none).toEqual({ sessions: 1, participants: 1, labelled: 0 });
});
