import { describe, expect, it } from 'vitest';
import { compareModels } from './compare-models.ts';
import type { ComparisonRequest, EvaluatedRow } from './request.ts';

const row = (index: number, trueLabel: string, predictedLabel: string, p = 0.5): EvaluatedRow => ({
  ...{ participant: `sub-${index}`, session: 'ses-M000', trueLabel, predictedLabel },
  probabilities: [p, 1 - p],
});
const truth = (index: number) => (index % 2 === 0 ? 'AD' : 'CN');
const people = Array.from({ length: 20 }, (_, index) => index);
/** Right but for every fourth. */
const first = people.map((index) =>
  row(index, truth(index), index % 4 === 0 ? 'CN' : truth(index), index % 2 === 0 ? 0.6 : 0.55),
);
const perfect = people.map((index) =>
  row(index, truth(index), truth(index), truth(index) === 'AD' ? 0.9 : 0.1),
);
const asked = (changes: Partial<ComparisonRequest>): ComparisonRequest => ({
  ...{ task: 'classification', classes: ['AD', 'CN'], first, second: perfect, seed: 1 },
  ...changes,
});

describe('two classifiers', () => {
  it('are compared metric by metric on the sessions that both tested', () => {
    const found = compareModels(asked({ second: perfect.slice(4) }));
    expect(found).toMatchObject({ sessions: 16, disagreeing: 0 });
    expect(found.metrics.map(({ name }) => name)).toEqual([
      ...['BA', 'accuracy', 'sensitivity', 'specificity', 'AUC'],
    ]);
    const [, accuracy, sensitivity] = found.metrics;
    expect(accuracy).toMatchObject({ first: 0.75, second: 1, difference: { value: 0.25 } });
    expect(sensitivity).toMatchObject({ first: 0.5, second: 1 });
    expect(accuracy?.difference.low).toBeGreaterThan(0);
  });

  it('pass over resamples without one of the classes', () => {
    const few = asked({ first: first.slice(0, 3), second: perfect.slice(0, 3) });
    const area = compareModels(few).metrics.at(-1);
    expect(Number.isFinite(area?.difference.low)).toBe(true);
    expect(area?.first).toBe(1);
  });

  it('say how often they have another truth of one session, and leave it out', () => {
    const other = perfect.map((one, index) => (index === 0 ? { ...one, trueLabel: 'CN' } : one));
    expect(compareModels(asked({ second: other }))).toMatchObject({ sessions: 19, disagreeing: 1 });
  });

  it('with nobody in common have nothing to compare', () => {
    const strangers = perfect.map((one) => ({ ...one, session: 'ses-M006' }));
    expect(compareModels(asked({ second: strangers }))).toEqual({
      ...{ sessions: 0, disagreeing: 0, metrics: [] },
    });
  });
});

it('three classes have balanced accuracy and accuracy', () => {
  const rows = ['a', 'b', 'c', 'a'].map((label, index) => row(index, label, label));
  const found = compareModels(asked({ classes: ['a', 'b', 'c'], first: rows, second: rows }));
  expect(found.metrics.map(({ name, second }) => [name, second])).toEqual([
    ['BA', 1],
    ['accuracy', 1],
  ]);
});

it('two regressions are compared by R2, MAE and RMSE', () => {
  const values = [60, 65, 70, 80];
  const off = (by: number) => values.map((value, index) => row(index, `${value}`, `${value + by}`));
  const found = compareModels(
    asked({ task: 'regression', classes: [], first: off(4), second: off(-1) }),
  );
  const byName = Object.fromEntries(found.metrics.map((metric) => [metric.name, metric]));
  expect(byName['MAE']).toMatchObject({ first: 4, second: 1, difference: { value: -3, low: -3 } });
  expect(byName['R2_score']?.difference.value).toBeGreaterThan(0);
});

it('two reconstructions are compared by the means of their figures', () => {
  const of = (mae: number) =>
    people.slice(0, 2).map((index) => ({
      ...row(index, '', ''),
      figures: { MAE: mae, RMSE: 2 * mae, PSNR: 20, SSIM: 0.8 },
    }));
  const found = compareModels(
    asked({ task: 'reconstruction', classes: [], first: of(0.2), second: of(0.1) }),
  );
  expect(found.metrics[0]).toMatchObject({ name: 'MAE', difference: { value: -0.1 } });
  expect(found.metrics[3]).toMatchObject({ name: 'SSIM', difference: { value: 0 } });
});
