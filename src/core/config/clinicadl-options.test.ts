import { describe, expect, test } from 'vitest';
import { argumentsOf } from './arguments.ts';
import { defaultConfig, optionsOf, sectionsOf, TASKS, type Task } from './schema.ts';

// The options of `train` as the documentation and the packaged `train_config.toml` of ClinicaDL 1.6.1
// have them: section, key, default, and the names of the command line where there are some.
type Row = readonly [key: string, value: unknown, names?: string];
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  Computational: [
    ['gpu', true, '--gpu/--no-gpu'],
    ['n_proc', 2, '-np/--n_proc'],
    ['batch_size', 8, '--batch_size'],
    ['evaluation_steps', 0, '-esteps/--evaluation_steps'],
    ['fully_sharded_data_parallel', false, '-fsdp/--fully_sharded_data_parallel'],
    ['amp', false, '--amp/--no-amp'],
  ],
  Reproducibility: [
    ['seed', 0, '--seed'],
    ['deterministic', false, '--deterministic/--nondeterministic'],
    ['compensation', 'memory', '--compensation'],
    ['track_exp', '', '-te/--track_exp'],
  ],
  Model: [
    ['architecture', 'default', '-a/--architecture'],
    ['multi_network', false, '--multi_network/--single_network'],
    ['ssda_network', false, '--ssda_network/--single_network'],
  ],
  Architecture: [
    ['dropout', 0, '--dropout'],
    ['latent_space_size', 128],
    ['feature_size', 1024],
    ['n_conv', 4],
    ['io_layer_channels', 8],
    ['recons_weight', 1],
    ['kl_weight', 1],
    ['normalization', 'batch'],
  ],
  Data: [
    ['multi_cohort', false, '--multi_cohort/--single_cohort'],
    // In practice -d is another option there, by mistake.
    ['diagnoses', ['AD', 'CN'], '-d/--diagnoses'],
    ['baseline', false, '--baseline/--longitudinal'],
    ['valid_longitudinal', false, '--valid_longitudinal/--valid_baseline'],
    ['normalize', true, '--normalize/--unnormalize'],
    ['data_augmentation', false, '-da/--data_augmentation'],
    // In practice -s is --split there.
    ['sampler', 'random', '--sampler'],
    ['size_reduction', false],
    ['size_reduction_factor', 2],
    ['caps_target', '', '--caps_target'],
    ['tsv_target_lab', '', '--tsv_target_lab'],
    ['tsv_target_unlab', '', '--tsv_target_unlab'],
    ['preprocessing_dict_target', '', '--preprocessing_dict_target'],
  ],
  Cross_validation: [
    ['n_splits', 0, '--n_splits'],
    ['split', [], '-s/--split'],
  ],
  Optimization: [
    ['optimizer', 'Adam', '--optimizer'],
    ['epochs', 20, '--epochs'],
    ['learning_rate', 1e-4, '-lr/--learning_rate'],
    ['adaptive_learning_rate', false, '-alr/--adaptive_learning_rate'],
    ['weight_decay', 1e-4, '-wd/--weight_decay'],
    ['patience', 0, '--patience'],
    ['tolerance', 0, '--tolerance'],
    ['accumulation_steps', 1, '-asteps/--accumulation_steps'],
    ['profiler', false, '--profiler/--no-profiler'],
    ['save_all_models', false, '--save_all_models/--save_only_best_model'],
  ],
  Transfer_learning: [
    ['transfer_path', false, '-tp/--transfer_path'],
    ['transfer_selection_metric', 'loss', '-tsm/--transfer_selection_metric'],
    ['nb_unfrozen_layer', 0, '-nul/--nb_unfrozen_layer'],
  ],
  Mode: [['use_extracted_features', false]],
  Informations: [
    ['emissions_calculator', false, '--calculate_emissions/--dont_calculate_emissions'],
  ],
};
const METRICS: Row = ['selection_metrics', ['loss'], '-sm/--selection_metrics'];
const OF_TASK: Readonly<Record<Task, readonly [section: string, rows: readonly Row[]]>> = {
  classification: [
    'Classification',
    [
      METRICS,
      ['label', 'diagnosis', '--label'],
      ['label_code', {}],
      ['selection_threshold', 0, '--selection_threshold'],
      ['loss', 'CrossEntropyLoss', '-l/--loss'],
    ],
  ],
  regression: [
    'Regression',
    [METRICS, ['label', 'age', '--label'], ['loss', 'MSELoss', '-l/--loss']],
  ],
  reconstruction: ['Reconstruction', [METRICS, ['loss', 'MSELoss', '-l/--loss']]],
};

describe.each(TASKS)('train %s has the options of 1.6.1', (task) => {
  const [own, ownRows] = OF_TASK[task];
  const tables = { ...TABLE, [own]: ownRows };
  const rows = Object.values(tables).flat();

  test('in their sections, none missing and none more', () => {
    const found = Object.fromEntries(
      sectionsOf(task).map(({ name, options }) => [name, Object.keys(options).sort()]),
    );
    const expected = Object.fromEntries(
      Object.entries(tables).map(([name, of]) => [name, of.map(([key]) => key).sort()]),
    );
    expect(found).toEqual(expected);
  });

  test('with their defaults', () => {
    const config = defaultConfig(task) as unknown as Record<string, unknown>;
    for (const [key, value] of rows) expect(config[key], key).toEqual(value);
    expect(optionsOf(task)).toHaveLength(rows.length);
  });

  test('with their long and short names, or in the file alone', () => {
    const names = new Map(
      argumentsOf(task).map(({ key, cli }) => {
        const { short, long, negative } = cli;
        return [key, [short, long, negative].filter((name) => name !== undefined).join('/')];
      }),
    );
    for (const [key, , expected] of rows) expect(names.get(key), key).toBe(expected);
  });
});

test.each([
  ['classification', ['CrossEntropyLoss', 'MultiMarginLoss']],
  [
    'regression',
    ['L1Loss', 'MSELoss', 'KLDivLoss', 'BCEWithLogitsLoss', 'HuberLoss', 'SmoothL1Loss'],
  ],
] as const)('the losses of a %s are those of 1.6.1', (task, losses) => {
  const found = optionsOf(task).find(({ key }) => key === 'loss')?.option.choices;
  expect(found).toEqual(losses);
});
