import { expect, it, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import type { ModelSummary } from '../../jobs/session-api.ts';
import { comparableWith, sharedGroup, trainedOn } from './comparable.ts';
import { differencesOf } from './config-difference.ts';

const row = (participant: string) => ({
  ...{ participant, session: 'ses-M000', trueLabel: 'AD', predictedLabel: 'AD' },
  probabilities: [],
});
function model(
  changes: Partial<ModelSummary>,
  groups: Record<string, string[]> = {},
): ModelSummary {
  return {
    ...{ name: 'maps', task: 'classification', mode: 'image', architecture: 'Conv4_FC3' },
    ...{ label: 'dx', classes: ['AD', 'CN'], inputSize: [1, 4, 4, 4], history: [] },
    ...{ selectionMetrics: ['loss'], bestEpochs: {}, finished: true },
    results: Object.entries(groups).map(([group, people]) => ({
      ...{ group, selectionMetric: 'loss', confusion: [], metrics: {} },
      predictions: people.map(row),
    })),
    ...changes,
  };
}

test('only the keys that differ are told, as they would be written', () => {
  const of = (changes: Parameters<typeof mergeConfig>[1]) =>
    model({ config: mergeConfig('classification', changes) });
  const some = of({ dropout: 0.5, batch_size: 4, learning_rate: 1e-3 });
  const others = of({ dropout: 0.2, batch_size: 8, learning_rate: 1e-3 });
  expect(differencesOf([some, others])).toEqual([
    { key: 'batch_size', values: ['4', '8'] },
    { key: 'dropout', values: ['0.5', '0.2'] },
  ]);
  expect(differencesOf([of({ seed: 1 }), of({ seed: 1 })])).toEqual([]);
  expect(differencesOf([of({})])).toEqual([]);
});

test('what the configuration does not hold is compared too; folders of a computer are not', () => {
  const one = model({ architecture: 'Conv5_FC3', mode: 'patch' });
  const other = model({ inputSize: [1, 8, 8, 8] });
  expect(differencesOf([one, other]).map(({ key }) => key)).toEqual([
    ...['architecture', 'input_size', 'mode'],
  ]);
  const config = mergeConfig('classification', {});
  const elsewhere = { ...config, caps_directory: '/there' };
  expect(differencesOf([model({ config }), model({ config: elsewhere })])).toEqual([]);
});

it('models of other tasks, labels or classes are not comparable', () => {
  expect(comparableWith(model({}), model({ architecture: 'resnet18' }))).toBe(true);
  expect(comparableWith(model({}), model({ classes: ['AD', 'MCI'] }))).toBe(false);
  expect(comparableWith(model({}), model({ label: 'sex' }))).toBe(false);
  expect(comparableWith(model({}), model({ task: 'regression' }))).toBe(false);
});

it('the set that all have is compared, the wanted one where it can be', () => {
  const [a, b] = [
    model({}, { train: [], validation: [], test: [] }),
    model({}, { train: [], test: [], other: [] }),
  ];
  expect(sharedGroup([a, b], 'validation')).toBe('test');
  expect(sharedGroup([a, b], 'train')).toBe('train');
  expect(sharedGroup([a, model({}, { other: [] })], 'test')).toBeUndefined();
});

it('a session that one of them was trained on makes the comparison unfair', () => {
  const a = model({}, { train: ['sub-1'], test: ['sub-2', 'sub-3'] });
  const fair = model({}, { train: ['sub-4'], test: ['sub-2'] });
  const unfair = model({}, { train: ['sub-2'], test: ['sub-2'] });
  expect(trainedOn(a, fair, 'test')).toBe(false);
  expect(trainedOn(a, unfair, 'test')).toBe(true);
});
