import { describe, expect, it } from 'vitest';
import reference from '../../../tests/fixtures/metrics-sklearn.json';
import { stream } from '../random/philox.ts';
import { calibrationError, reliabilityCurve } from './calibration.ts';
import {
  reconstructionFigures,
  reconstructionMetrics,
  reconstructionReport,
} from './reconstruction.ts';
import { regressionMetrics, regressionReport } from './regression.ts';
import { areaUnderCurve, judgedOf, scoreReport } from './roc.ts';
import { structuralSimilarity } from './ssim.ts';

// Made by metrics-sklearn.py.
const { regression, classification, reconstructions } = reference;
const random = (name = 'test') => stream(1, name);

describe('regression metrics', () => {
  it('are those of scikit-learn', () => {
    const found = [...regressionMetrics(regression.truth, regression.predicted)];
    expect(found.map(([name]) => name)).toEqual(['R2_score', 'MAE', 'RMSE']);
    found.forEach(([, value], i) => {
      expect(value).toBeCloseTo(regression.values[i] ?? NaN, 12);
    });
  });

  it('explain nothing where the truth does not vary', () => {
    expect(regressionMetrics([4, 4], [3, 6]).get('R2_score')).toBe(0);
  });

  it('have intervals that hold the value and follow the seed', () => {
    const report = (name: string) =>
      regressionReport(regression.truth, regression.predicted, random(name), 500);
    for (const { value, interval } of report('a')) {
      expect(interval?.lower).toBeLessThan(Number(value));
      expect(interval?.upper).toBeGreaterThan(Number(value));
    }
    expect(report('a')).toEqual(report('a'));
    expect(report('a')).not.toEqual(report('b'));
    expect(regressionReport([3], [4], random())[1]).toEqual({ name: 'MAE', value: 1 });
  });

  it('have intervals as wide as the standard error of a mean says', () => {
    const errors = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 1 : 3));
    const [, mae] = regressionReport(
      errors.map(() => 0),
      errors,
      random(),
      2000,
    );
    expect(mae?.value).toBe(2);
    expect(mae?.interval?.standardError).toBeCloseTo(1 / Math.sqrt(400), 2);
    expect(mae?.interval?.upper).toBeCloseTo(2 + 1.96 / Math.sqrt(400), 2);
  });
});

describe('reconstruction figures', () => {
  it.each(reconstructions.map((of) => [of.shape.join(' x '), of] as const))(
    'are the definitions: %s',
    (_, { input, output, shape, figures }) => {
      reconstructionFigures(input, output, shape).forEach((value, i) => {
        expect(value).toBeCloseTo(figures[i] ?? NaN, 10);
      });
    },
  );

  it('of a perfect one are 0, 0, infinite and 1', () => {
    const { input, shape } = reconstructions[0] as (typeof reconstructions)[number];
    const [mae, rmse, psnr, ssim] = reconstructionFigures(input, input, shape);
    expect([mae, rmse, psnr]).toEqual([0, 0, Infinity]);
    expect(ssim).toBeCloseTo(1, 12);
  });

  it('take the range that there is where 1.6.1 gives up: beyond 1 the peak grows with it', () => {
    const [a, b] = [
      [0, 1, 2, 4],
      [0, 1, 2, 3],
    ];
    const [, , psnr] = reconstructionFigures(a, b, [2, 2, 1]);
    expect(psnr).toBeCloseTo(10 * Math.log10(16 / 0.25), 12);
  });

  it('fall with noise, and see a shift that errors do not tell from noise', () => {
    const { input, shape } = reconstructions[0] as (typeof reconstructions)[number];
    const shifted = input.map((value) => value + 0.05);
    const noisy = input.map((value, i) => value + (i % 2 === 0 ? 0.05 : -0.05));
    const ofShift = structuralSimilarity(input, shifted, shape);
    expect(ofShift).toBeLessThan(1);
    expect(structuralSimilarity(input, noisy, shape)).not.toBeCloseTo(ofShift, 3);
  });

  it('of a set are means over its elements, intervals those of the mean', () => {
    const rows = [
      [0.1, 0.2, 10, 0.5],
      [0.3, 0.4, 20, 0.7],
    ];
    const means = [...reconstructionMetrics(rows).values()];
    expect(means[0]).toBeCloseTo(0.2, 12);
    expect(means[2]).toBe(15);
    const report = reconstructionReport(rows, random(), 1000);
    expect(report[2]?.interval).toMatchObject({ lower: 10, upper: 20 });
    expect(reconstructionReport(rows.slice(1), random())[0]).toEqual({ name: 'MAE', value: 0.3 });
  });
});

describe('areas under the curve', () => {
  const { truth, predicted, probabilities, areas, error } = classification;
  const elements = truth.map((code, i) => ({
    ...{ truth: code, predicted: predicted[i] ?? -1 },
    probabilities: probabilities[i] ?? [],
  }));

  it('are those of scikit-learn, class by class, ties and all', () => {
    const report = scoreReport(elements, 3, random(), 50);
    expect(report.map(({ name }) => name)).toEqual(['AUC-0', 'AUC-1', 'AUC-2', 'ECE']);
    areas.forEach((area, code) => {
      expect(report[code]?.value).toBeCloseTo(area, 12);
    });
    expect(report[3]?.value).toBeCloseTo(error, 12);
  });

  it('of two classes are that of code 0', () => {
    const two = elements.map(({ truth: code, probabilities: [first = 0] }) => ({
      ...{ truth: code === 0 ? 0 : 1, predicted: first > 0.5 ? 0 : 1 },
      probabilities: [first, 1 - first],
    }));
    const [auc] = scoreReport(two, 2, random(), 400);
    expect(auc?.name).toBe('AUC');
    expect(auc?.value).toBeCloseTo(areas[0] ?? NaN, 12);
    expect(auc?.interval?.lower).toBeLessThan(Number(auc?.value));
    expect(auc?.interval?.upper).toBeGreaterThan(Number(auc?.value));
  });

  it('are 1, 0 and a half where they must be', () => {
    const isPositive = [true, true, false, false];
    expect(areaUnderCurve(isPositive, [4, 3, 2, 1])).toBe(1);
    expect(areaUnderCurve(isPositive, [1, 2, 3, 4])).toBe(0);
    expect(areaUnderCurve(isPositive, [1, 1, 1, 1])).toBe(0.5);
  });

  it('are not defined for one class alone, and intervals pass over resamples that have one', () => {
    expect(areaUnderCurve([true, true], [1, 2])).toBeNaN();
    const few = [
      { truth: 0, predicted: 0, probabilities: [0.9, 0.1] },
      { truth: 1, predicted: 1, probabilities: [0.2, 0.8] },
    ];
    const [auc] = scoreReport(few, 2, random(), 200);
    expect(auc?.interval).toEqual({ lower: 1, upper: 1, standardError: 0 });
  });

  it('a reliability curve puts each element into one bin', () => {
    const curve = reliabilityCurve(judgedOf(elements));
    expect(curve).toHaveLength(10);
    expect(curve.reduce((sum, { count }) => sum + count, 0)).toBe(elements.length);
    for (const { lower, upper, count, confidence } of curve) {
      if (count === 0) expect(confidence).toBeNaN();
      else expect(confidence > lower && confidence <= upper + 1e-12).toBe(true);
    }
  });

  it('who is as often right as sure makes no calibration error, who is sure and wrong the whole', () => {
    const fair = Array.from({ length: 10 }, (_, i) => ({ confidence: 0.7, isRight: i < 7 }));
    expect(calibrationError(fair)).toBeCloseTo(0, 12);
    expect(calibrationError([{ confidence: 1, isRight: false }])).toBe(1);
  });
});
