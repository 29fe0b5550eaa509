import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { columnOf, filterRows, parseTable, writeTable } from '../tsv/table.ts';
import { cohortPaths, cohortSets, concatCohorts, refuseWithoutCaps } from './cohort-tables.ts';
import { cohortSessionName } from './cohorts.ts';

const FOLDER = 'tests/fixtures/tsv/multi-cohort';
const read = (file: string) => parseTable(readFileSync(`${FOLDER}/${file}`, 'utf8'), { file });
const named = (...lines: string[]) => ({
  file: 'multi.tsv',
  table: parseTable(lines.map((line) => line.replaceAll(' | ', '\t')).join('\n'), {
    file: 'multi.tsv',
  }),
});

test.each(['AD-CN', 'AD-CN-MCI', 'AD'])(
  'the tables of two cohorts are one, as ClinicaDL makes it of %s',
  (diagnoses) => {
    const wanted = diagnoses.split('-');
    const sets = cohortSets({ table: read('multi.tsv'), file: 'multi.tsv' }, wanted);
    const parts = sets.map(({ cohort, path, diagnoses: own }) => {
      const table = read(path);
      const cells = columnOf(table, 'diagnosis', { file: path });
      return { cohort, table: filterRows(table, (row) => own.includes(cells[row] ?? '')) };
    });
    const whole = concatCohorts(parts.filter(({ table }) => table.rows.length > 0));
    expect(writeTable(whole)).toBe(readFileSync(`${FOLDER}/${diagnoses}.tsv`, 'utf8'));
  },
);

describe('the table of sets', () => {
  const table = named(
    'cohort | path | diagnoses',
    'ADNI | adni/split | AD, CN',
    'AIBL | aibl/split | CN,MCI',
  );

  test('gives each cohort the diagnoses that are wanted of it', () => {
    expect(cohortSets(table, ['CN', 'AD'])).toEqual([
      { cohort: 'ADNI', path: 'adni/split', diagnoses: ['CN', 'AD'] },
      { cohort: 'AIBL', path: 'aibl/split', diagnoses: ['CN'] },
    ]);
  });

  test('leaves a cohort out that gives none', () => {
    expect(cohortSets(table, ['AD']).map(({ cohort }) => cohort)).toEqual(['ADNI']);
  });

  test('is refused when a diagnosis comes from nowhere', () => {
    expect(() => cohortSets(table, ['AD', 'FTD'])).toThrow(/CONFIG_VALUE.*multi\.tsv.*FTD/);
  });

  test.each([
    ['cohort', named('name | path | diagnoses', 'A | a | AD')],
    ['path', named('cohort | place | diagnoses', 'A | a | AD')],
    ['diagnoses', named('cohort | path | labels', 'A | a | AD')],
  ])('is refused without the column %s', (column, other) => {
    expect(() => cohortSets(other, ['AD'])).toThrow(new RegExp(`TSV_COLUMN.*${column}`));
  });
});

describe('the table of CAPS', () => {
  test('needs no diagnoses', () => {
    expect(cohortPaths(named('cohort | path', 'A | /data/a ', 'B | b'))).toEqual([
      { cohort: 'A', path: '/data/a' },
      { cohort: 'B', path: 'b' },
    ]);
  });

  test.each([
    ['a cohort twice', ['A | a', 'A | b'], 'row 3.*twice'],
    ['a cohort without a name', [' | a'], 'row 2'],
    ['a name that is no folder’s', ['../A | a'], 'row 2'],
    ['the name of a single cohort', ['single | a'], 'row 2'],
    ['a cohort without a path', ['A | '], 'row 2.*path'],
  ])('refuses %s', (_, rows, message) => {
    expect(() => cohortPaths(named('cohort | path', ...rows))).toThrow(
      new RegExp(`TSV_VALUE.*${message}`),
    );
  });

  test('has to know every cohort of the sets', () => {
    const caps = [{ cohort: 'A', path: 'a' }];
    const sets = [...caps, { cohort: 'B', path: 'b' }];
    expect(() => refuseWithoutCaps(sets, caps, 'caps.tsv')).toThrow(/TSV_VALUE.*caps\.tsv.*"B"/);
    expect(() => refuseWithoutCaps(caps, caps, 'caps.tsv')).not.toThrow();
  });
});

test('a session is named with its cohort only where there are several', () => {
  const key = { participant: 'sub-1', session: 'ses-1' };
  expect(cohortSessionName(key)).toBe('sub-1/ses-1');
  expect(cohortSessionName({ ...key, cohort: 'single' })).toBe('sub-1/ses-1');
  expect(cohortSessionName({ ...key, cohort: 'ADNI' })).toBe('ADNI/sub-1/ses-1');
});

test('a column named cohort in a table gives way to the real one', () => {
  const table = parseTable('participant_id\tsession_id\tcohort\nsub-1\tses-1\told', { file: 'x' });
  expect(concatCohorts([{ cohort: 'new', table }])).toEqual({
    columns: ['participant_id', 'session_id', 'cohort'],
    rows: [['sub-1', 'ses-1', 'new']],
  });
});
