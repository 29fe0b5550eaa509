import { expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import type { CohortSummary, ExperimentChoice, KeptSettings } from '../../jobs/session-api.ts';
import { duplicated } from './duplicate.ts';

const cohort: Pick<CohortSummary, 'columns' | 'roles'> = {
  columns: ['diagnosis', 'sex'].map((name) => ({
    ...{ name, classifiable: true, numeric: false },
    values: (name === 'sex' ? ['F', 'M'] : ['AD', 'CN', 'MCI']).map((value) => ({
      ...{ value, count: 4 },
    })),
  })),
};
const choice: ExperimentChoice = {
  ...{ preprocessing: 't1-linear', mode: { mode: 'image' }, classes: ['F', 'M'] },
  ...{ validationShare: 0.2, testShare: 0.2, excluded: ['sub-1/ses-M000'], ownSplit: 'own-1' },
  config: mergeConfig('classification', { label: 'sex' }),
};
const kept: KeptSettings = {
  mode: { mode: 'patch', patchSize: 50, strideSize: 50 },
  classes: ['AD', 'MCI'],
  folds: 5,
  shares: { validation: 0.25, test: 0.1 },
  config: mergeConfig('classification', { label: 'diagnosis', epochs: 7, seed: 11 }),
};

test('settings come over; who is left out here stays left out', () => {
  const { choice: made, faults } = duplicated(choice, cohort, kept);
  expect(faults).toEqual([]);
  expect(made).toMatchObject({
    ...{ preprocessing: 't1-linear', mode: kept.mode, classes: ['AD', 'MCI'], folds: 5 },
    ...{ validationShare: 0.25, testShare: 0.1, excluded: ['sub-1/ses-M000'] },
    config: { label: 'diagnosis', epochs: 7, seed: 11 },
  });
  expect(made.ownSplit).toBeUndefined();
});

test('shares that are not known stay as they are', () => {
  const { choice: made } = duplicated(choice, cohort, { ...kept, shares: undefined });
  expect([made.validationShare, made.testShare]).toEqual([0.2, 0.2]);
});

test('what this cohort does not have is said, and its own stands instead', () => {
  const config = mergeConfig('classification', { label: 'group', epochs: 7 });
  const { choice: made, faults } = duplicated(choice, cohort, { ...kept, config });
  expect(made.config).toMatchObject({ label: 'sex', epochs: 7 });
  expect(faults.map(({ key }) => key)).toContain('label');
});
