import { describe, expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import type { PartialConfig } from '../../core/config/schema.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { numberOfLabel, readSets, seenInTables, type SetsPlace } from './read-sets.ts';

const table = (...rows: string[]) =>
  ['participant_id session_id diagnosis', ...rows, ''].join('\n').replaceAll(' ', '\t');
const place = (
  train: readonly string[],
  validation: readonly string[],
  more: Partial<SetsPlace> & { above?: readonly string[] } = {},
): SetsPlace => {
  const { above, ...rest } = more;
  return {
    tables: new MemoryTree('study', {
      'split/train.tsv': table(...train),
      'split/validation_baseline.tsv': table(...validation),
      ...(above === undefined ? {} : { 'train.tsv': table(...above) }),
    }),
    ...{ tablesFolder: 'split', ...rest },
  };
};
const config = (given: PartialConfig = {}) => mergeConfig('classification', given);
const A = place(['sub-1 ses-1 CN', 'sub-2 ses-1 AD'], ['sub-3 ses-1 CN'], {
  ...{ cohort: 'A', diagnoses: ['AD', 'CN'], above: ['sub-1 ses-1 CN', 'sub-9 ses-1 AD'] },
});
const B = place(['sub-1 ses-1 AD', 'sub-5 ses-1 CN'], ['sub-6 ses-1 AD'], {
  ...{ cohort: 'B', diagnoses: ['AD'] },
});

describe('several cohorts', () => {
  test('give their rows one after the other, each those of its own diagnoses', async () => {
    const { all, sessions, code } = await readSets(config(), [A, B]);
    const split = all.get(0);
    const short = (rows: typeof sessions = []) =>
      rows.map(({ cohort, participant, label }) => `${cohort} ${participant} ${label}`);
    expect(short(split?.train)).toEqual(['A sub-1 CN', 'A sub-2 AD', 'B sub-1 AD']);
    expect(short(split?.validation)).toEqual(['A sub-3 CN', 'B sub-6 AD']);
    expect(short(sessions)).toHaveLength(5);
    expect(code).toEqual({ AD: 0, CN: 1 });
  });

  test('name the cohort whose tables are wrong', async () => {
    const broken = { ...B, tables: new MemoryTree('study') };
    await expect(readSets(config(), [A, broken])).rejects.toThrow(/SPLIT_MISSING.*\[B >/);
  });

  test('have the classes of all of them', async () => {
    const only = place(['sub-7 ses-1 MCI'], ['sub-8 ses-1 MCI'], {
      ...{ cohort: 'C', diagnoses: ['MCI'] },
    });
    const { code } = await readSets(config({ diagnoses: ['AD', 'CN', 'MCI'] }), [A, only]);
    expect(code).toEqual({ AD: 0, CN: 1, MCI: 2 });
  });

  test('are seen as their own tables say', async () => {
    const { all } = await readSets(config(), [A]);
    const seen = await seenInTables([A], [...all.values()]);
    expect(seen).toEqual([
      { participant: 'sub-1', session: 'ses-1', cohort: 'A' },
      { participant: 'sub-9', session: 'ses-1', cohort: 'A' },
    ]);
  });
});

describe('one cohort', () => {
  const single = place(['sub-1 ses-1 CN', 'sub-2 ses-1 AD'], ['sub-3 ses-1 CN']);

  test('has no name', async () => {
    const { all } = await readSets(config(), [single]);
    expect(all.get(0)?.train[0]).toEqual({ participant: 'sub-1', session: 'ses-1', label: 'CN' });
  });

  test('is refused with a validation label that training does not have', async () => {
    const odd = place(['sub-1 ses-1 CN', 'sub-2 ses-1 AD'], ['sub-3 ses-1 MCI']);
    const wanted = config({ diagnoses: ['AD', 'CN', 'MCI'] });
    await expect(readSets(wanted, [odd])).rejects.toMatchObject({
      ...{ code: 'TSV_VALUE', problem: { participant: 'sub-3' } },
    });
  });

  test('is refused for a fold that there is not', async () => {
    await expect(readSets(config({ split: [3] }), [single])).rejects.toMatchObject({
      code: 'SPLIT_MISSING',
    });
  });
});

describe('labels of the tasks', () => {
  const header = 'participant_id\tsession_id\tdiagnosis\tage\n';
  const ages = (...cells: string[]): SetsPlace => ({
    tables: new MemoryTree('study', {
      'split/train.tsv':
        header + cells.map((age, row) => `sub-${row}\tses-1\tCN\t${age}\n`).join(''),
      'split/validation_baseline.tsv': `${header}sub-9\tses-1\tCN\t50\n`,
    }),
    tablesFolder: 'split',
  });
  const regression = mergeConfig('regression', { diagnoses: ['CN'] });

  test('a regression takes numbers as they are written, and has no classes', async () => {
    const { sessions, label, code } = await readSets(regression, [ages('61.50', '7e1', '-3')]);
    expect([label, code]).toEqual(['age', {}]);
    expect(sessions.map((session) => session.label)).toEqual(['61.50', '7e1', '-3', '50']);
    const numbers = sessions.map((session) => numberOfLabel(regression, code, session.label));
    expect(numbers).toEqual([61.5, 70, -3, 50]);
  });

  test.each([
    ['old', '"old"'],
    ['', 'an empty cell'],
    ['n/a', '"n/a"'],
    ['inf', '"inf"'],
  ])('a regression refuses "%s", naming the row', async (cell, found) => {
    await expect(readSets(regression, [ages('60', cell)])).rejects.toMatchObject({
      code: 'TSV_VALUE',
      problem: { ...{ participant: 'sub-1', row: 3, column: 'age', expected: 'a number' }, found },
    });
  });

  test('a reconstruction needs none', async () => {
    const config = mergeConfig('reconstruction', { diagnoses: ['CN'] });
    const { label, code, sessions } = await readSets(config, [ages('', 'old')]);
    expect([label, code]).toEqual([undefined, {}]);
    expect(sessions.map((session) => session.label)).toEqual(['', '', '']);
    expect(numberOfLabel(config, code, '')).toBe(-1);
  });
});
