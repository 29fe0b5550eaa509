import { describe, expect, test } from 'vitest';
import { needPeople, strataOf } from './people.ts';
import { orderSessions } from './session-table.ts';
import { small } from './testing/cohorts.ts';

const HEADER = 'participant_id session_id diagnosis age sex site';
const sessions = (...rows: string[]) => orderSessions(small(HEADER, ...rows));
const demographics = { ignoreDemographics: false };

test('takes everyone at the first session', () => {
  const { people, problems } = needPeople(
    sessions(
      'sub-2 ses-M012 AD 72 M S1',
      'sub-2 ses-M000 MCI 71 M S1',
      'sub-1 ses-M006 CN 60.5 F S2',
    ),
    { ...demographics, categoricalSplitVariable: 'site' },
  );
  expect(people).toEqual([
    { participant: 'sub-1', strata: ['CN', 'S2'], age: 60.5, sex: 'F' },
    { participant: 'sub-2', strata: ['MCI', 'S1'], age: 71, sex: 'M' },
  ]);
  expect(problems).toEqual([]);
});

test('without demographics only the variable is looked at', () => {
  const bare = orderSessions(small('participant_id session_id site', 'sub-1 ses-1 S1'));
  const choice = { ignoreDemographics: true, categoricalSplitVariable: 'site' };
  expect(needPeople(bare, choice).people).toEqual([
    { participant: 'sub-1', strata: ['S1'], age: NaN, sex: '' },
  ]);
  expect(needPeople(bare, { ignoreDemographics: true }).people[0]?.strata).toEqual([]);
});

test('an unknown age or sex stays unknown', () => {
  const { people } = needPeople(
    sessions('sub-1 ses-1 AD - F S', 'sub-2 ses-1 AD 70 - S'),
    demographics,
  );
  expect(people.map(({ age, sex }) => [age, sex])).toEqual([
    [NaN, 'F'],
    [70, ''],
  ]);
});

describe('sexes', () => {
  test('are the same however they are spelt', () => {
    const { people } = needPeople(
      sessions('sub-1 ses-1 AD 70 f S', 'sub-2 ses-1 AD 71 Female S', 'sub-3 ses-1 AD 72 M S'),
      demographics,
    );
    expect(people.map(({ sex }) => sex)).toEqual(['F', 'F', 'M']);
  });

  test('in a code are taken as it stands, with a warning that holds no more than its place', () => {
    const { people, problems } = needPeople(
      sessions('sub-1 ses-1 AD 70 1 S', 'sub-2 ses-1 AD 71 2 S'),
      demographics,
    );
    expect(people.map(({ sex }) => sex)).toEqual(['1', '2']);
    expect(problems).toHaveLength(1);
    expect(Object.keys(problems[0] ?? {}).sort()).toEqual(
      ['action', 'code', 'column', 'file', 'found', 'sentence', 'severity'].sort(),
    );
  });
});

test.each([
  [['sub-1 ses-1 AD seventy F S'], /TSV_VALUE.*sub-1 > ses-1 .* row 2 > column "age".*"seventy"/],
  [['sub-1 ses-1 AD - F S', 'sub-2 ses-1 CN - M S'], /TSV_VALUE.*column "age".*--ignore_demogr/],
  [['sub-1 ses-1 AD 70 F S', 'sub-2 ses-1 - 71 F S'], /TSV_VALUE.*sub-2.*row 3.*"diagnosis"/],
])('refuses %j', (rows, message) => {
  expect(() => needPeople(sessions(...rows), demographics)).toThrow(message);
});

test('strata are read from the column that stands for the name', () => {
  const bl = orderSessions(small('participant_id session_id diagnosis_bl', 'sub-1 ses-1 AD'));
  expect(strataOf(bl, 'diagnosis')).toEqual(['AD']);
  expect(() => strataOf(bl, 'site')).toThrow('TSV_COLUMN');
});
