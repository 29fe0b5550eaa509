import { expect, test } from 'vitest';
import { readTomlAll } from '../../core/config/config-faults.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { PartialConfig, Task } from '../../core/config/schema.ts';
import { toToml } from '../../core/config/toml.ts';
import type { CohortSummary, ExperimentChoice, LabelColumn } from '../../jobs/session-api.ts';
import { arranged, arrangementOf } from './arrangement.ts';
import { labelColumns, likelyNumber, numberCount, proposedOptions } from './choice.ts';
import { choiceWith, codesFit, usedConfig } from './config-choice.ts';
import { refusedHere } from './config-places.ts';

const classes = (name: string, values: string[]): LabelColumn => ({
  ...{ name, classifiable: true, numeric: false },
  values: values.map((value) => ({ value, count: 4 })),
});
const numbers = (name: string): LabelColumn => ({
  ...{ name, classifiable: false, numeric: true, values: [{ value: '70', count: 1 }] },
});
const columns = [
  classes('diagnosis', ['AD', 'CN', 'MCI']),
  numbers('education'),
  numbers('age'),
  classes('sex', ['F', 'M']),
];
const row = (participant: string, cells: Record<string, string>) => ({
  ...{ participant, session: 'ses-M000', path: 'x.nii', damaged: false, cells },
});
const cohort = { columns, roles: { age: 'age' } };
const choice: ExperimentChoice = {
  ...{ preprocessing: '', mode: { mode: 'image' }, classes: ['AD', 'CN'], excluded: [] },
  ...{ validationShare: 0.2, testShare: 0.2, folds: 3 },
  config: mergeConfig('classification', { label: 'diagnosis', seed: 5, epochs: 9 }),
};
const asked = (task: Task, given: PartialConfig, more: { classes?: string[] } = {}) =>
  choiceWith(choice, cohort, task, given, more);

test('a TOML of ClinicaDL arranges the sets: label, classes, folds, seed', () => {
  const toml = [
    '[Classification]\nlabel = "diagnosis"\nselection_metrics = ["loss", "BA"]',
    '[Reproducibility]\nseed = 11',
    '[Data]\ndiagnoses = ["CN", "MCI"]\nvalid_longitudinal = true',
    '[Cross_validation]\nn_splits = 5\nsplit = [0, 3]',
  ].join('\n');
  const { task, given, problems } = readTomlAll(toml, 'classification');
  expect(problems).toEqual([]);
  const { choice: used, faults } = asked(task, given);
  expect(faults).toEqual([]);
  expect(used).toMatchObject({ classes: ['CN', 'MCI'], folds: 5, trainedFolds: [0, 3] });
  expect(used.config).toMatchObject({ label: 'diagnosis', seed: 11, valid_longitudinal: true });
  // What the file does not say is ClinicaDL's default.
  expect(used.config.epochs).toBe(20);
});

test('a file that says nothing of the sets leaves them', () => {
  const { choice: used } = asked('classification', { epochs: 2 });
  expect(used).toMatchObject({ classes: ['AD', 'CN'], folds: 3 });
  expect(used.config).toMatchObject({ label: 'diagnosis', seed: 5, epochs: 2 });
});

test('one split is asked for by no folds, or by one', () => {
  expect(asked('classification', { n_splits: 0 }).choice.folds).toBeUndefined();
  expect(asked('classification', { n_splits: 1 }).choice.folds).toBeUndefined();
  const many = asked('classification', { n_splits: 40 });
  expect(many.choice.folds).toBe(3);
  expect(many.faults.map(({ key }) => key)).toEqual(['n_splits']);
});

test('another task takes a label of its kind, and says when the asked one is not', () => {
  expect(asked('regression', {}).choice).toMatchObject({ classes: [], config: { label: 'age' } });
  expect(asked('regression', { label: 'education' }).choice.config.label).toBe('education');
  const wrong = asked('regression', { label: 'sex' });
  expect(wrong.choice.config.label).toBe('age');
  expect(wrong.faults[0]?.problem).toMatchObject({
    code: 'CONFIG_VALUE',
    expected: '"label" to be a column of numbers: education, age',
    found: '"sex"',
  });
  expect(asked('classification', { label: 'dx' }).faults[0]?.problem.found).toBe('no such column');
  expect(asked('reconstruction', {}).choice).toMatchObject({
    classes: [],
    config: { label: null },
  });
});

test('classes come from the link, from the codes, or from the diagnoses, if the column has them', () => {
  expect(asked('classification', {}, { classes: ['MCI', 'CN'] }).choice.classes).toEqual([
    ...['CN', 'MCI'],
  ]);
  const coded = asked('classification', { label: 'sex', label_code: { M: 0, F: 1 } });
  expect(coded.choice.classes).toEqual(['F', 'M']);
  const strange = asked('classification', { diagnoses: ['AD', 'FTD'] });
  expect(strange.choice.classes).toEqual(['AD', 'CN']);
  expect(strange.faults[0]).toMatchObject({ key: 'diagnoses', problem: { found: 'AD, FTD' } });
});

test('the TOML says what the sets decide, and reading it changes nothing', () => {
  const rows = [row('sub-1', { diagnosis: 'MCI' }), row('sub-2', { diagnosis: 'AD' })];
  const used = usedConfig({ ...choice, trainedFolds: [2, 0] }, { rows });
  expect(used).toMatchObject({ diagnoses: ['AD', 'CN'], n_splits: 3, split: [0, 2] });
  const { task, given } = readTomlAll(toToml(used), 'regression');
  const back = choiceWith({ ...choice, trainedFolds: [2, 0] }, cohort, task, given);
  expect(back.faults).toEqual([]);
  expect(usedConfig(back.choice, { rows })).toEqual(used);
  const ofAge = { ...choice, config: mergeConfig('regression', { label: 'age' }) };
  expect(usedConfig(ofAge, { rows }).diagnoses).toEqual(['AD', 'MCI']);
});

test('options of the command line are refused by name, not dropped', () => {
  const given = { multi_cohort: true, transfer_path: '/maps', ssda_network: false };
  expect(refusedHere(given, 'classification').map(({ key }) => key)).toEqual([
    ...['transfer_path', 'multi_cohort'],
  ]);
  expect(refusedHere(given, 'classification')[1]?.problem).toMatchObject({
    code: 'CONFIG_VALUE',
    found: 'true',
  });
});

test('numbers of classes go with the classes they were for', () => {
  const config = mergeConfig('classification', {
    ...{ label: 'diagnosis', label_code: { AD: 1, CN: 0 } },
  });
  expect(codesFit(config, ['CN', 'AD'])).toBe(true);
  const coded = { ...choice, config };
  const same = arranged(coded, { ...arrangementOf(coded), testShare: 0.1 });
  expect(same.config.label_code).toEqual({ AD: 1, CN: 0 });
  const other = arranged(coded, { ...arrangementOf(coded), classes: ['AD', 'MCI'] });
  expect(other.config.label_code).toEqual({});
});

test('going to another task keeps what means the same there, and takes its own options', () => {
  const regression = arranged(
    choice,
    { ...arrangementOf(choice), network_task: 'regression', label: 'age', classes: [] },
    proposedOptions('regression', true),
  );
  expect(regression.config).toMatchObject({
    ...{ network_task: 'regression', label: 'age', epochs: 9, seed: 5, loss: 'MSELoss' },
    ...{ architecture: 'Conv4_FC3', selection_metrics: ['loss', 'MAE'], label_code: null },
  });
});

test('an age is proposed before other numbers; classes are no numbers', () => {
  expect(likelyNumber(cohort)?.name).toBe('age');
  expect(likelyNumber({ columns: [classes('sex', ['F', 'M'])] })).toBeUndefined();
  expect(labelColumns(columns, 'regression').map(({ name }) => name)).toEqual(['education', 'age']);
  expect(labelColumns(columns, 'classification')).toHaveLength(2);
  expect(labelColumns(columns, 'reconstruction')).toEqual([]);
});

test('sessions with a number are counted, without those left out', () => {
  const rows = [
    ...[row('sub-1', { age: '70' }), row('sub-2', { age: 'n/a' }), row('sub-3', { age: '71' })],
    { ...row('sub-4', { age: '72' }), damaged: true },
  ];
  const opened = { ...cohort, rows } as unknown as CohortSummary;
  const config = mergeConfig('regression', { label: 'age' });
  expect(numberCount(opened, { config, excluded: ['sub-3/ses-M000'] })).toBe(1);
});
