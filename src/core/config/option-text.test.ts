import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../labels/testing/tables.ts';
import { optionText, optionValue } from './option-text.ts';
import { optionsOf, TASKS } from './schema.ts';
import { optionValues } from './testing/random-config.ts';

const placed = (key: string) => {
  const found = optionsOf('classification').find((option) => option.key === key);
  if (found === undefined) throw new Error(key);
  return found;
};
const read = (key: string, text: string): unknown => optionValue(placed(key), text);

describe.each(TASKS)('%s', (task) => {
  test.each(optionsOf(task).map((option) => [option.key, option] as const))(
    'every value of %s comes back from its text',
    (_key, option) => {
      fc.assert(
        fc.property(optionValues(option.option), (value) => {
          expect(optionValue(option, optionText(option.option, value))).toEqual(value);
        }),
        { numRuns: 60 },
      );
    },
  );
});

test('lists and tables are read as people type them', () => {
  expect(read('selection_metrics', ' loss ,BA')).toEqual(['loss', 'BA']);
  expect(read('split', '0, 2')).toEqual([0, 2]);
  expect(read('split', '')).toEqual([]);
  expect(read('label_code', 'AD = 0, "a, b"=1')).toEqual({ AD: 0, 'a, b': 1 });
  expect(read('data_augmentation', 'false')).toBe(false);
  expect(optionText(placed('label_code').option, { AD: 0, 'a=b': 1 })).toBe('AD=0, "a=b"=1');
});

test.each([
  ['epochs', '0', '"epochs" to be a whole number of at least 1'],
  ['epochs', '2.5', '"epochs" to be a whole number of at least 1'],
  ['epochs', '', '"epochs" to be a whole number of at least 1'],
  ['dropout', '0x1', '"dropout" to be a number from 0 to 1'],
  ['dropout', '1.5', '"dropout" to be a number from 0 to 1'],
  ['amp', 'yes', '"amp" to be true or false'],
  ['selection_metrics', 'loss,,BA', '"selection_metrics" to be a list of one or more texts'],
  ['selection_metrics', '', '"selection_metrics" to be a list of one or more texts'],
  ['selection_metrics', 'loss "BA"', '"selection_metrics" to be a list of one or more texts'],
  ['split', '1, x', '"split" to be a list of whole numbers of at least 0'],
  ['label_code', 'AD', '"label_code" to be a table of labels and whole numbers'],
  ['label_code', 'AD=zero', '"label_code" to be a table of labels and whole numbers'],
])('%s refuses "%s", saying what it takes and what was typed', (key, text, expected) => {
  const problem = thrownBy(() => read(key, text));
  expect(problem.code).toBe('CONFIG_VALUE');
  expect(problem.expected).toContain(expected);
  expect(problem.found).toBe(JSON.stringify(text));
});

test('a name that is nearly right is told', () => {
  expect(thrownBy(() => read('optimizer', 'adam')).action).toBe('Did you mean "Adam"?');
});
