import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import {
  fromMapsParameters,
  mapsJson,
  toMapsParameters,
  type MapsExtra,
} from './maps-parameters.ts';
import { optionText, optionValue } from './option-text.ts';
import { mergeConfig } from './parse.ts';
import { optionsOf, type Config } from './schema.ts';
import { unsupportedOptions } from './support.ts';
import { fromToml, toToml } from './toml.ts';

const ASKED = [
  'Noise',
  { name: 'Motion', degrees: [1, 2.5], probability: 0.5 },
  { one_of: ['Ghosting', { name: 'Spike', intensity: 2 }], weights: [2, 1] },
];
const [option] = optionsOf('classification').filter(({ key }) => key === 'data_augmentation');

test.each<[Config['data_augmentation']]>([[ASKED], [ASKED.slice(1)], [false], [[]]])(
  '%j goes through a file and a maps.json unchanged',
  (data_augmentation) => {
    const config = mergeConfig('classification', { data_augmentation });
    expect(fromToml(toToml(config), 'classification').data_augmentation).toEqual(data_augmentation);
    const json = mapsJson(
      toMapsParameters(config, { preprocessing_dict: {} } as MapsExtra),
      'classification',
    );
    const read = fromMapsParameters(JSON.parse(json) as Record<string, unknown>);
    expect(read.config.data_augmentation).toEqual(data_augmentation);
  },
);

test('a file gives parameters as tables', () => {
  const text = '[Data]\ndata_augmentation = ["Noise", { name = "Motion", degrees = [1, 2] }]';
  expect(fromToml(text, 'classification').data_augmentation).toEqual([
    'Noise',
    { name: 'Motion', degrees: [1, 2] },
  ]);
});

test('the command line gives names, or JSON', () => {
  const typed = ['Noise', '{"name": "Motion", "degrees": [1, 2]}'];
  expect(parseArguments({ data_augmentation: typed }, 'classification')).toEqual({
    data_augmentation: ['Noise', { name: 'Motion', degrees: [1, 2] }],
  });
  const broken = () => parseArguments({ data_augmentation: ['{"name": '] }, 'classification');
  expect(broken).toThrow(/CONFIG_VALUE/);
});

test('a text of a form reads back what it shows', () => {
  if (option === undefined) throw new Error('no such option');
  const text = optionText(option.option, ASKED);
  expect(optionValue(option, text)).toEqual(ASKED);
});

test.each([
  [[{ name: 'Noise', std: [2, 1] }], /Noise\.std/],
  [[{ name: 'CropOrPad', shape: [8, 8, 8] }], /keep the size/],
])('%j is refused before anything starts', (data_augmentation, said) => {
  const [problem] = unsupportedOptions(mergeConfig('classification', { data_augmentation }));
  expect(problem?.code).toBe('CONFIG_VALUE');
  expect(problem?.expected).toMatch(said);
});
