import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sessionName } from '../tsv/sessions.ts';
import type { LabelledSession } from './cohort-table.ts';
import { balanceOf, counts, makeSets, SET_NAMES, type SetsChoice } from './make-sets.ts';

const CLASSES = ['AD', 'CN', 'MCI'];
const CHOICE: SetsChoice = { classes: CLASSES, validationShare: 0.2, testShare: 0.2, seed: 1 };

const cohort = fc
  .array(
    fc.record({ label: fc.constantFrom(...CLASSES), sessions: fc.integer({ min: 1, max: 4 }) }),
    {
      minLength: 9,
      maxLength: 80,
    },
  )
  .map((people) =>
    people.flatMap(({ label, sessions }, i) =>
      Array.from({ length: sessions }, (_, s) => ({
        participant: `sub-${String(i).padStart(3, '0')}`,
        session: `ses-M${s}`,
        label,
      })),
    ),
  )
  .filter((rows) => CLASSES.every((label) => people(rows, label).size >= 3));
const shares = fc.record({
  validationShare: fc.constantFrom(0, 0.1, 0.25, 0.5),
  testShare: fc.constantFrom(0, 0.1, 0.25, 0.5),
  seed: fc.nat(),
});

function people(rows: readonly LabelledSession[], label?: string): Set<string> {
  const wanted = rows.filter((row) => label === undefined || row.label === label);
  return new Set(wanted.map(({ participant }) => participant));
}

describe('for every cohort', () => {
  test('no participant stands in two sets, and every session stands in one', () => {
    fc.assert(
      fc.property(cohort, shares, (rows, choice) => {
        const sets = makeSets(rows, { ...CHOICE, ...choice });
        const all = SET_NAMES.flatMap((name) => sets[name]);
        expect(all.map(sessionName).sort()).toEqual(rows.map(sessionName).sort());
        const persons = SET_NAMES.flatMap((name) => [...people(sets[name])]);
        expect(new Set(persons).size).toBe(persons.length);
      }),
    );
  });

  test('each class has its share of each set, give or take one, and at least one person', () => {
    fc.assert(
      fc.property(cohort, shares, (rows, choice) => {
        const sets = makeSets(rows, { ...CHOICE, ...choice });
        for (const label of CLASSES) {
          const total = people(rows, label).size;
          for (const [name, share] of [
            ['validation', choice.validationShare],
            ['test', choice.testShare],
          ] as const) {
            const size = people(sets[name], label).size;
            expect(Math.abs(size - share * total)).toBeLessThanOrEqual(1);
            expect(size > 0).toBe(share > 0);
          }
          expect(people(sets.train, label).size).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('the order of the rows changes nothing', () => {
    fc.assert(
      fc.property(cohort, shares, (rows, choice) => {
        const name = (sets: ReturnType<typeof makeSets>) =>
          SET_NAMES.map((set) => sets[set].map(sessionName).sort());
        const options = { ...CHOICE, ...choice };
        expect(name(makeSets([...rows].reverse(), options))).toEqual(name(makeSets(rows, options)));
      }),
    );
  });
});

// From a first run: what someone published with a seed must come back in later versions.
const GOLDEN = ['sub-6', 'sub-11', 'sub-17', 'sub-18'];
const person = (participant: string, label: string, session = 'ses-M0'): LabelledSession => ({
  participant,
  session,
  label,
});
const twenty = Array.from({ length: 20 }, (_, i) => person(`sub-${i}`, i % 2 === 0 ? 'AD' : 'CN'));

test('the same seed gives the same sets for ever, another one others', () => {
  const test1 = makeSets(twenty, CHOICE).test.map(({ participant }) => participant);
  expect(test1).toEqual(GOLDEN);
  expect(
    makeSets(twenty, { ...CHOICE, seed: 2 }).test.map(({ participant }) => participant),
  ).not.toEqual(test1);
});

test('a class that takes part or not leaves the others where they were', () => {
  const more = [...twenty, person('sub-a', 'MCI'), person('sub-b', 'MCI'), person('sub-c', 'MCI')];
  const without = makeSets(twenty, CHOICE).validation;
  expect(makeSets(more, CHOICE).validation.filter(({ label }) => label !== 'MCI')).toEqual(without);
});

test('leaves out other labels and excluded sessions', () => {
  const rows = [...twenty, person('sub-x', 'FTD')];
  const sets = makeSets(rows, { ...CHOICE, excluded: ['sub-0/ses-M0'] });
  const all = SET_NAMES.flatMap((name) => sets[name]).map(({ participant }) => participant);
  expect(all).toHaveLength(19);
  expect(all).not.toContain('sub-x');
  expect(all).not.toContain('sub-0');
});

test('someone whose label changes is drawn with the first one and stays in one set', () => {
  const rows = twenty.flatMap((row) => [row, { ...row, session: 'ses-M1', label: 'MCI' }]);
  const sets = makeSets(rows, CHOICE);
  expect(balanceOf(sets, CLASSES).validation).toEqual({ AD: 2, CN: 2, MCI: 4 });
});

test('counts every class in every set', () => {
  expect(balanceOf(makeSets(twenty, { ...CHOICE, testShare: 0 }), CLASSES)).toEqual({
    train: { AD: 8, CN: 8, MCI: 0 },
    validation: { AD: 2, CN: 2, MCI: 0 },
    test: { AD: 0, CN: 0, MCI: 0 },
  });
});

test.each([
  [1, 0.2, 0.2, [0, 0]],
  [2, 0.2, 0.2, [1, 0]],
  [3, 0.2, 0.2, [1, 1]],
  [3, 0.5, 0.1, [1, 1]],
  [100, 0.5, 0.5, [49, 50]],
  [5, 0.5, 0.5, [2, 2]],
  [10, 0, 0.25, [0, 3]],
])('%i participants, shares %d and %d: %j', (total, validation, test, expected) => {
  expect(counts(total, validation, test)).toEqual(expected);
});

test('refuses one class, and a wanted set that stays empty', () => {
  expect(() => makeSets(twenty, { ...CHOICE, classes: ['AD'] })).toThrow(/LABEL_ONE_CLASS.*"AD"/);
  const pair = [person('sub-1', 'AD'), person('sub-2', 'CN')];
  expect(() => makeSets(pair, CHOICE)).toThrow(/SPLIT_EMPTY.*validation/);
});

test('leaving a participant out moves nobody else to another set', () => {
  const rows = ['AD', 'CN'].flatMap((label) =>
    Array.from({ length: 20 }, (_, index) => ({
      ...{ participant: `sub-${label}${index}`, session: 'ses-M000', label },
    })),
  );
  const choice = { classes: ['AD', 'CN'], validationShare: 0.2, testShare: 0.2, seed: 3 };
  const before = makeSets(rows, choice);
  const gone = before.test[0]?.participant;
  const after = makeSets(rows, { ...choice, excluded: [`${gone}/ses-M000`] });
  for (const name of ['train', 'validation', 'test'] as const) {
    const stay = before[name].filter(({ participant }) => participant !== gone);
    expect(after[name]).toEqual(stay);
  }
});
