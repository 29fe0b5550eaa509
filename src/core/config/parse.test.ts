import { describe, expect, test } from 'vitest';
import { thrownBy } from '../labels/testing/tables.ts';
import { mergeConfig, parseConfig, parseFlat } from './parse.ts';
import { fromToml, toToml } from './toml.ts';

const toml = (text: string) => fromToml(text, 'classification', { file: 'config.toml' });

describe('names', () => {
  test('an unknown key is refused with the nearest known one', () => {
    expect(thrownBy(() => toml('[Optimization]\nlerning_rate = 1e-3'))).toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY',
      file: 'config.toml',
      found: '"Optimization.lerning_rate"',
      action: 'Did you mean "Optimization.learning_rate"?',
    });
  });

  test('a key in the wrong section is sent to its own', () => {
    expect(thrownBy(() => toml('[Model]\nepochs = 3')).action).toMatch(/"Optimization"/);
  });

  test('an unknown section is refused with the nearest known one', () => {
    expect(thrownBy(() => toml('[Optimisation]\nepochs = 3'))).toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY',
      action: 'Did you mean "Optimization"?',
    });
  });

  test('all unknown names are told at once, each with what may be meant', () => {
    const problem = thrownBy(() =>
      toml(
        'epochs = 3\n[Modell]\ndropout = 0.1\n[Optimization]\nlerning_rate = 1\nzzzzzzzz = 2\n[Model]\nbatch_size = 4',
      ),
    );
    expect(problem.found).toBe(
      '"epochs", "Modell", "Optimization.lerning_rate", "Optimization.zzzzzzzz", "Model.batch_size"',
    );
    expect(problem.action).toBe(
      [
        '"epochs" belongs to section "Optimization".',
        'For "Modell", did you mean "Model"?',
        'For "Optimization.lerning_rate", did you mean "Optimization.learning_rate"?',
        'Remove "Optimization.zzzzzzzz".',
        '"Model.batch_size" belongs to section "Computational".',
      ].join(' '),
    );
    const flat = thrownBy(() => parseFlat({ epoch: 3, bach_size: 2 }, 'classification'));
    expect(flat.found).toBe('"epoch", "bach_size"');
    expect(flat.action).toMatch(/"epochs".*"batch_size"/);
  });

  test('sections of other tasks and of the random search are left out', () => {
    expect(toml('[Regression]\nlabel = "mmse"\n[Random_Search]\nn = 3')).toEqual({});
  });

  test('__proto__ is an unknown name and changes nothing', () => {
    const record = JSON.parse('{"Optimization": {"__proto__": {"epochs": 3}}}') as unknown;
    expect(thrownBy(() => parseConfig(record, 'classification')).code).toBe('CONFIG_UNKNOWN_KEY');
    expect(Object.hasOwn(Object.prototype, 'epochs')).toBe(false);
  });
});

describe('values', () => {
  test.each([
    ['[Optimization]\nepochs = 2.5', '"epochs" to be a whole number of at least 1', '2.5'],
    ['[Optimization]\nepochs = "3"', '"epochs" to be a whole number of at least 1', '"3"'],
    ['[Optimization]\nlearning_rate = nan', '"learning_rate" to be a number of at least 0', 'NaN'],
    ['[Optimization]\nlearning_rate = inf', '"learning_rate" to be a number', 'Infinity'],
    ['[Architecture]\ndropout = 1.5', '"dropout" to be a number from 0 to 1', '1.5'],
    ['[Data]\nbaseline = 1', '"baseline" to be true or false', '1'],
    ['[Data]\ndiagnoses = []', '"diagnoses" to be a list of one or more texts', '[]'],
    ['[Cross_validation]\nsplit = [-1]', '"split" to be a list of whole numbers', '[-1]'],
    ['[Classification]\nlabel_code = {AD = "x"}', '"label_code" to be a table', '{"AD":"x"}'],
    ['[Data]\nsampler = "even"', '"sampler" to be one of "random", "weighted"', '"even"'],
  ])('refuses %j', (text, expected, found) => {
    const problem = thrownBy(() => toml(text));
    expect(problem.code).toBe('CONFIG_VALUE');
    expect(problem.expected).toContain(expected);
    expect(problem.found).toBe(found);
  });

  test('a choice that does not exist is refused with the nearest that does', () => {
    expect(thrownBy(() => toml('[Optimization]\noptimizer = "adamw2"'))).toMatchObject({
      code: 'CONFIG_VALUE',
      found: '"adamw2"',
      action: 'Did you mean "AdamW"?',
    });
    expect(thrownBy(() => toml('[Optimization]\noptimizer = "LBFGS-B"')).action).not.toMatch(
      /Did you mean/,
    );
  });

  test('a section has to be a table', () => {
    expect(thrownBy(() => toml('Model = 3')).code).toBe('CONFIG_VALUE');
  });

  test('a file that is not TOML is refused with its line', () => {
    expect(thrownBy(() => toml('[Model\narchitecture'))).toMatchObject({
      ...{ code: 'CONFIG_SYNTAX', row: 1 },
    });
  });

  test('an empty path means none', () => {
    expect(toml('[Transfer_learning]\ntransfer_path = ""')).toEqual({ transfer_path: false });
  });

  test('flat records are read the same way', () => {
    expect(parseFlat({ epochs: 3 }, 'classification')).toEqual({ epochs: 3 });
    expect(thrownBy(() => parseFlat({ epoch: 3 }, 'classification')).action).toMatch(/"epochs"/);
    expect(thrownBy(() => parseFlat({ epochs: 0 }, 'classification')).code).toBe('CONFIG_VALUE');
  });
});

test('the command line is stronger than the file, and the file than the defaults', () => {
  const file = toml('[Optimization]\nepochs = 5\npatience = 2');
  const config = mergeConfig('classification', { epochs: 9 }, file);
  expect(config).toMatchObject({ epochs: 9, patience: 2, batch_size: 8 });
});

test('an experiment survives being written as TOML', () => {
  const config = mergeConfig('classification', {
    label_code: { 'A D': 0, CN: 1 },
    learning_rate: 1e-5,
    transfer_path: 'maps "1"',
    data_augmentation: ['Noise'],
    split: [0, 2],
  });
  const text = toToml(config);
  expect(text).toContain('learning_rate = 1e-05\n');
  expect(text).toContain('tolerance = 0.0\n');
  expect(mergeConfig('classification', toml(text))).toEqual(config);
});
