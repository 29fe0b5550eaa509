import { expect, test } from 'vitest';
import { joinColumn } from './join.ts';
import { linesOf, tableOf, thrownBy } from './testing/tables.ts';

const OTHER = `participant_id session_id diagnosis
  sub-1 ses-M000 CN
  sub-1 ses-M12 AD`;

const join = (data: string) => joinColumn(tableOf(data), tableOf(OTHER, 'labels.tsv'), 'diagnosis');

test('adds the column by session, as the last one', () => {
  const { data, problems } = join(`participant_id session_id age
    sub-1 ses-M012 71
    sub-1 ses-M000 70`);
  expect(linesOf(data.table)).toEqual([
    'participant_id session_id age diagnosis',
    'sub-1 ses-M012 71 AD',
    'sub-1 ses-M000 70 CN',
  ]);
  expect(problems).toEqual([]);
});

test('leaves sessions out that the other table lacks, and names them', () => {
  const { data, problems } = join(`participant_id session_id
    sub-2 ses-M000
    sub-1 ses-M000`);
  expect(linesOf(data.table)).toEqual([
    ...['participant_id session_id diagnosis', 'sub-1 ses-M000 CN'],
  ]);
  expect(problems).toMatchObject([
    { code: 'METADATA_LOST', file: 'labels.tsv', found: '1: sub-2 ses-M000' },
  ]);
});

test('refuses another table without the column', () => {
  const data = tableOf('participant_id session_id\nsub-1 ses-M000');
  expect(thrownBy(() => joinColumn(data, data, 'diagnosis')).code).toBe('TSV_COLUMN');
});
