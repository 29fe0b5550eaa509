import { describe, expect, test } from 'vitest';
import { isSameOrAny, overlapOf, pairsOf } from './experiment.ts';
import { people, PEOPLE_RULES } from './people.ts';
import { CLEAN, having, row, set, TEST, TRAIN, VALIDATION } from './testing/experiments.ts';
import type { Experiment } from './experiment.ts';

const examine = (code: string, experiment: Experiment) => {
  const rule = PEOPLE_RULES.find((one) => one.code === code);
  if (rule === undefined) throw new Error(`no rule ${code}`);
  return rule.examine(experiment);
};

describe('sets that must be apart', () => {
  test('are those of different roles in one split; a set without a split belongs to all', () => {
    const sets = [
      set('test', TEST),
      set('validation of split-0', VALIDATION),
      set('train of split-0', TRAIN),
      set('train of split-1', TRAIN),
    ];
    expect(pairsOf(sets).map(({ where }) => where)).toEqual([
      'validation of split-0 and test',
      'train of split-0 and test',
      'train of split-0 and validation of split-0',
      'train of split-1 and test',
    ]);
  });

  test('do not meet in different splits, nor do two of one role', () => {
    const sets = [set('train of split-0', TRAIN), set('validation of split-1', TRAIN)];
    expect(pairsOf([...sets, set('train', TRAIN)]).map(({ where }) => where)).toEqual([
      'train and validation of split-1',
    ]);
  });
});

describe('two lists of people', () => {
  const person = (participant: string, cohort?: string) => ({ participant, cohort });

  test('share those of one cohort or of an unknown one', () => {
    const first = [person('a', 'X'), person('b'), person('c', 'X'), person('d', 'X')];
    const second = [person('d', 'X'), person('c', 'Y'), person('b', 'Y'), person('a'), person('e')];
    expect(overlapOf(first, second)).toEqual({ same: ['a', 'b', 'd'], elsewhere: ['c'] });
  });

  test('share someone who has a match among several cohorts, whichever comes first', () => {
    const both = [person('a', 'X'), person('a', 'Y')];
    expect(overlapOf(both, [person('a', 'Z'), person('a', 'Y')]).same).toEqual(['a']);
    expect(overlapOf(both, [person('a', 'Y'), person('a', 'Z')]).same).toEqual(['a']);
    expect(overlapOf(both, [person('a', 'Z')])).toEqual({ same: [], elsewhere: ['a'] });
  });

  test('know names that may be unknown', () => {
    expect([isSameOrAny(1, 1), isSameOrAny(1, 2), isSameOrAny(1, undefined)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(isSameOrAny(undefined, 0)).toBe(true);
  });
});

describe('shared participants', () => {
  test('are told by place, with what was looked at', () => {
    const experiment = having(set('validation', [...VALIDATION, ...TRAIN.slice(0, 2)]));
    expect(examine('LEAKAGE_PARTICIPANTS', experiment)).toEqual({
      looked: '7 participants in 3 pairs of sets',
      cases: [
        { severity: 'error', where: 'train and validation', participants: ['sub-A1', 'sub-A2'] },
      ],
    });
  });

  test('need two sets', () => {
    expect(examine('LEAKAGE_PARTICIPANTS', { sets: [set('train', TRAIN)] })).toEqual({
      unchecked: 'no two sets that must be apart',
    });
  });
});

describe('divided sessions', () => {
  const divided = (train: readonly string[], test: readonly string[]) => {
    const examined = examine('LEAKAGE_SESSIONS', {
      sets: [set('train', train), set('test', test)],
    });
    return 'cases' in examined ? examined.cases : [];
  };

  test('are those that the two sets have none of in common, with an example', () => {
    const train = ['sub-1 ses-M000', 'sub-2 ses-M000', 'sub-1 ses-M006', 'sub-3 ses-M000'];
    const test = ['sub-1 ses-M012', 'sub-2 ses-M000', 'sub-2 ses-M006'];
    expect(divided(train, test)).toEqual([
      {
        ...{ severity: 'error', where: 'train and test', participants: ['sub-1'] },
        detail: 'sub-1: ses-M000, ses-M006 in train, ses-M012 in test',
      },
    ]);
  });

  test('an example names three sessions of a set at most', () => {
    const train = ['0', '1', '2', '3', '4'].map((month) => `sub-1 ses-M00${month}`);
    expect(divided(train, ['sub-1 ses-M012'])[0]?.detail).toBe(
      'sub-1: ses-M000, ses-M001, ses-M002 in train, ses-M012 in test',
    );
  });

  test('a visit that is spelled in another way is the same visit', () => {
    expect(divided(['sub-1 ses-M06'], ['sub-1 ses-M006'])).toEqual([]);
  });

  test('parts of one session are divided too; the whole of it has every part', () => {
    const parts = (role: string, ...names: (string | undefined)[]) => ({
      ...set(role, []),
      rows: names.map((part) => row('sub-1 ses-M000', { part })),
    });
    const examined = (...sets: Experiment['sets']) => {
      const result = examine('LEAKAGE_SESSIONS', { sets });
      return 'cases' in result ? result.cases.map(({ detail }) => detail) : [];
    };
    expect(examined(parts('train', '1', '2'), parts('test', '3'))).toEqual([
      'sub-1: ses-M000 part 1, ses-M000 part 2 in train, ses-M000 part 3 in test',
    ]);
    expect(examined(parts('train', '1', '2'), parts('test', '2', '3'))).toEqual([]);
    expect(examined(parts('train', '1'), parts('test', undefined))).toEqual([]);
    expect(examined(parts('train', undefined), parts('test', '1'))).toEqual([]);
  });
});

describe('ids of two cohorts', () => {
  const at = (name: string, cohort: string, ...ids: string[]) =>
    set(
      name,
      ids.map((id) => `${id} ses-M000`),
      { cohort },
    );

  test('are looked at where there are two named cohorts', () => {
    expect(examine('LEAKAGE_COHORT_IDS', CLEAN)).toEqual({ unchecked: 'one cohort' });
    const one = { sets: [at('train', 'X', 'a'), set('test', ['a ses-M000'])] };
    expect(examine('LEAKAGE_COHORT_IDS', one)).toEqual({ unchecked: 'one cohort' });
  });

  test('on two sides are an error, and are not told again as a warning', () => {
    const sets = [
      at('train', 'X', 'a', 'b'),
      at('validation', 'X', 'c'),
      at('test', 'Y', 'a', 'd'),
    ];
    const [first, ...others] = sets;
    const both = [
      { ...set('train', []), rows: [...(first?.rows ?? []), ...at('train', 'Y', 'b').rows] },
    ];
    expect(examine('LEAKAGE_COHORT_IDS', { sets: [...both, ...others] })).toEqual({
      looked: '6 participants of 2 cohorts',
      cases: [
        { severity: 'error', where: 'train and test', participants: ['a'] },
        { severity: 'warning', where: 'cohorts X, Y', participants: ['b'] },
      ],
    });
  });

  test('without a cohort are nobody else', () => {
    const sets = [at('train', 'X', 'a'), at('train again', 'Y', 'b'), set('test', ['c ses-M000'])];
    const rows = [...(sets[2]?.rows ?? []), row('a ses-M000')];
    const examined = examine('LEAKAGE_COHORT_IDS', {
      sets: [...sets, { ...set('test too', []), rows }],
    });
    expect(examined).toMatchObject({ cases: [] });
  });
});

describe('ids that are alike', () => {
  test('are looked for among people of pre-training too', () => {
    const seen = [{ participant: 'sub-c1', session: 'ses-M000' }];
    const examined = examine('LEAKAGE_IDS_ALIKE', {
      ...CLEAN,
      ancestors: [{ name: 'source', kind: 'transfer', seen }],
    });
    expect(examined).toEqual({
      looked: '8 ids',
      cases: [
        {
          ...{ severity: 'warning', where: 'ids', participants: ['sub-C1', 'sub-c1'] },
          detail: 'sub-C1 = sub-c1',
        },
      ],
    });
  });

  test('are told once, whatever the cohorts in which they meet', () => {
    const sets = ['X', 'Y'].map((cohort) =>
      set(`train ${cohort}`, ['sub-1 ses-M000', 'sub-01 ses-M000'], { cohort }),
    );
    const examined = examine('LEAKAGE_IDS_ALIKE', { sets });
    expect('cases' in examined && examined.cases).toHaveLength(1);
  });

  test('meet across a named and an unknown cohort', () => {
    const sets = [
      set('train', ['sub-1 ses-M000'], { cohort: 'X' }),
      set('test', ['sub-01 ses-M000']),
    ];
    const examined = examine('LEAKAGE_IDS_ALIKE', { sets });
    expect('cases' in examined && examined.cases).toHaveLength(1);
  });
});

test('counts people of two cohorts as two', () => {
  const rows = [row('a x'), row('a y'), row('a x', { cohort: 'X' }), row('b x')];
  expect(people(rows)).toBe('3 participants');
  expect(people(rows.slice(0, 2))).toBe('1 participant');
});
