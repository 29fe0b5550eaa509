import { expect, test } from 'vitest';
import { labelColumn } from './label-column.ts';
import { mergeConfig } from './parse.ts';
import { sharedOptions } from './shared-options.ts';

test('what was changed and means the same goes along to another task, nothing else', () => {
  const config = mergeConfig('classification', {
    ...{ epochs: 3, seed: 7, label: 'sex', architecture: 'Conv4_FC3', loss: 'MultiMarginLoss' },
    ...{ selection_metrics: ['BA'], selection_threshold: 0.5 },
  });
  expect(sharedOptions(config, 'regression')).toEqual({ epochs: 3, seed: 7 });
  expect(sharedOptions(mergeConfig('regression', {}), 'classification')).toEqual({});
});

test('a reconstruction predicts no column', () => {
  expect(labelColumn(mergeConfig('reconstruction', {}))).toBe('');
  expect(labelColumn(mergeConfig('regression', {}))).toBe('age');
});
