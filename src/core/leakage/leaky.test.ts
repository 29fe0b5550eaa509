import { expect, test } from 'vitest';
import { auditExperiment } from './audit.ts';
import type { Experiment } from './experiment.ts';
import {
  CLEAN,
  found,
  having,
  row,
  scan,
  set,
  TEST,
  TRAIN,
  VALIDATION,
} from './testing/experiments.ts';

/** Experiments with a fault, and all that must be said of it: no more, no less. */
const LEAKY: readonly [string, Experiment, readonly string[]][] = [
  [
    'a participant in training and validation',
    having(set('validation', [...VALIDATION, TRAIN[1] ?? ''])),
    ['error LEAKAGE_PARTICIPANTS: sub-A2'],
  ],
  [
    'a participant in training and test',
    having(set('test', [...TEST, TRAIN[0] ?? ''])),
    ['error LEAKAGE_PARTICIPANTS: sub-A1'],
  ],
  [
    'a participant in validation and test: the test is not independent',
    having(set('test', [...TEST, VALIDATION[0] ?? ''])),
    ['error LEAKAGE_PARTICIPANTS: sub-B1', 'error LEAKAGE_VALIDATION_TEST: sub-B1'],
  ],
  [
    'sessions divided instead of people',
    having(
      set('train', [...TRAIN, 'sub-D1 ses-M000 CN', 'sub-D2 ses-M012 AD', 'sub-D2 ses-M024 AD']),
      set('validation', [...VALIDATION, 'sub-D1 ses-M012 CN', 'sub-D2 ses-M000 AD']),
    ),
    ['error LEAKAGE_PARTICIPANTS: sub-D1, sub-D2', 'error LEAKAGE_SESSIONS: sub-D1, sub-D2'],
  ],
  [
    'slices divided instead of people',
    having(
      {
        ...set('train', []),
        rows: [row(TRAIN[0] ?? '', { part: '1' }), row(TRAIN[1] ?? '', { part: '1' })],
      },
      {
        ...set('test', TEST),
        rows: [...set('test', TEST).rows, row(TRAIN[0] ?? '', { part: '2' })],
      },
    ),
    ['error LEAKAGE_PARTICIPANTS: sub-A1', 'error LEAKAGE_SESSIONS: sub-A1'],
  ],
  [
    'a scan that was renamed, in training and test',
    {
      ...CLEAN,
      scans: [
        scan('sub-A1/ses-M000', 'x'),
        scan('sub-C2/ses-M000', 'x'),
        scan('sub-B1/ses-M000', 'y'),
      ],
    },
    ['error LEAKAGE_SCAN: sub-A1, sub-C2'],
  ],
  [
    'a scan that was renamed, in validation and test',
    { ...CLEAN, scans: [scan('sub-B1/ses-M000', 'x'), scan('sub-C2/ses-M000', 'x')] },
    ['error LEAKAGE_SCAN: sub-B1, sub-C2', 'error LEAKAGE_VALIDATION_TEST: sub-B1, sub-C2'],
  ],
  [
    'a scan twice in the training set',
    { ...CLEAN, scans: [scan('sub-A1/ses-M000', 'x'), scan('sub-A3/ses-M000', 'x')] },
    ['warning LEAKAGE_SCAN: sub-A1, sub-A3'],
  ],
  [
    'one id in two cohorts, on both sides',
    having(
      { ...CLEAN.sets[0], ...set('train', TRAIN, { cohort: 'ADNI' }) },
      set('test', ['sub-A1 ses-M000 CN', ...TEST], { cohort: 'OASIS' }),
    ),
    ['error LEAKAGE_COHORT_IDS: sub-A1'],
  ],
  [
    'one id in two cohorts, on one side',
    having({
      ...set('train', TRAIN, { cohort: 'ADNI' }),
      rows: [
        ...set('train', TRAIN, { cohort: 'ADNI' }).rows,
        row('sub-A1 ses-M000 CN', { cohort: 'OASIS' }),
      ],
    }),
    ['warning LEAKAGE_COHORT_IDS: sub-A1'],
  ],
  [
    'a test set that pre-training has seen, two steps of transfer ago',
    {
      ...CLEAN,
      ancestors: [
        { name: 'fine-tuned', kind: 'transfer', seen: [row(TRAIN[0] ?? '')] },
        {
          name: 'pre-trained',
          kind: 'transfer',
          seen: [row(TEST[1] ?? ''), row('sub-Z ses-M000')],
        },
      ],
    },
    ['error LEAKAGE_PRETRAINING: sub-C2'],
  ],
  [
    'folds that vote together on a test set that one of them has learnt',
    {
      sets: [0, 1].flatMap((split) => [
        set(
          `train of split-${split}`,
          split === 0 ? [...TRAIN, ...TEST] : [...TRAIN, ...VALIDATION],
        ),
        set(`test of split-${split}`, split === 0 ? VALIDATION : TEST),
      ]),
      pooled: true,
    },
    ['error LEAKAGE_FOLDS: sub-B1, sub-B2, sub-C1, sub-C2'],
  ],
  [
    'a test set that chose the epoch',
    having(set('test', VALIDATION)),
    [
      'error LEAKAGE_PARTICIPANTS: sub-B1, sub-B2',
      'error LEAKAGE_VALIDATION_TEST: sub-B1, sub-B2',
      'error LEAKAGE_SELECTION: sub-B1, sub-B2',
    ],
  ],
  [
    'an input that says the label in other words',
    {
      ...CLEAN,
      inputs: ['group'],
      sets: CLEAN.sets.map((one) => ({
        ...one,
        rows: one.rows.map((each) => ({
          ...each,
          cells: new Map([['group', each.label === 'AD' ? 'patient' : 'control']]),
        })),
      })),
    },
    ['error LEAKAGE_LABEL_COLUMN:'],
  ],
  [
    'a session after the conversion',
    {
      ...having(set('train', [...TRAIN, 'sub-P ses-M036 pMCI'], { diagnosis: undefined })),
      label: 'progression',
      visits: [row('sub-P ses-M000 MCI'), row('sub-P ses-M036 AD')].map((visit) => ({
        ...visit,
        label: undefined,
      })),
    },
    ['error LEAKAGE_CONVERSION: sub-P'],
  ],
  [
    'the diagnosis of a later visit',
    {
      ...having(set('train', [...TRAIN, 'sub-P ses-M000 AD'], { diagnosis: undefined })),
      visits: [row('sub-P ses-M000 MCI'), row('sub-P ses-M024 AD')].map((visit) => ({
        ...visit,
        label: undefined,
      })),
    },
    ['error LEAKAGE_CONVERSION: sub-P'],
  ],
  [
    'a session with two labels',
    having(set('train of split-1', [...TRAIN.slice(0, 2), 'sub-A3 ses-M000 CN'])),
    ['error LEAKAGE_LABELS_DIFFER: sub-A3'],
  ],
  ['an empty set', having(set('test', [])), ['error LEAKAGE_CLASSES:']],
  [
    'a training set of one class',
    having(set('train', ['sub-A1 ses-M000 AD', 'sub-A3 ses-M000 AD'])),
    ['error LEAKAGE_CLASSES:'],
  ],
  [
    'a test set of one class',
    having(set('test', ['sub-C1 ses-M000 AD'])),
    ['warning LEAKAGE_CLASSES:'],
  ],
  [
    'ids that were written in two ways',
    having(set('test', [...TEST, 'sub-a01 ses-M000 AD'])),
    ['warning LEAKAGE_IDS_ALIKE: sub-A1, sub-a01'],
  ],
  [
    'a session that stands twice in a table',
    having(set('train', [...TRAIN, 'sub-A2 ses-M000 CN'])),
    ['warning LEAKAGE_SESSION_TWICE: sub-A2'],
  ],
  [
    'a session with two volumes that differ',
    {
      ...CLEAN,
      scans: [
        scan('sub-A1/ses-M000', 'x', { file: 'a.nii.gz' }),
        scan('sub-A1/ses-M000', 'y', { file: 'b.nii.gz' }),
      ],
    },
    ['warning LEAKAGE_SESSION_TWICE: sub-A1'],
  ],
  [
    'sessions divided, one of the scans renamed, and the test set pre-trained on',
    {
      ...having(
        set('train', [...TRAIN, 'sub-D1 ses-M000 CN']),
        set('test', [...TEST, 'sub-D1 ses-M012 CN']),
      ),
      scans: [scan('sub-A2/ses-M000', 'x'), scan('sub-D1/ses-M012', 'x')],
      ancestors: [{ name: 'source', kind: 'transfer', seen: [row(TEST[0] ?? '')] }],
    },
    [
      'error LEAKAGE_PARTICIPANTS: sub-D1',
      'error LEAKAGE_SESSIONS: sub-D1',
      'error LEAKAGE_SCAN: sub-A2, sub-D1',
      'error LEAKAGE_PRETRAINING: sub-C1',
    ],
  ],
  [
    'one person in all three sets, under two ids in one of them',
    having(
      set('validation', [...VALIDATION, 'sub-A1 ses-M000 AD']),
      set('test', [...TEST, 'sub-A1 ses-M000 AD', 'sub-A01 ses-M006 AD']),
    ),
    [
      'error LEAKAGE_PARTICIPANTS: sub-A1',
      'error LEAKAGE_VALIDATION_TEST: sub-A1',
      'warning LEAKAGE_IDS_ALIKE: sub-A01, sub-A1',
    ],
  ],
];

test.each(LEAKY)('finds %s', (_name, experiment, expected) => {
  expect(found(experiment)).toEqual(expected);
  const isGrave = expected.some((text) => text.startsWith('error'));
  expect(auditExperiment(experiment).verdict).toBe(isGrave ? 'leaky' : 'warnings');
});

test('every code is found in one of these', () => {
  const codes = new Set(
    LEAKY.flatMap(([, , expected]) => expected.map((text) => text.split(/[ :]/)[1])),
  );
  expect([...codes].sort()).toEqual(
    auditExperiment(CLEAN)
      .checks.map(({ code }) => code)
      .sort(),
  );
});
