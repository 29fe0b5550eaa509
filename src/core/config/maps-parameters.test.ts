import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import {
  fromMapsParameters,
  mapsJson,
  toMapsParameters,
  type MapsExtra,
} from './maps-parameters.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;
const FIXTURE = 'tests/fixtures/reference/synthetic';

function rewritten(text: string): string {
  const { config, rest } = fromMapsParameters(parse(text));
  const extra = Object.fromEntries(rest) as unknown as MapsExtra;
  return mapsJson(toMapsParameters(config, extra), config.network_task);
}

test.each(['maps_ad', 'maps_init'])(
  'gives the bytes of the reference %s/maps.json back',
  (maps) => {
    const text = read(`${FIXTURE}/${maps}/maps.json`);
    expect(rewritten(text)).toBe(text);
  },
);

const gold = resolve('../shared/gold');
test.skipIf(!existsSync(gold)).each(['maps_age', 'maps_recon', 'maps_slice', 'maps_patch_multi'])(
  'gives the bytes of %s/maps.json back (needs the reference MAPS of real brains)',
  (maps) => {
    const text = read(`${gold}/${maps}/maps.json`);
    expect(rewritten(text)).toBe(text);
  },
);

test('says KFoldSplit for two folds or more', () => {
  const { config, rest } = fromMapsParameters(parse(read(`${FIXTURE}/maps_ad/maps.json`)));
  const extra = Object.fromEntries(rest) as unknown as MapsExtra;
  expect(toMapsParameters({ ...config, n_splits: 2 }, extra)['validation']).toBe('KFoldSplit');
});

test('reads the names of earlier versions', () => {
  const { config, rest } = fromMapsParameters({
    network_task: 'classification',
    model: 'Conv4_FC3',
    minmaxnormalization: false,
    num_workers: 3,
    use_cpu: true,
    nondeterministic: false,
    loss: null,
    unknown_key: 1,
  });
  expect(config).toMatchObject({
    architecture: 'Conv4_FC3',
    normalize: false,
    n_proc: 3,
    gpu: false,
    deterministic: true,
    loss: 'CrossEntropyLoss',
    optimizer: 'Adam',
  });
  expect(rest.get('unknown_key')).toBe(1);
});

test('refuses a maps.json without a task or with a wrong value', () => {
  expect(() => fromMapsParameters({})).toThrow(/CONFIG_VALUE.*network_task/);
  expect(() => fromMapsParameters({ network_task: 'regression', epochs: 'x' })).toThrow(/epochs/);
});

test('keeps the network that a random search describes, after all other keys', () => {
  const network = {
    convolutions_dict: {
      conv0: { in_channels: null, out_channels: 8, n_conv: 2, d_reduction: 'MaxPooling' },
    },
    ...{ n_fcblocks: 2, network_normalization: 'InstanceNorm' },
  };
  const parameters = { network_task: 'classification', architecture: 'RandomArchitecture' };
  const { config } = fromMapsParameters({ ...parameters, ...network });
  expect(config).toMatchObject(network);
  const extra = {
    ...{ caps_directory: 'caps', tsv_path: 'split', preprocessing_dict: { mode: 'image' } },
    ...{ num_networks: 1, output_size: 2, input_size: [1, 40, 40, 40] },
  };
  const written = Object.entries(toMapsParameters(config, extra));
  expect(Object.fromEntries(written.slice(-3))).toEqual(network);
  const drawn = { ...parameters, ...network, n_conv: [1, 2], n_convblocks: 1 };
  expect(fromMapsParameters(drawn).config).toEqual(config);
  const wrong = { ...parameters, ...network, n_fcblocks: 'two' };
  expect(() => fromMapsParameters(wrong)).toThrow(/CONFIG_VALUE.*n_fcblocks.*two/);
});

test('the preprocessing of a target stands where its name does, as it is read and written', () => {
  const target = { mode: 'image', extract_json: 'flair.json', preprocessing: 'flair-linear' };
  const parameters = { network_task: 'classification', ssda_network: true };
  const { config, rest } = fromMapsParameters({ ...parameters, preprocessing_dict_target: target });
  expect(config.preprocessing_dict_target).toBe('flair.json');
  expect(rest.get('preprocessing_dict_target')).toEqual(target);
  const extra = {
    ...{ caps_directory: 'caps', tsv_path: 'split', preprocessing_dict: { mode: 'image' } },
    ...{ num_networks: 1, output_size: 2, input_size: [1, 40, 40, 40] },
  };
  const written = toMapsParameters(config, { ...extra, preprocessing_dict_target: target });
  expect(written['preprocessing_dict_target']).toEqual(target);
  expect(toMapsParameters(config, extra)['preprocessing_dict_target']).toBe('flair.json');
  const keys = Object.keys(written);
  expect(keys.indexOf('preprocessing_dict_target')).toBe(keys.indexOf('tsv_target_unlab') + 1);
});
