import { expect, test } from 'vitest';
import { orderSessions } from './session-table.ts';
import { checkSubsetName, setInWords, setTables } from './set-tables.ts';
import { small } from './testing/cohorts.ts';

const sessions = orderSessions(
  small(
    'participant_id session_id',
    ...['sub-1 ses-M000', 'sub-1 ses-M006', 'sub-2 ses-M000', 'sub-2 ses-M006', 'sub-3 ses-M000'],
  ),
);
const sets = { train: new Set(['sub-1', 'sub-3']), subset: new Set(['sub-2']) };
const sizes = (files: ReturnType<typeof setTables>) =>
  files.map(([path, { rows }]) => `${path} ${rows.length}`);

test('names the tables as ClinicaDL does', () => {
  const options = { subsetName: 'test', validLongitudinal: false };
  expect(sizes(setTables(sessions, sets, options))).toEqual([
    ...['train.tsv 3', 'train_baseline.tsv 2', 'test_baseline.tsv 1'],
  ]);
  const longitudinal = { ...options, validLongitudinal: true };
  expect(sizes(setTables(sessions, { subset: sets.subset }, longitudinal, 'split-0/'))).toEqual([
    ...['split-0/test_baseline.tsv 1', 'split-0/test.tsv 2'],
  ]);
});

test('counts participants and sessions', () => {
  const [all, baseline] = setTables(sessions, sets, {
    ...{ subsetName: 'test', validLongitudinal: false },
  });
  const none = { columns: [], rows: [] };
  expect(setInWords('train', baseline?.[1] ?? none, all?.[1] ?? none)).toBe(
    'train: 2 participants, 3 sessions',
  );
  const one = { columns: [], rows: [['sub-1', 'ses-1']] };
  expect(setInWords('test', one, one)).toBe('test: 1 participant, 1 session');
});

test.each(['validation', 'test', 'set_2', 'a.b-c'])('%s can be the name of a set', (name) => {
  expect(() => checkSubsetName(name)).not.toThrow();
});

test.each(['', 'train', 'train_baseline', '..', '.hidden', 'a/b', 'a\\b', 'a b', 'x'.repeat(101)])(
  '"%s" cannot',
  (name) => {
    expect(() => checkSubsetName(name)).toThrow(/CONFIG_VALUE.*subset_name/);
  },
);
