import { expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import { optionsOf, TASKS } from '../../core/config/schema.ts';
import { configureStrings } from '../strings-configure.ts';
import { fieldGroups, listChoices, toggled, type Wanted } from './config-fields.ts';
import { PATHS, placeOf } from './config-places.ts';

const words = configureStrings.configure;
const all: Wanted = {
  ...{ search: '', changedOnly: false, invalid: new Set<string>() },
  wordsOf: (key, section) => `${words.names[key] ?? ''} ${words.sections[section] ?? ''}`,
};
const keys = (groups: ReturnType<typeof fieldGroups>): string[] =>
  groups.flatMap(({ fields }) => fields.map(({ key }) => key));
const placed = (key: string) => {
  const found = optionsOf('classification').find((option) => option.key === key);
  if (found === undefined) throw new Error(key);
  return found;
};

test.each(TASKS)(
  'every option of a %s stands in the form once, here or with its reason',
  (task) => {
    const config = mergeConfig(task, {});
    const [here, elsewhere] = [fieldGroups(config, true, all), fieldGroups(config, false, all)];
    const known = optionsOf(task).map(({ key }) => key);
    expect([...keys(here), ...keys(elsewhere)].sort()).toEqual([...known].sort());
    expect(keys(here).every((key) => placeOf(key) === 'form')).toBe(true);
    // Each has a name in plain words, and each section a title.
    expect(known.filter((key) => words.names[key] === undefined)).toEqual([]);
    expect([...here, ...elsewhere].filter(({ section }) => !words.sections[section])).toEqual([]);
  },
);

test('places and words are those of options that there are', () => {
  const known = new Set(TASKS.flatMap((task) => optionsOf(task).map(({ key }) => key)));
  expect(Object.keys(words.names).filter((key) => !known.has(key))).toEqual([]);
  expect(Object.keys(words.effects).filter((key) => !known.has(key))).toEqual([]);
  expect([...PATHS].filter((key) => !known.has(key))).toEqual([]);
});

test('words are looked for in key, name, help and section; all of them must be there', () => {
  const config = mergeConfig('classification', {});
  const found = (search: string) => keys(fieldGroups(config, true, { ...all, search }));
  expect(found('weight_dec')).toEqual(['weight_decay']);
  expect(found('WEIGHT towards')).toContain('weight_decay');
  expect(found('how it learns patience')).toEqual(['patience']);
  expect(found('xyzzy')).toEqual([]);
});

test('changed ones are those with another value, or with a field that cannot be used', () => {
  const config = mergeConfig('classification', { epochs: 3 });
  const wanted = { ...all, changedOnly: true, invalid: new Set(['dropout']) };
  expect(keys(fieldGroups(config, true, wanted))).toEqual(['dropout', 'epochs']);
});

test('a list is chosen from names: in their order, none of them meaning none', () => {
  const augmentation = placed('data_augmentation');
  const names = listChoices(augmentation, 'classification') ?? [];
  expect(names).toContain('Noise');
  expect(names).not.toContain('None');
  expect(toggled(augmentation, false, 'Motion', names)).toBe('Motion');
  expect(toggled(augmentation, ['Motion'], 'Noise', names)).toBe('Noise, Motion');
  expect(toggled(augmentation, ['Motion'], 'Motion', names)).toBe('false');
  const metrics = placed('selection_metrics');
  expect(listChoices(metrics, 'regression')).toEqual(['loss', 'R2_score', 'MAE', 'RMSE']);
  // Metrics that another program knows stay.
  expect(toggled(metrics, ['mine'], 'loss', ['loss', 'BA'])).toBe('loss, mine');
  expect(toggled(metrics, ['loss'], 'loss', ['loss', 'BA'])).toBe('');
  expect(listChoices(placed('epochs'), 'classification')).toBeUndefined();
});
