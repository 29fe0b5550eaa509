import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagedOverClasses,
  CLASSIFICATION_METRICS,
  classificationColumns,
  classificationMetrics,
  metricsOfConfusion,
} from './classification.ts';
import { confusionMatrix, oneVersusRest } from './confusion.ts';

const maps = resolve(import.meta.dirname, '../../../tests/fixtures/reference/synthetic/maps_ad');
const table = (path: string) =>
  readFileSync(resolve(maps, path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));

/** `0` in a table is Python's integer, `0.0` its float. */
const parsed = (cell: string) => (/^-?\d+$/.test(cell) ? BigInt(cell) : Number(cell));

describe('classificationMetrics', () => {
  it.each(
    ['best-BA', 'best-loss'].flatMap((best) =>
      ['train', 'validation', 'test'].map((group) => [best, group]),
    ),
  )('gives the values of ClinicaDL for %s of %s, integers apart from floats', (best, group) => {
    const folder = `split-0/${best}/${group}/${group}_image_level`;
    const [header = [], values = []] = table(`${folder}_metrics.tsv`);
    const rows = table(`${folder}_prediction.tsv`).slice(1);
    const metrics = classificationMetrics(
      rows.map((row) => Number(row[3])),
      rows.map((row) => Number(row[4])),
      2,
    );
    expect([...metrics.keys(), 'loss']).toEqual(header.slice(1));
    expect([...metrics.values()]).toEqual(values.slice(1, -1).map(parsed));
  });

  it('takes code 0 as the positive class', () => {
    // 3 patients (0) of whom 2 are found, 5 controls (1) of whom 4 are.
    const metrics = classificationMetrics([0, 0, 0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1, 1, 0], 2);
    const expected = {
      BA: (2 / 3 + 4 / 5) / 2,
      accuracy: 6 / 8,
      F1_score: 2 / 3,
      sensitivity: 2 / 3,
      specificity: 4 / 5,
      PPV: 2 / 3,
      NPV: 4 / 5,
      MCC: (2 * 4 - 1 * 1) / Math.sqrt(3 * 3 * 5 * 5),
      MK: 2 / 3 + 4 / 5 - 1,
      LR_plus: 2 / 3 / (1 - 4 / 5),
      LR_minus: (1 - 2 / 3) / (4 / 5),
    };
    for (const [name, value] of Object.entries(expected))
      expect(metrics.get(name)).toBeCloseTo(value, 14);
  });

  it('gives the integer 0 where nothing can be divided, and a float where a class is absent', () => {
    const allNegative = classificationMetrics([0, 1], [1, 1], 2);
    expect([
      allNegative.get('F1_score'),
      allNegative.get('MCC'),
      allNegative.get('LR_plus'),
    ]).toEqual([0n, 0n, 0n]);
    expect([allNegative.get('PPV'), allNegative.get('sensitivity')]).toEqual([0, 0]);
    const allPositive = classificationMetrics([0, 1], [0, 0], 2);
    expect([allPositive.get('LR_minus'), allPositive.get('NPV')]).toEqual([0n, 0]);
    expect(classificationMetrics([1, 1], [0, 1], 2).get('LR_plus')).toBe(0);
    expect(classificationMetrics([1, 0, 0, 1], [0, 0, 1, 1], 2).get('MCC')).toBe(0);
  });

  it('names one value a class with more than two, accuracy excepted', () => {
    const truth = [0, 0, 1, 1, 2, 2];
    const predicted = [0, 1, 1, 1, 2, 0];
    const metrics = classificationMetrics(truth, predicted, 3);
    expect([...metrics.keys()]).toEqual(classificationColumns(3));
    expect(classificationColumns(3).slice(0, 5)).toEqual([
      'BA-0',
      'BA-1',
      'BA-2',
      'accuracy',
      'F1_score-0',
    ]);
    expect(metrics.get('accuracy')).toBe(4 / 6);
    expect(metrics.get('sensitivity-1')).toBe(1);
    expect(metrics.get('specificity-2')).toBe(1);
    expect(metrics.get('PPV-0')).toBe(0.5);
    const averaged = averagedOverClasses(metrics, 3);
    expect([...averaged.keys()]).toEqual(CLASSIFICATION_METRICS);
    expect(averaged.get('sensitivity')).toBeCloseTo((0.5 + 1 + 0.5) / 3, 15);
    expect(averaged.get('accuracy')).toBe(4 / 6);
  });

  it('stays between its bounds and is symmetric in the two classes, whatever the predictions', () => {
    const labels = fc.array(fc.tuple(fc.nat(1), fc.nat(1)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(labels, (pairs) => {
        const truth = pairs.map(([label]) => label);
        const predicted = pairs.map(([, label]) => label);
        const metrics = classificationMetrics(truth, predicted, 2);
        for (const name of [
          'BA',
          'accuracy',
          'F1_score',
          'sensitivity',
          'specificity',
          'PPV',
          'NPV',
        ]) {
          expect(Number(metrics.get(name))).toBeGreaterThanOrEqual(0);
          expect(Number(metrics.get(name))).toBeLessThanOrEqual(1);
        }
        expect(Math.abs(Number(metrics.get('MCC')))).toBeLessThanOrEqual(1 + 1e-12);
        const swapped = classificationMetrics(
          truth.map((label) => 1 - label),
          predicted.map((label) => 1 - label),
          2,
        );
        expect(swapped.get('sensitivity')).toBe(metrics.get('specificity'));
        expect(swapped.get('PPV')).toBe(metrics.get('NPV'));
        expect(Number(swapped.get('MCC'))).toBeCloseTo(Number(metrics.get('MCC')), 12);
      }),
    );
  });
});

describe('confusionMatrix', () => {
  it('counts true classes in rows and predicted ones in columns', () => {
    const matrix = confusionMatrix([0, 0, 1, 2], [0, 1, 1, 0], 3);
    expect(matrix).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(oneVersusRest(matrix, 0)).toEqual({
      truePositives: 1,
      falseNegatives: 1,
      falsePositives: 1,
      trueNegatives: 1,
    });
    expect(metricsOfConfusion(matrix)).toEqual(
      classificationMetrics([0, 0, 1, 2], [0, 1, 1, 0], 3),
    );
  });

  it('refuses a label that is not a class', () => {
    expect(() => confusionMatrix([0, 2], [0, 0], 2)).toThrow(RangeError);
    expect(() => confusionMatrix([0, 1], [0, -1], 2)).toThrow(RangeError);
  });
});
