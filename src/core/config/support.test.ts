import { expect, test } from 'vitest';
import { mergeConfig } from './parse.ts';
import { TASKS, type PartialConfig } from './schema.ts';
import { refuseUnsupported, unsupportedOptions } from './support.ts';

const check = (given: PartialConfig) => unsupportedOptions(mergeConfig('classification', given));

test('accepts the defaults, and what works', () => {
  expect(
    check({
      architecture: 'Conv4_FC3',
      dropout: 0.5,
      n_splits: 5,
      split: [1],
      gpu: false,
      deterministic: true,
      compensation: 'time',
      transfer_path: 'maps',
      data_augmentation: ['Noise', { name: 'Motion', degrees: [1, 2] }],
      amp: true,
      profiler: true,
      optimizer: 'SGD',
      multi_network: true,
      sampler: 'weighted',
      adaptive_learning_rate: true,
      save_all_models: true,
      size_reduction: true,
      size_reduction_factor: 3,
      loss: 'MultiMarginLoss',
      nb_unfrozen_layer: 2,
      latent_space_size: 64,
    }),
  ).toEqual([]);
});

test.each<PartialConfig>([
  { fully_sharded_data_parallel: true },
  { track_exp: 'wandb' },
  { emissions_calculator: true },
])('refuses %j by name', (given) => {
  const [problem, ...others] = check(given);
  expect(problem?.code).toBe('CONFIG_NOT_YET');
  expect(problem?.expected).toContain(`"${Object.keys(given)[0]}"`);
  expect(others).toEqual([]);
});

test('accepts the defaults of every task', () => {
  for (const task of TASKS) expect(unsupportedOptions(mergeConfig(task)), task).toEqual([]);
});

test('throws the first of them', () => {
  const config = mergeConfig('regression', { track_exp: 'wandb', emissions_calculator: true });
  expect(() => refuseUnsupported(config)).toThrow(/CONFIG_NOT_YET.*track_exp/);
});

test('options of domain adaptation that do not go together are among them', () => {
  const config = mergeConfig('classification', { architecture: 'Conv5_FC3_SSDA' });
  expect(() => refuseUnsupported(config)).toThrow(/CONFIG_VALUE.*"ssda_network"/);
});
