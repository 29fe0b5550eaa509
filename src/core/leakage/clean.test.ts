import { expect, test } from 'vitest';
import { auditExperiment } from './audit.ts';
import type { Experiment } from './experiment.ts';
import {
  CLEAN,
  having,
  row,
  said,
  scan,
  set,
  TEST,
  TRAIN,
  VALIDATION,
} from './testing/experiments.ts';

const FOLDS = [0, 1, 2];
/** People of a fold, one of each class. */
const fold = (index: number) => [`sub-F${index}x ses-M000 AD`, `sub-F${index}y ses-M000 CN`];
const others = (index: number) => FOLDS.filter((one) => one !== index).flatMap(fold);
const kfold = (role: 'validation' | 'test') =>
  FOLDS.flatMap((index) => [
    set(`train of split-${index}`, others(index)),
    set(`${role} of split-${index}`, fold(index)),
  ]);
const visit = (text: string) => ({ ...row(text), label: undefined });
const withCells = (experiment: Experiment, cells: (index: number) => Record<string, string>) => {
  let index = 0;
  return {
    ...experiment,
    sets: experiment.sets.map((one) => ({
      ...one,
      rows: one.rows.map((each) => ({ ...each, cells: new Map(Object.entries(cells(index++))) })),
    })),
  };
};

/** Experiments that look suspicious to some, and are not. */
const CLEANS: readonly [string, Experiment][] = [
  ['a single split with a test set', CLEAN],
  ['a training set alone', { sets: [set('train', TRAIN)] }],
  [
    'all sessions of the training, first ones of the rest',
    having(
      set('train', [...TRAIN, 'sub-A1 ses-M006 AD', 'sub-A1 ses-M012 AD', 'sub-A2 ses-M024 CN']),
    ),
  ],
  [
    'the same rows in the table of first sessions and in that of all',
    having({
      ...set('train', TRAIN),
      rows: [
        ...set('train', TRAIN).rows,
        ...set('train', TRAIN, { file: 'train_baseline.tsv' }).rows,
      ],
    }),
  ],
  [
    'someone whose diagnosis changes, in one set',
    having(
      set('train', [...TRAIN, 'sub-K ses-M000 CN', 'sub-K ses-M012 MCI', 'sub-K ses-M024 AD']),
    ),
  ],
  ['folds, each person validating once', { sets: kfold('validation'), label: 'diagnosis' }],
  ['folds with a test set of their own', { sets: [...kfold('validation'), set('test', TEST)] }],
  ['folds whose models are tested one by one', { sets: kfold('test') }],
  [
    'folds that vote together on people new to all of them',
    { sets: [...kfold('validation'), set('test', TEST)], pooled: true },
  ],
  [
    'two test sets that share people',
    { sets: [...CLEAN.sets, set('test again', TEST.slice(0, 1).concat('sub-C3 ses-M000 CN'))] },
  ],
  [
    'two cohorts with the name of the cohort in the ids',
    having({
      ...set('train', []),
      rows: [
        row('sub-ADNI01 ses-M000 AD', { cohort: 'ADNI' }),
        row('sub-OASIS01 ses-M000 CN', { cohort: 'OASIS' }),
        row('sub-ADNI02 ses-M000 CN', { cohort: 'ADNI' }),
      ],
    }),
  ],
  [
    'two cohorts that number their participants each in its own way',
    having(
      set('train', ['sub-01 ses-M000 AD', 'sub-02 ses-M000 CN'], { cohort: 'ADNI' }),
      set('test', ['sub-001 ses-M000 AD', 'sub-002 ses-M000 CN'], { cohort: 'OASIS' }),
    ),
  ],
  [
    'twins, in two sets and with ids that differ in a letter',
    having(
      set('train', [...TRAIN, 'sub-T1a ses-M000 AD']),
      set('test', [...TEST, 'sub-T1b ses-M000 CN']),
    ),
  ],
  [
    'ids of which one is the beginning of another',
    having(
      set('train', ['sub-1 ses-M000 AD', 'sub-10 ses-M000 CN', 'sub-101 ses-M000 CN']),
      set('test', ['sub-100 ses-M000 AD', 'sub-11 ses-M000 CN']),
    ),
  ],
  [
    'scans that all differ, one of them named by the table only',
    {
      ...CLEAN,
      scans: [...TRAIN, ...VALIDATION].map((text, index) =>
        scan(text.split(' ').slice(0, 2).join('/'), `content ${index}`),
      ),
    },
  ],
  [
    'two equal volumes of one session',
    {
      ...CLEAN,
      scans: [
        scan('sub-A1/ses-M000', 'x', { file: 'run-1.nii' }),
        scan('sub-A1/ses-M000', 'x', { file: 'run-2.nii' }),
      ],
    },
  ],
  [
    'slices of each session, all on one side',
    having({
      ...set('train', []),
      rows: TRAIN.flatMap((text) => ['0', '1', '2'].map((part) => row(text, { part }))),
    }),
  ],
  [
    'a transfer from a network that was trained on the same training set',
    {
      ...CLEAN,
      sets: kfold('validation'),
      ancestors: [
        {
          ...{
            name: 'source',
            kind: 'transfer',
            seen: FOLDS.flatMap(fold).map((text) => row(text)),
          },
          trained: new Map(FOLDS.map((index) => [index, others(index).map((text) => row(text))])),
        },
      ],
    },
  ],
  [
    'progression foretold from visits before the conversion',
    {
      ...having(
        set('train', ['sub-P ses-M000 p', 'sub-P ses-M012 p', 'sub-S ses-M000 s'], {
          diagnosis: undefined,
        }),
      ),
      label: 'progression',
      hasAllVisits: true,
      visits: [
        ...['sub-P ses-M000 CN', 'sub-P ses-M012 MCI', 'sub-P ses-M024 AD'].map(visit),
        ...['sub-S ses-M000 AD', 'sub-S ses-M012 AD'].map(visit),
      ],
    },
  ],
  ['sets stratified by the label itself', { ...CLEAN, stratification: 'diagnosis', inputs: [] }],
  [
    'inputs that go with the label without telling it',
    {
      ...withCells(CLEAN, (index) => ({
        age: String(60 + index),
        sex: index % 3 === 0 ? 'F' : 'M',
      })),
      inputs: ['age', 'sex'],
    },
  ],
  [
    'sets without labels, as a reconstruction has them',
    {
      sets: CLEAN.sets.map((one) => ({
        ...one,
        rows: one.rows.map((each) => ({ ...each, label: undefined, diagnosis: undefined })),
      })),
    },
  ],
  [
    'one label, written as a number in two ways',
    {
      ...having(
        set('train', ['sub-A1 ses-M000 70', 'sub-A2 ses-M000 71']),
        set('train of split-1', ['sub-A1 ses-M000 70.0', 'sub-A2 ses-M000 71.0']),
      ),
      label: 'age',
    },
  ],
];

test('these are twenty at least', () => {
  expect(CLEANS.length).toBeGreaterThanOrEqual(20);
});

test.each(CLEANS)('finds nothing in %s', (_name, experiment) => {
  const report = auditExperiment(experiment);
  expect(said(report)).toEqual([]);
  expect(report.verdict).toBe('clean');
  expect(report.checks.every(({ found }) => found === 0)).toBe(true);
});
