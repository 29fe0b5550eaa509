import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classificationMetrics } from './classification.ts';
import { undefinedMetrics } from './undefined.ts';

const names = (truth: number[], predicted: number[], classes = 2) =>
  [...undefinedMetrics(truth, predicted, classes)].sort();

describe('undefined are', () => {
  test('precision and what is made of it, where nobody was predicted positive', () => {
    // Code 0 is the positive class.
    expect(names([0, 1, 1], [1, 1, 1])).toEqual(['LR_plus', 'MCC', 'MK', 'PPV']);
  });

  test('the predictive value of negatives, where everybody was', () => {
    expect(names([0, 0, 1], [0, 0, 0])).toEqual(['LR_minus', 'MCC', 'MK', 'NPV']);
  });

  test('what needs both classes, where one is absent', () => {
    expect(names([1, 1], [1, 0])).toEqual(['BA', 'LR_minus', 'LR_plus', 'MCC', 'sensitivity']);
    expect(names([0, 0], [0, 1])).toEqual(['BA', 'LR_minus', 'LR_plus', 'MCC', 'specificity']);
    expect(names([1], [1])).toContain('F1_score');
  });

  test('nothing, where every cell has somebody', () => {
    expect(names([0, 0, 1, 1], [0, 1, 0, 1])).toEqual([]);
  });

  test('one class of three only', () => {
    const found = names([0, 0, 1, 1, 2, 2], [0, 1, 1, 0, 1, 0], 3);
    expect(found).toEqual(['LR_plus-2', 'MCC-2', 'MK-2', 'PPV-2']);
  });

  test('all, in a group of nobody', () => {
    expect(names([], [])).toHaveLength(11);
  });
});

test('what divides by nothing in a formula is undefined, and ClinicaDL has 0 for it', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(rows, (pairs) => {
      const [truth, predicted] = [pairs.map(([one]) => one), pairs.map(([, two]) => two)];
      const undefinedOnes = undefinedMetrics(truth, predicted, 2);
      const count = (t: number, p: number) =>
        pairs.filter(([one, two]) => one === t && two === p).length;
      const [tp, fn, fp, tn] = [count(0, 0), count(0, 1), count(1, 0), count(1, 1)];
      const [sens, spec] = [tp / (tp + fn), tn / (tn + fp)];
      const exact = {
        ...{ sensitivity: sens, specificity: spec, BA: (sens + spec) / 2 },
        ...{ PPV: tp / (tp + fp), NPV: tn / (tn + fn) },
        MK: tp / (tp + fp) + tn / (tn + fn) - 1,
        F1_score: (2 * tp) / (2 * tp + fp + fn),
        MCC: (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
        ...{ LR_plus: sens / (1 - spec), LR_minus: (1 - sens) / spec },
      };
      const table = classificationMetrics(truth, predicted, 2);
      for (const [name, value] of Object.entries(exact)) {
        expect(undefinedOnes.has(name), name).toBe(!Number.isFinite(value));
        if (Number.isFinite(value)) expect(Number(table.get(name)), name).toBeCloseTo(value, 12);
      }
    }),
  );
});
