import { describe, expect, test } from 'vitest';
import { planExperiment, type ExperimentOptions } from './plan-experiment.ts';
import { cells, cohort, COHORTS, people, tally } from './testing/cohorts.ts';

const OPTIONS: ExperimentOptions = {
  nTest: 0.2,
  validationType: 'kfold',
  nValidation: 3,
  seed: 0,
};
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describe.each(COHORTS)('%s, over 200 seeds', (name) => {
  const source = cohort(name);
  const everyone = people(source.table).sort();

  test('tests, validations and training share nobody, folds hold all who do not test', () => {
    for (const seed of SEEDS) {
      const { split, validation } = planExperiment(source, [], { ...OPTIONS, seed });
      const tested = people(split.tables.get('test_baseline.tsv'));
      expect(tested).toHaveLength(Math.trunc(0.2 * everyone.length));
      const validating = [0, 1, 2].map((fold) => {
        const subset = people(validation.tables.get(`split-${fold}/validation_baseline.tsv`));
        const train = people(validation.tables.get(`split-${fold}/train.tsv`));
        expect([...tested, ...subset, ...train].sort()).toEqual(everyone);
        return subset;
      });
      expect([...tested, ...validating.flat()].sort()).toEqual(everyone);
    }
  });

  test('with a second split as well, each set with its share of the diagnoses', () => {
    const share = tally(cells(source.table, 'diagnosis'));
    expect(Object.keys(share)).toHaveLength(2);
    for (const seed of SEEDS) {
      const options = { ...OPTIONS, validationType: 'split', nValidation: 0.25, seed } as const;
      const { split, validation } = planExperiment(source, [], options);
      const [tested, subset, train] = [
        people(split.tables.get('test_baseline.tsv')),
        people(validation.tables.get('validation_baseline.tsv')),
        people(validation.tables.get('train.tsv')),
      ];
      expect([...tested, ...subset, ...train].sort()).toEqual(everyone);
      const left = everyone.length - tested.length;
      expect(subset).toHaveLength(Math.trunc(0.25 * left));
      const before = tally(cells(split.tables.get('train_baseline.tsv'), 'diagnosis'));
      const drawn = tally(cells(validation.tables.get('validation_baseline.tsv'), 'diagnosis'));
      for (const [diagnosis, count] of Object.entries(before)) {
        const exact = (count * subset.length) / left;
        expect(Math.abs((drawn[diagnosis] ?? 0) - exact)).toBeLessThan(1);
      }
    }
  });
});

test('warns when whole people cannot make the validation set as alike as is asked', () => {
  const five = { ...OPTIONS, validationType: 'split', nValidation: 5 } as const;
  const { split, validation } = planExperiment(cohort('cohort-5'), [], five);
  expect(split.problems).toEqual([]);
  expect(validation.problems).toMatchObject([{ code: 'SPLIT_NEAREST' }]);
});

test('the folders are those of split and kfold', () => {
  const folders = (options: Partial<ExperimentOptions>) => {
    const { split, validation } = planExperiment(cohort('cohort-5'), [], {
      ...OPTIONS,
      ...options,
    });
    return [split.folder, validation.folder];
  };
  expect(folders({})).toEqual(['split', '3_fold']);
  expect(folders({ nValidation: 4.9 })).toEqual(['split', '4_fold']);
  expect(folders({ validationType: 'split', nValidation: 20 })).toEqual(['split', 'split']);
});

test('the seed decides the test set and, through it, the folds', () => {
  const folds = (seed: number) => {
    const { validation } = planExperiment(cohort('cohort-5'), [], { ...OPTIONS, seed });
    return people(validation.tables.get('split-0/validation_baseline.tsv'));
  };
  expect(folds(4)).toEqual(folds(4));
  expect(folds(4)).not.toEqual(folds(5));
});

test('no test set: refused, because everyone would test; with --compat everyone trains', () => {
  const none = { ...OPTIONS, nTest: 0 };
  expect(() => planExperiment(cohort('cohort-5'), [], none)).toThrow(/CONFIG_VALUE.*n_test.*kfold/);
  const old = planExperiment(cohort('cohort-5'), [], { ...none, compat: '1.6.1' });
  expect(people(old.split.tables.get('train.tsv'))).toHaveLength(120);
  expect(old.split.tables.has('test_baseline.tsv')).toBe(false);
  expect(people(old.validation.tables.get('split-2/validation_baseline.tsv'))).toHaveLength(40);
});
