import { expect, test } from 'vitest';
import { argumentsOf, parseArguments } from './arguments.ts';

test('reads numbers, flags, repeated options and texts', () => {
  expect(
    parseArguments(
      {
        learning_rate: '1e-3',
        epochs: '7',
        gpu: false,
        diagnoses: ['AD', 'CN', 'MCI'],
        split: ['0', '2'],
        transfer_path: 'maps',
        label: undefined,
      },
      'classification',
    ),
  ).toEqual({
    learning_rate: 1e-3,
    epochs: 7,
    gpu: false,
    diagnoses: ['AD', 'CN', 'MCI'],
    split: [0, 2],
    transfer_path: 'maps',
  });
});

test.each([
  ['epochs', 'many'],
  ['epochs', ''],
  ['epochs', '1.5'],
  ['split', ['0', 'x']],
  ['optimizer', 'Adm'],
])('refuses --%s %j', (key, text) => {
  expect(() => parseArguments({ [key]: text }, 'classification')).toThrow(
    new RegExp(`CONFIG_VALUE.*"${key}"`),
  );
});

test('offers the spellings of ClinicaDL', () => {
  const cli = new Map(argumentsOf('classification').map(({ key, cli }) => [key, cli]));
  expect(cli.get('evaluation_steps')).toEqual({ long: '--evaluation_steps', short: '-esteps' });
  expect(cli.get('deterministic')?.negative).toBe('--nondeterministic');
  expect(cli.has('label_code')).toBe(false);
});
