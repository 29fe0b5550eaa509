import { expect, test } from 'vitest';
import type { ParticipantRow } from '../../jobs/session-api.ts';
import { longitudinal } from './longitudinal.ts';

const row = (participant: string, session: string, diagnosis: string): ParticipantRow => ({
  ...{ participant, session, path: 'x.nii', damaged: false, cells: { diagnosis } },
});

const rows = [
  row('sub-2', 'ses-M12', 'AD'),
  row('sub-2', 'ses-M000', 'MCI'),
  row('sub-2', 'ses-M006', ''),
  row('sub-1', 'ses-M00', 'CN'),
  row('sub-1', 'ses-M018', 'CN'),
  row('sub-3', 'ses-M000', 'CN'),
  row('sub-4', 'ses-M000', 'MCI'),
  row('sub-4', 'ses-M006', 'CN'),
  row('sub-4', 'ses-M012', 'MCI'),
  row('sub-4', 'ses-M018', 'CN'),
];

test('visits stand in time, two spellings of one visit together', () => {
  const { visits } = longitudinal(rows, 'diagnosis');
  expect(visits.map(({ session, count }) => [session, count])).toEqual([
    ...[
      ['ses-M000', 4],
      ['ses-M006', 2],
    ],
    ...[
      ['ses-M012', 2],
      ['ses-M018', 2],
    ],
  ]);
  expect(Object.fromEntries(visits[0]?.labels ?? [])).toEqual({ CN: 2, MCI: 2 });
  // A visit without a label counts, its label does not.
  expect(Object.fromEntries(visits[1]?.labels ?? [])).toEqual({ CN: 1 });
});

test('people are counted by how many sessions they have', () => {
  expect(longitudinal(rows, 'diagnosis').sessionCounts).toEqual([
    { sessions: 1, participants: 1 },
    { sessions: 2, participants: 1 },
    { sessions: 3, participants: 1 },
    { sessions: 4, participants: 1 },
  ]);
});

test('changes go from one known label to the next; who goes twice the same way counts once', () => {
  const { changes, changing, courses, values } = longitudinal(rows, 'diagnosis');
  expect(changing).toBe(2);
  expect(changes).toEqual([
    { from: 'CN', to: 'MCI', participants: 1 },
    { from: 'MCI', to: 'AD', participants: 1 },
    { from: 'MCI', to: 'CN', participants: 1 },
  ]);
  expect(courses.map(({ path }) => path)).toEqual([
    ...[['CN'], ['MCI', 'AD'], ['CN']],
    ['MCI', 'CN', 'MCI', 'CN'],
  ]);
  expect(values).toEqual(['AD', 'CN', 'MCI']);
});

test('without a label there are visits and no changes', () => {
  const { changes, values, visits } = longitudinal(rows, 'none');
  expect([changes, values]).toEqual([[], []]);
  expect(visits).toHaveLength(4);
});
