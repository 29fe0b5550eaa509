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
      data_augmentation: [],
      amp: true,
      profiler: true,
      optimizer: 'SGD',
    }),
  ).toEqual([]);
});

test.each<PartialConfig>([
  { fully_sharded_data_parallel: true },
  { track_exp: 'wandb' },
  { multi_network: true },
  { ssda_network: true },
  { data_augmentation: ['Noise'] },
  { sampler: 'weighted' },
  { adaptive_learning_rate: true },
  { save_all_models: true },
  { emissions_calculator: true },
  { size_reduction: true },
  { loss: 'MultiMarginLoss' },
  { nb_unfrozen_layer: 2 },
  { architecture: 'AE_Conv5_FC3' },
  { latent_space_size: 64 },
])('refuses %j by name', (given) => {
  const [problem, ...others] = check(given);
  expect(problem?.code).toBe('CONFIG_NOT_YET');
  expect(problem?.expected).toContain(`"${Object.keys(given)[0]}"`);
  expect(others).toEqual([]);
});

test('classification is the only task today', () => {
  const refused = TASKS.filter((task) => unsupportedOptions(mergeConfig(task)).length > 0);
  expect(refused).toEqual(['regression', 'reconstruction']);
  expect(() => refuseUnsupported(mergeConfig('regression'))).toThrow(/CONFIG_NOT_YET.*regression/);
});
