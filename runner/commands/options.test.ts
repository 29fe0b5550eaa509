import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spellOut } from '../terminal/short-options.ts';
import { addInterpret } from './interpret.ts';
import { addPredict } from './predict.ts';
import { addTrain, fileOptions, shortOptions } from './train.ts';

const program = new Command();
addTrain(program);
addPredict(program);
addInterpret(program);

function commandAt(...names: string[]): Command {
  let command: Command = program;
  for (const name of names) {
    const child = command.commands.find((one) => one.name() === name);
    if (child === undefined) throw new Error(name);
    command = child;
  }
  return command;
}

// Of ClinicaDL 1.6.1; those of `train <task>` are in core/config/clinicadl-options.test.ts.
const GROUP = ['--participants_tsv', '--caps_directory', '--multi_cohort', '--diagnoses'];
const RUN = ['--gpu', '--no-gpu', '--amp', '--no-amp', '--n_proc', '--batch_size', '--overwrite'];
test.each([
  [
    ['predict'],
    ['INPUT_MAPS_DIRECTORY', 'DATA_GROUP'],
    [
      ...[...GROUP, ...RUN, '--selection_metrics', '--use_labels', '--no_labels', '--label'],
      ...['--save_tensor', '--save_nifti', '--save_latent_tensor', '--skip_leak_check', '--split'],
    ],
  ],
  [
    ['interpret'],
    ['INPUT_MAPS_DIRECTORY', 'DATA_GROUP', 'NAME', 'METHOD'],
    [
      ...[...GROUP, ...RUN, '--selection_metrics', '--level_grad_cam', '--target_node'],
      ...['--save_individual', '--overwrite_name', '--save_nifti'],
    ],
  ],
  [['train', 'from_json'], ['CONFIG_JSON', 'OUTPUT_MAPS_DIRECTORY'], ['--split']],
  [['train', 'resume'], ['INPUT_MAPS_DIRECTORY'], ['--split']],
  [['train', 'list_models'], [], ['--architecture', '--input_size', '--model_layers']],
  ...['classification', 'regression', 'reconstruction'].map((task) => [
    ['train', task],
    ['CAPS_DIRECTORY', 'PREPROCESSING_JSON', 'TSV_DIRECTORY', 'OUTPUT_MAPS_DIRECTORY'],
    ['--config_file'],
  ]),
])('%j has the arguments and options of 1.6.1', (names, args, options) => {
  const command = commandAt(...(names ?? []));
  expect(command.registeredArguments.map((one) => one.name().replace(/[<>]/g, ''))).toEqual(args);
  const known = command.options.map(({ long }) => long);
  expect(known).toEqual(expect.arrayContaining(options ?? []));
});

test.each([
  ['-lr', '--learning_rate'],
  ['-np', '--n_proc'],
  ['-d', '--diagnoses'],
  ['-s', '--split'],
  ['-a', '--architecture'],
])('%s stands for %s', (short, long) => {
  expect(spellOut(['train', 'x', short, '1'], shortOptions())).toEqual(['train', 'x', long, '1']);
});

describe('a configuration file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capsule-options-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const fileWith = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return fileOptions(join(folder, name), 'classification');
  };

  test('says the same in JSON and in TOML', async () => {
    const json = await fileWith(
      'x.json',
      '{"Optimization": {"epochs": 3}, "Data": {"diagnoses": ["AD", "MCI"]}}',
    );
    expect(json).toEqual({ epochs: 3, diagnoses: ['AD', 'MCI'] });
    const toml = '[Optimization]\nepochs = 3\n[Data]\ndiagnoses = ["AD", "MCI"]\n';
    expect(await fileWith('x.toml', toml)).toEqual(json);
    expect(await fileOptions(undefined, 'regression')).toEqual({});
  });

  test.each([
    ['broken.json', '{"Optimization": ', 'CONFIG_SYNTAX'],
    ['strange.json', '{"Optimization": {"epoch": 3}}', 'CONFIG_UNKNOWN_KEY'],
    ['x.yaml', 'epochs: 3', 'CONFIG_SYNTAX'],
    ['x.toml', '[Optimization\n', 'CONFIG_SYNTAX'],
  ])('%s is refused with its name', async (name, text, code) => {
    await expect(fileWith(name, text)).rejects.toMatchObject({
      ...{ code, problem: { file: join(folder, name) } },
    });
  });

  test('that is not there is refused', async () => {
    await expect(fileOptions(join(folder, 'none.toml'), 'regression')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});
