import { expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import type { CohortSummary, LabelColumn } from '../../jobs/session-api.ts';
import { classCounts, defaultChoice, isAllowed, likelyClasses, likelyLabel } from './choice.ts';

const column = (name: string, values: string[], classifiable = true): LabelColumn => ({
  name,
  values: values.map((value) => ({ value, count: 4 })),
  classifiable,
  numeric: false,
});

const cohort = (columns: LabelColumn[]): CohortSummary => ({
  name: 'caps',
  sample: false,
  preprocessings: [{ id: 't1-linear', sessions: 8 }],
  preprocessing: 't1-linear',
  rows: [],
  columns,
  table: 'labels.tsv',
  shape: [4, 4, 4],
  voxelSize: [1, 1, 1],
  problems: [],
});

test('diagnosis is preferred to what stands before it', () => {
  const label = likelyLabel([column('sex', ['F', 'M']), column('Diagnosis', ['AD', 'CN'])]);
  expect(label?.name).toBe('Diagnosis');
});

test('a label that cannot be classified is never proposed', () => {
  expect(likelyLabel([column('diagnosis', ['AD'], false)])).toBeUndefined();
  expect(defaultChoice(cohort([]), { sample, problems: [] })).toMatchObject({
    config: { label: '' },
    classes: [],
  });
});

const sample = { participants: 24, millimetres: 4, seed: 42 };

test('AD and CN are the classes where both occur', () => {
  expect(likelyClasses(column('diagnosis', ['MCI', 'CN', 'AD']))).toEqual(['AD', 'CN']);
  expect(likelyClasses(column('sex', ['M', 'F', '']))).toEqual(['F', 'M']);
});

test('epochs and batch size of the address are used', () => {
  const options = { sample, epochs: 2, batchSize: 3, problems: [] };
  expect(defaultChoice(cohort([]), options)).toMatchObject({
    config: { epochs: 2, batch_size: 3 },
  });
});

test('settings outside their limits are refused', () => {
  expect(isAllowed('seed', 2.5)).toBe(false);
  expect(isAllowed('seed', -1)).toBe(false);
  expect(isAllowed('testShare', NaN)).toBe(false);
  expect(isAllowed('testShare', 0)).toBe(true);
  expect(isAllowed('validationShare', 0)).toBe(false);
});

test('classes count the sessions that take part: not the damaged, missing or left out', () => {
  const row = (participant: string, diagnosis: string, rest: object = {}) => ({
    ...{ participant, session: 'ses-M000', path: 'x.nii', damaged: false, cells: { diagnosis } },
    ...rest,
  });
  const rows = [
    ...[row('sub-1', 'AD'), row('sub-2', 'AD '), row('sub-3', 'AD', { damaged: true })],
    ...[row('sub-4', 'CN'), row('sub-5', 'CN', { path: '' }), row('sub-6', 'CN')],
  ];
  const opened = { ...cohort([column('diagnosis', ['AD', 'CN'])]), rows };
  const config = mergeConfig('classification', { label: 'diagnosis' });
  const chosen = { config, excluded: ['sub-6/ses-M000'] };
  expect(classCounts(opened, chosen)).toEqual([
    { value: 'AD', count: 2 },
    { value: 'CN', count: 1 },
  ]);
});
