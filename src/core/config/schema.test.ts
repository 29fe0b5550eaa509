import { expect, test } from 'vitest';
import { checkValue } from './parse.ts';
import { defaultConfig, optionsOf, sectionsOf, TASKS } from './schema.ts';

test.each(TASKS)('every default of %s is a value that its own schema accepts', (task) => {
  for (const placed of optionsOf(task)) {
    expect(checkValue(placed, placed.option.fallback)).toEqual(placed.option.fallback);
  }
});

test.each(TASKS)('%s has no key twice, and help for each', (task) => {
  const options = optionsOf(task);
  expect(new Set(options.map(({ key }) => key)).size).toBe(options.length);
  for (const { option } of options) expect(option.help).toMatch(/^[A-Z].{10,}\.$/);
});

test('long and short names of the command line are not given twice', () => {
  const spellings = optionsOf('classification').flatMap(({ option }) => option.cli ?? []);
  const names = spellings.flatMap(({ long, short }) => [long, short ?? []].flat());
  expect(new Set(names).size).toBe(names.length);
});

test('has the sections of the reference', () => {
  expect(sectionsOf('regression').map(({ name }) => name)).toEqual([
    'Model',
    'Architecture',
    'Regression',
    'Computational',
    'Reproducibility',
    'Transfer_learning',
    'Mode',
    'Data',
    'Cross_validation',
    'Optimization',
    'Informations',
  ]);
});

test('starts from the defaults of 1.6.1', () => {
  expect(defaultConfig('classification')).toMatchObject({
    architecture: 'default',
    label: 'diagnosis',
    loss: 'CrossEntropyLoss',
    diagnoses: ['AD', 'CN'],
    batch_size: 8,
    epochs: 20,
    learning_rate: 1e-4,
    weight_decay: 1e-4,
    transfer_path: false,
    split: [],
  });
  expect(defaultConfig('reconstruction')).toMatchObject({ label: null, loss: 'MSELoss' });
});
