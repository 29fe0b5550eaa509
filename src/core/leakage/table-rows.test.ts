import { describe, expect, test } from 'vitest';
import { parseTable } from '../tsv/table.ts';
import { auditRows, ofDiagnoses, withVisits } from './table-rows.ts';
import { row } from './testing/experiments.ts';

const read = (text: string, more: Partial<Parameters<typeof auditRows>[1]> = {}) =>
  auditRows(parseTable(text.replaceAll(' ', '\t'), { file: 't.tsv' }), {
    ...{ file: 't.tsv', label: 'sex' },
    ...more,
  });

describe('a table', () => {
  test('gives participant, session, label and diagnosis of each row', () => {
    const text =
      'participant_id session_id diagnosis sex\nsub-1 ses-M000 AD F\nsub-2 ses-M000 CN n/a\n';
    expect(read(text)).toEqual([
      {
        ...{ participant: 'sub-1', session: 'ses-M000', file: 't.tsv', label: 'F' },
        ...{ diagnosis: 'AD', cohort: undefined, part: undefined, cells: new Map() },
      },
      {
        ...{ participant: 'sub-2', session: 'ses-M000', file: 't.tsv', label: undefined },
        ...{ diagnosis: 'CN', cohort: undefined, part: undefined, cells: new Map() },
      },
    ]);
  });

  test('may have ids and repetitions that others refuse, and rows without a participant', () => {
    const text = 'participant_id session_id\n01_S_2 M0\n01_S_2 M0\n"" ses-M000\n';
    expect(read(text).map(({ participant }) => participant)).toEqual(['01_S_2', '01_S_2']);
  });

  test('gives the cells of columns that are used, empty where one is missing', () => {
    const [first] = read('participant_id session_id age\nsub-1 ses-M000 70\n', {
      ...{ columns: ['age', 'education'], cohort: 'ADNI' },
    });
    expect(first?.cells).toEqual(
      new Map([
        ['age', '70'],
        ['education', ''],
      ]),
    );
    expect([first?.cohort, first?.label, first?.diagnosis]).toEqual(['ADNI', undefined, undefined]);
  });

  test.each(['slice_id', 'patch_id', 'roi_id', 'image_id'])('lists parts by %s', (column) => {
    const rows = read(`participant_id session_id ${column}\nsub-1 ses-M000 3\n`);
    expect(rows[0]?.part).toBe('3');
  });

  test('needs the key columns', () => {
    expect(() => read('participant_id visit\nsub-1 1\n')).toThrow(/TSV_COLUMN.*session_id/);
  });
});

describe('a table of visits', () => {
  const visits = [
    row('sub-1 ses-M000', { label: 'F', diagnosis: 'AD' }),
    row('sub-2 ses-M000', { label: 'M', diagnosis: 'CN', cohort: 'X' }),
    row('sub-3 ses-M000', { label: 'M', diagnosis: 'MCI' }),
    row('sub-3 ses-M000', { label: 'F', diagnosis: 'AD', cohort: 'X' }),
  ];
  const joined = (text: string, cohort?: string) => {
    const [first] = withVisits([row(text, { cohort })], visits);
    return [first?.label, first?.diagnosis];
  };

  test('fills in what a row lacks, and nothing else', () => {
    expect(joined('sub-1 ses-M00')).toEqual(['F', 'AD']);
    expect(joined('sub-1 ses-M006')).toEqual([undefined, undefined]);
    expect(joined('sub-1 ses-M000 x')).toEqual(['x', 'x']);
    const [half] = withVisits([row('sub-1 ses-M000', { label: 'x' })], visits);
    expect([half?.label, half?.diagnosis, half?.file]).toEqual(['x', 'AD', 'table.tsv']);
  });

  test('is asked by cohort first, then without', () => {
    expect(joined('sub-2 ses-M000', 'X')).toEqual(['M', 'CN']);
    expect(joined('sub-2 ses-M000', 'Y')).toEqual([undefined, undefined]);
    expect(joined('sub-2 ses-M000')).toEqual([undefined, undefined]);
    expect(joined('sub-3 ses-M000', 'X')).toEqual(['F', 'AD']);
    expect(joined('sub-3 ses-M000', 'Y')).toEqual(['M', 'MCI']);
  });
});

test('keeps the wanted diagnoses, where they are known', () => {
  const rows = [row('sub-1 a AD'), row('sub-2 a CN'), row('sub-3 a')];
  const kept = (wanted: string[], from = rows) =>
    ofDiagnoses(from, wanted).map(({ participant }) => participant);
  expect(kept(['AD'])).toEqual(['sub-1']);
  expect(kept(['AD', 'MCI', 'CN'])).toEqual(['sub-1', 'sub-2']);
  expect(kept([])).toEqual(['sub-1', 'sub-2', 'sub-3']);
  expect(kept(['AD'], rows.slice(2))).toEqual(['sub-3']);
});
