import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedOptions } from './changes.ts';
import { readTomlAll } from './config-faults.ts';
import { mergeConfig } from './parse.ts';
import { anyConfig } from './testing/random-config.ts';
import { keyRows } from './toml-rows.ts';
import { toToml } from './toml.ts';

test('every experiment comes back from its TOML, whatever its values are', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const { task, given, problems } = readTomlAll(toToml(config), 'classification');
      expect(problems).toEqual([]);
      expect(mergeConfig(task, given)).toEqual(config);
    }),
    { numRuns: 150 },
  );
});

const text = [
  '# of a study',
  '[Optimization]',
  'epochs = 0',
  'lerning_rate = 1e-3',
  'patience = 3',
  '',
  '[ Reproducibility ]',
  '"seed" = 7',
  'epochs = 2',
  '[Optimisation]',
  'x = 1',
].join('\n');

test('all faults are found, each with its line; what is right is read beside them', () => {
  const { given, problems } = readTomlAll(text, 'classification', { file: 'c.toml' });
  expect(given).toEqual({ patience: 3, seed: 7 });
  expect(problems.map(({ code, row, found }) => [code, row, found])).toEqual([
    ['CONFIG_VALUE', 3, '0'],
    ['CONFIG_UNKNOWN_KEY', 4, '"Optimization.lerning_rate"'],
    ['CONFIG_UNKNOWN_KEY', 9, '"Reproducibility.epochs"'],
    ['CONFIG_UNKNOWN_KEY', 10, '"Optimisation"'],
  ]);
  expect(problems[1]?.action).toBe('Did you mean "Optimization.learning_rate"?');
  expect(problems[2]?.action).toBe('It belongs to section "Optimization".');
  expect(problems.every(({ file }) => file === 'c.toml')).toBe(true);
});

test('what is no TOML is told with the line of the parser', () => {
  const { given, problems } = readTomlAll('[Model]\narchitecture = \n', 'classification');
  expect(given).toEqual({});
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ code: 'CONFIG_SYNTAX', row: 2 });
});

test('a section that is a value is a fault and no crash', () => {
  expect(readTomlAll('Model = 3', 'classification').problems).toMatchObject([
    { code: 'CONFIG_VALUE', row: 1 },
  ]);
  expect(readTomlAll('[[Model]]\nx = 1', 'classification').problems).toMatchObject([
    { code: 'CONFIG_VALUE' },
  ]);
});

test('the task is that of the one section of a task; with several, or none, the one asked for', () => {
  const of = (toml: string) => readTomlAll(toml, 'classification');
  expect(of('[Regression]\nlabel = "age"')).toMatchObject({
    task: 'regression',
    given: { label: 'age' },
    problems: [],
  });
  const both =
    '[Regression]\nlabel = "age"\n[Classification]\nlabel = "sex"\n[Random_Search]\nx = 1';
  expect(of(both)).toMatchObject({
    task: 'classification',
    given: { label: 'sex' },
    problems: [],
  });
  expect(of('').task).toBe('classification');
  expect(readTomlAll('', 'reconstruction').task).toBe('reconstruction');
});

test('rows are those of keys, not of what stands in texts or comments', () => {
  const rows = keyRows(
    ['[A]', 'x = """', 'y = 1', '"""', 'y = 2 # z = 3', 'k.j = 1', '[A.k2]', 'm = 1'].join('\n'),
  );
  expect(Object.fromEntries(rows)).toEqual({
    ...{ A: 1, 'A.x': 2, 'A.y': 5, 'A.k': 6, 'A.k.j': 6, 'A.k2': 7, 'A.k2.m': 8 },
  });
});

test('changed options are those that differ from the defaults of their task', () => {
  const config = mergeConfig('regression', { epochs: 3, selection_metrics: ['loss'], seed: 0 });
  expect(changedOptions(config).map(({ key }) => key)).toEqual(['epochs']);
  const base = mergeConfig('regression', { epochs: 3, seed: 4 });
  expect(changedOptions(config, base).map(({ key }) => key)).toEqual(['seed']);
});
