import { describe, expect, test } from 'vitest';
import { stream } from '../random/philox.ts';
import { chiSquareTest } from '../statistics/chi-square.ts';
import { studentTTest } from '../statistics/student-t.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import type { Table } from '../tsv/table.ts';
import { joinNotes, planSplit, type SplitOptions } from './plan-split.ts';
import { cells, cohort, COHORTS, made, people, small, SPLIT, tally } from './testing/cohorts.ts';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

const tablesOf = (source: NamedTable, options: Partial<SplitOptions> = {}) =>
  Object.fromEntries(planSplit(source, [], { ...SPLIT, ...options }).tables);
const recordOf = (source: NamedTable, options: Partial<SplitOptions> = {}) =>
  JSON.parse(planSplit(source, [], { ...SPLIT, ...options }).record.text) as unknown;

/** First sessions by id, straight from the rows: the ids of the fixtures sort like their months. */
function firstSessions(table: Table): string[] {
  const first = new Map<string, string>();
  const sessions = cells(table, 'session_id');
  cells(table, 'participant_id').forEach((participant, row) => {
    const best = first.get(participant);
    const session = sessions[row] ?? '';
    if (best === undefined || session < best) first.set(participant, session);
  });
  return [...first].map(([participant, session]) => `${participant}/${session}`).sort();
}

const rowNames = (table: Table | undefined): string[] => {
  const sessions = cells(table, 'session_id');
  return cells(table, 'participant_id').map((name, row) => `${name}/${sessions[row]}`);
};

describe.each(COHORTS)('%s, over 200 seeds', (name) => {
  const source = cohort(name);
  const everyone = people(source.table).sort();
  const size = Math.trunc(0.2 * everyone.length);
  const plans = SEEDS.map((seed) => tablesOf(source, { seed }));

  test('the sets divide the participants, the other one has the size that was asked for', () => {
    for (const sets of plans) {
      const [train, subset] = [people(sets['train.tsv']), people(sets['test_baseline.tsv'])];
      expect(subset).toHaveLength(size);
      expect([...train, ...subset].sort()).toEqual(everyone);
    }
  });

  test('training has all sessions of its participants, baselines the first of each', () => {
    for (const sets of plans) {
      const train = new Set(people(sets['train.tsv']));
      const sessions = rowNames(source.table).filter((row) => train.has(row.split('/')[0] ?? ''));
      expect(rowNames(sets['train.tsv'])).toEqual(sessions.sort());
      const baselines = [
        ...rowNames(sets['train_baseline.tsv']),
        ...rowNames(sets['test_baseline.tsv']),
      ];
      expect(baselines.sort()).toEqual(firstSessions(source.table));
      expect(people(sets['train_baseline.tsv'])).toEqual([...train]);
    }
  });

  test('ages and sexes meet the thresholds, sexes by their counts', () => {
    for (const sets of plans) {
      const { pAge, pSex } = tested(sets);
      expect(pAge).toBeGreaterThanOrEqual(0.8);
      expect(pSex).toBeGreaterThanOrEqual(0.8);
    }
  });

  test('each diagnosis has its share, give or take one', () => {
    for (const sets of plans) {
      const subset = tally(cells(sets['test_baseline.tsv'], 'diagnosis'));
      const train = tally(cells(sets['train_baseline.tsv'], 'diagnosis'));
      for (const [diagnosis, count] of Object.entries(subset)) {
        const exact = ((count + (train[diagnosis] ?? 0)) * size) / everyone.length;
        expect(Math.abs(count - exact)).toBeLessThan(1);
      }
    }
  });

  test('the same seed draws the same, whatever the order of the rows; others draw otherwise', () => {
    const order = stream(5, 'rows').shuffle(source.table.rows.map((_row, index) => index));
    const rows = order.map((row) => source.table.rows[row] ?? []);
    const mixed = { ...source, table: { ...source.table, rows } };
    const drawn = plans.map((sets) => people(sets['test_baseline.tsv']).join());
    for (const seed of SEEDS.slice(0, 20)) expect(tablesOf(mixed, { seed })).toEqual(plans[seed]);
    expect(new Set(drawn).size).toBe(200);
  });

  test('with --compat the thresholds are met by the statistic of 1.6.1', () => {
    const options = { compat: '1.6.1', nTest: 5 } as const;
    const counts: number[] = [];
    for (const seed of SEEDS) {
      const { pAge, pSexOfProportions, pSex } = tested(tablesOf(source, { ...options, seed }));
      expect(pAge).toBeGreaterThanOrEqual(0.8);
      expect(pSexOfProportions).toBeGreaterThanOrEqual(0.8);
      counts.push(pSex);
    }
    // What the counts of so small a set cannot have, the proportions pretend.
    expect(Math.max(...counts)).toBeLessThan(0.8);
  });

  test('a categorical variable is balanced within each diagnosis', () => {
    const site = cells(source.table, 'participant_id').map((id) => `S${Number(id.slice(-1)) % 3}`);
    const table = {
      columns: [...source.table.columns, 'site'],
      rows: source.table.rows.map((row, index) => [...row, site[index] ?? '']),
    };
    const cross = (sets: Record<string, Table>, file: string) => {
      const sites = cells(sets[file], 'site');
      return tally(cells(sets[file], 'diagnosis').map((label, row) => `${label} ${sites[row]}`));
    };
    for (const seed of SEEDS) {
      const options = { seed, categoricalSplitVariable: 'site' };
      const sets = tablesOf({ ...source, table }, options);
      const [subset, train] = [cross(sets, 'test_baseline.tsv'), cross(sets, 'train_baseline.tsv')];
      const strata = Object.keys(train);
      expect(strata).toHaveLength(6);
      for (const stratum of strata) {
        const exact = (((subset[stratum] ?? 0) + (train[stratum] ?? 0)) * size) / everyone.length;
        // One for the share of the diagnosis, one for that of the site within it.
        expect(Math.abs((subset[stratum] ?? 0) - exact)).toBeLessThan(2);
      }
      expect(tested(sets).pSex).toBeGreaterThanOrEqual(0.8);
    }
  });
});

function tested(sets: Record<string, Table>) {
  const [subset, train] = [sets['test_baseline.tsv'], sets['train_baseline.tsv']];
  const ages = [subset, train].map((table) => cells(table, 'age').map(Number));
  const sexes = [subset, train].map((table) => tally(cells(table, 'sex')));
  const share = (set: Record<string, number> | undefined, sex: string) =>
    (set?.[sex] ?? 0) / ((set?.['F'] ?? 0) + (set?.['M'] ?? 0));
  const [seen, awaited] = sexes.map((set) => ['F', 'M'].map((sex) => share(set, sex)));
  const count = subset?.rows.length ?? 0;
  const times = (shares: number[] | undefined) => (shares ?? []).map((part) => part * count);
  return {
    pAge: studentTTest(ages[0] ?? [], ages[1] ?? []).p,
    pSex: chiSquareTest(times(seen), times(awaited)).p,
    pSexOfProportions: chiSquareTest(seen ?? [], awaited ?? []).p,
  };
}

describe('the size of the set', () => {
  const source = cohort('cohort-5'); // 120 participants
  const lenient = { pAgeThreshold: 0, pSexThreshold: 0 };
  const sizeOf = (nTest: number) =>
    people(tablesOf(source, { ...lenient, nTest })['test_baseline.tsv']).length;

  test.each([
    [1, 1],
    [20.9, 20],
    [119, 119],
    [0.5, 60],
    [0.29, 34],
    [0.999, 119],
  ])('--n_test %d takes %d of 120', (nTest, expected) => {
    expect(sizeOf(nTest)).toBe(expected);
  });

  test('is 100 by default', () => {
    const sets = tablesOf(source, { ...lenient, nTest: undefined });
    expect(people(sets['test_baseline.tsv'])).toHaveLength(100);
    expect(recordOf(source, { ...lenient, nTest: undefined })).toMatchObject({ n_test: 100 });
  });

  test.each([
    [120, '120'],
    [5000, '5000'],
    [0.001, '0, the share 0.001 of them'],
  ])('--n_test %d is refused', (nTest, found) => {
    expect(() => sizeOf(nTest)).toThrow(`expected 1 to 119 of the 120 participants`);
    expect(() => sizeOf(nTest)).toThrow(`found ${found}.`);
  });

  test('0 makes no training set, as documented; with --compat everyone trains', () => {
    const whole = tablesOf(source, { nTest: 0, validLongitudinal: true });
    expect(Object.keys(whole)).toEqual(['test_baseline.tsv', 'test.tsv']);
    expect(whole['test.tsv']?.rows).toHaveLength(320);
    const old = tablesOf(source, { nTest: 0, compat: '1.6.1' });
    expect(Object.keys(old)).toEqual(['train.tsv', 'train_baseline.tsv']);
    expect(old['train_baseline.tsv']?.rows).toHaveLength(120);
  });
});

test('all sessions of the other set are written where they are asked for', () => {
  const source = cohort('cohort-11');
  const sets = tablesOf(source, { validLongitudinal: true });
  expect(people(sets['test.tsv'])).toEqual(people(sets['test_baseline.tsv']));
  const rows = [...rowNames(sets['test.tsv']), ...rowNames(sets['train.tsv'])];
  expect(rows.sort()).toEqual(rowNames(source.table).sort());
});

describe('--ignore_demographics', () => {
  const bare = made(40, {});

  test('draws everyone alike and needs no other column', () => {
    const drawn = SEEDS.flatMap((seed) =>
      people(tablesOf(bare, { ignoreDemographics: true, nTest: 10, seed })['test_baseline.tsv']),
    );
    const counts = Object.values(tally(drawn));
    // 200 draws of a quarter: 50 times each, with a standard deviation of 6.
    expect(counts).toHaveLength(40);
    expect(Math.min(...counts)).toBeGreaterThan(25);
    expect(Math.max(...counts)).toBeLessThan(75);
  });

  test('still balances a categorical variable', () => {
    const sites = made(40, { site: (index) => (index < 8 ? 'A' : 'B') });
    for (const seed of SEEDS) {
      const options = { ignoreDemographics: true, categoricalSplitVariable: 'site', nTest: 10 };
      const sets = tablesOf(sites, { ...options, seed });
      expect(tally(cells(sets['test_baseline.tsv'], 'site'))).toEqual({ A: 2, B: 8 });
    }
  });
});

describe('--multi-diagnoses', () => {
  const source = cohort('cohort-5');

  test('takes a quarter that is alike in all columns, or the size that is asked for', () => {
    const quarter = tablesOf(source, { multiDiagnoses: true, nTest: undefined });
    expect(people(quarter['test_baseline.tsv'])).toHaveLength(30);
    expect(tested(quarter).pAge).toBeGreaterThan(0.5);
    const ten = tablesOf(source, { multiDiagnoses: true, nTest: 10 });
    expect(people(ten['test_baseline.tsv'])).toHaveLength(10);
  });

  test('with --compat takes a quarter whatever is asked, of participants all the same', () => {
    const sets = tablesOf(source, { multiDiagnoses: true, nTest: 10, compat: '1.6.1' });
    const subset = people(sets['test_baseline.tsv']);
    expect(subset).toHaveLength(30);
    expect(people(sets['train.tsv']).filter((name) => subset.includes(name))).toEqual([]);
  });

  test('is recorded with its p-value, and not with --compat', () => {
    const options = { multiDiagnoses: true, nTest: undefined };
    expect(recordOf(source, options)).toMatchObject({ n_test: 0.25, mullti_diagnoses: true });
    expect(recordOf(source, options)).toHaveProperty('p_ks');
    expect(recordOf(source, { ...options, compat: '1.6.1' })).not.toHaveProperty('p_ks');
  });
});

test('the record says what was asked and what was found', () => {
  expect(recordOf(cohort('cohort-5'), { nTest: 20, seed: 3 })).toEqual({
    ...{ n_test: 20, subset_name: 'test', p_age_threshold: 0.8, p_sex_threshold: 0.8 },
    ...{ categorical_split_variable: null, ignore_demographics: false, mullti_diagnoses: false },
    ...{ seed: 3, draws: expect.any(Number), p_age: expect.any(Number), p_sex: expect.any(Number) },
  });
});

test('tells how large the sets are and how they were found', () => {
  const { notes } = planSplit(cohort('cohort-5'), [], { ...SPLIT, nTest: 20 });
  expect(notes[0]).toMatch(/^train: 100 participants, \d+ sessions$/);
  expect(notes[1]).toMatch(/^test: 20 participants, \d+ sessions$/);
  expect(notes[2]).toMatch(/^seed 0, draws \d+, p_age 0\.\d+, p_sex (0\.\d+|1)$/);
});

describe('what is refused', () => {
  const source = cohort('cohort-5');

  test.each([
    [{ nTest: -1 }, 'n_test'],
    [{ nTest: NaN }, 'n_test'],
    [{ pAgeThreshold: 1.1 }, 'p_age_threshold'],
    [{ pSexThreshold: -0.1 }, 'p_sex_threshold'],
    [{ subsetName: 'train' }, 'subset_name'],
    [{ subsetName: '../x' }, 'subset_name'],
    [{ multiDiagnoses: true, ignoreDemographics: true }, '--ignore_demographics'],
    [{ multiDiagnoses: true, categoricalSplitVariable: 'a' }, '--categorical_split_variable'],
  ])('%j', (options, named) => {
    expect(() => tablesOf(source, options)).toThrow(new RegExp(`CONFIG_VALUE.*${named}`));
  });

  test('a variable that no table has', () => {
    expect(() => tablesOf(source, { categoricalSplitVariable: 'site' })).toThrow(
      /TSV_COLUMN.*column "site".*labels\.tsv of the folders above/,
    );
  });

  test('a cohort without diagnosis, age or sex', () => {
    const poor = small('participant_id session_id sex', 'sub-1 ses-1 F', 'sub-2 ses-1 M');
    expect(() => tablesOf(poor)).toThrow(/TSV_COLUMN.*column "diagnosis"/);
  });
});

describe('what is told', () => {
  const failure = (source: NamedTable, nTest: number) => {
    try {
      planSplit(source, [], { ...SPLIT, nTest });
    } catch (thrown) {
      return (thrown as { problem: { found: string } }).problem.found;
    }
    throw new Error('nothing was thrown');
  };

  test.each([
    [0.001, '0, the share 0.001 of them'],
    [500, '500'],
  ])('a size of %d that is none', (nTest, found) => {
    expect(failure(cohort(COHORTS[0] ?? ''), nTest)).toBe(found);
  });

  test('one is a number of participants, not a share', () => {
    const single = small('participant_id session_id diagnosis age sex', 'sub-1 ses-M000 AD 70 F');
    expect(failure(single, 1)).toBe('1');
  });

  test('where columns came from, and what was lost', () => {
    const completed = { ...cohort(COHORTS[0] ?? ''), file: 'a.tsv', joined: 'b.tsv', lost: 0 };
    const said = 'a.tsv: missing columns were taken from b.tsv';
    expect(joinNotes(completed)).toEqual([said]);
    const lost = `${said}; sessions that it does not have, left out: 2`;
    expect(joinNotes({ ...completed, lost: 2 })).toEqual([lost]);
    const one = `${said}; sessions that it does not have, left out: 1`;
    expect(joinNotes({ ...completed, lost: 1 })).toEqual([one]);
  });

  test('the record is indented by four, as Python writes it', () => {
    const { record } = planSplit(cohort(COHORTS[0] ?? ''), [], SPLIT);
    expect(record.text).toMatch(/^\{\n {4}"n_test": /);
    expect(record.text).toContain('"categorical_split_variable": null');
  });

  test('sizes of both sets, and how alike they are', () => {
    const { notes } = planSplit(cohort(COHORTS[0] ?? ''), [], SPLIT);
    expect(notes.filter((note) => /^(train|test)/.test(note))).toHaveLength(2);
    expect(notes.at(-1)).toMatch(/^seed 0, draws \d+, p_age 0\.\d+, p_sex [01]/);
    const without = planSplit(cohort(COHORTS[0] ?? ''), [], { ...SPLIT, ignoreDemographics: true });
    expect(without.notes.at(-1)).not.toContain('p_age');
  });
});
