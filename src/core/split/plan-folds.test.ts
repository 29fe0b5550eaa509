import { describe, expect, test } from 'vitest';
import { planFolds, type FoldOptions } from './plan-folds.ts';
import { cells, cohort, COHORTS, made, people, small, tally } from './testing/cohorts.ts';

const FOLDS: FoldOptions = { subsetName: 'validation', validLongitudinal: false, nSplits: 5 };
const plan = (source: ReturnType<typeof cohort>, options: Partial<FoldOptions> = {}) =>
  planFolds(source, [], { ...FOLDS, ...options });

describe.each(COHORTS)('%s', (name) => {
  const source = cohort(name);
  const everyone = people(source.table).sort();

  test.each([2, 3, 7, 10])('%d folds: everyone validates once and trains otherwise', (nSplits) => {
    for (const stratification of [undefined, 'sex']) {
      const { tables, folder } = plan(source, { nSplits, stratification });
      expect(folder).toBe(`${nSplits}_fold`);
      const folds = Array.from({ length: nSplits }, (_, fold) => {
        const subset = people(tables.get(`split-${fold}/validation_baseline.tsv`));
        const train = people(tables.get(`split-${fold}/train.tsv`));
        expect([...train, ...subset].sort()).toEqual(everyone);
        expect(people(tables.get(`split-${fold}/train_baseline.tsv`))).toEqual(train);
        return subset;
      });
      expect(folds.flat().sort()).toEqual(everyone);
    }
  });

  test('each class has its share of each fold, give or take one', () => {
    const { tables } = plan(source, { nSplits: 4, stratification: 'sex' });
    const counts = [0, 1, 2, 3].map((fold) =>
      tally(cells(tables.get(`split-${fold}/validation_baseline.tsv`), 'sex')),
    );
    for (const sex of ['F', 'M']) {
      const sizes = counts.map((fold) => fold[sex] ?? 0);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });
});

test('0 folds: one without a training set, as documented; 1.6.1 fails there', () => {
  const source = cohort('cohort-5');
  const { tables, folder, record } = plan(source, { nSplits: 0, validLongitudinal: true });
  expect(folder).toBe('0_fold');
  expect([...tables.keys()]).toEqual(['split-0/validation_baseline.tsv', 'split-0/validation.tsv']);
  expect(tables.get('split-0/validation.tsv')?.rows).toHaveLength(320);
  expect(JSON.parse(record.text)).toEqual({
    ...{ n_splits: 0, subset_name: 'validation', stratification: null },
  });
  expect(() => plan(source, { nSplits: 0, compat: '1.6.1' })).toThrow(/CONFIG_VALUE.*n_splits/);
});

test('0 folds need no diagnosis', () => {
  expect(plan(made(3, {}), { nSplits: 0 }).tables.size).toBe(1);
});

test('a participant is stratified by the first session, whatever comes later', () => {
  const source = small(
    'participant_id session_id diagnosis',
    ...['sub-1 ses-M024 AD', 'sub-1 ses-M000 MCI', 'sub-2 ses-M000 AD', 'sub-3 ses-M000 AD'],
    'sub-4 ses-M000 MCI',
  );
  const { tables } = plan(source, { nSplits: 2 });
  const inFold = (fold: number) =>
    tally(cells(tables.get(`split-${fold}/validation_baseline.tsv`), 'diagnosis'));
  expect([inFold(0), inFold(1)]).toEqual([
    { MCI: 1, AD: 1 },
    { MCI: 1, AD: 1 },
  ]);
});

test('numbers that are classes stratify, in any spelling', () => {
  const score = (index: number) => ['1', '1.0', '2', '2.0'][index % 4] ?? '';
  const { tables, problems } = plan(made(40, { score }), { stratification: 'score' });
  expect(problems).toEqual([]);
  expect(tally(cells(tables.get('split-0/validation_baseline.tsv'), 'score'))).toEqual({
    ...{ '1.0': 4, '2.0': 4 },
  });
});

test('tells how large the sets are', () => {
  expect(plan(cohort('cohort-11')).notes).toEqual([
    '112 participants, validation in each fold: 23, 23, 22, 22, 22',
  ]);
});

describe('what is refused or told', () => {
  const classes = (...sizes: number[]) =>
    made(
      sizes.reduce((sum, size) => sum + size, 0),
      { diagnosis: (index) => (index < (sizes[0] ?? 0) ? 'AD' : 'CN') },
    );

  test.each([1, -2, 2.5, NaN])('%d folds', (nSplits) => {
    expect(() => plan(classes(9, 9), { nSplits })).toThrow(/CONFIG_VALUE.*n_splits/);
  });

  test('more folds than participants in every class', () => {
    expect(() => plan(classes(4, 3))).toThrow(/SPLIT_SIZE.*5 folds, found 4 AD, 3 CN/);
  });

  test('more folds than participants in one class: a warning', () => {
    const { problems, tables } = plan(classes(3, 9));
    expect(problems).toMatchObject([
      { code: 'SPLIT_SMALL_CLASS', column: 'diagnosis', found: '3 of "AD"' },
    ]);
    expect(tables.size).toBe(15);
  });

  test('measures', () => {
    const ages = made(20, { age: (index) => String(60 + index / 2) });
    expect(() => plan(ages, { stratification: 'age' })).toThrow(
      /CONFIG_VALUE.*column "age".*measures such as 60\.5/,
    );
  });

  test('a missing value, with its place', () => {
    const source = small(
      'participant_id session_id diagnosis',
      ...['sub-2 ses-M006 AD', 'sub-1 ses-M000 CN', 'sub-2 ses-M000 -'],
    );
    expect(() => plan(source, { nSplits: 2 })).toThrow(
      /TSV_VALUE.*sub-2 > ses-M000 > labels.tsv > row 4 > column "diagnosis"/,
    );
  });
});
