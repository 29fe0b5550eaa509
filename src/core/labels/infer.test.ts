import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inferDiagnoses, inferenceProblems, refuseSameMonths, type Visit } from './infer.ts';
import { tableOf, thrownBy } from './testing/tables.ts';

/** Diagnoses of one participant at 0, 6, 12 ... months; `.` is missing. */
const follow = (text: string): Visit[] =>
  text.split(' ').map((diagnosis, position) => ({
    ...{ participant: 'sub-1', session: `ses-M${String(position * 6).padStart(3, '0')}` },
    ...{ position, diagnosis: diagnosis === '.' ? '' : diagnosis },
  }));

const inferred = (text: string) =>
  inferDiagnoses(follow(text), 'months')
    .visits.map(({ session, diagnosis }) => `${session.slice(6)}${diagnosis}`)
    .join(' ');

test.each([
  ['a gap between equal diagnoses is filled', 'CN . CN', '00CN 06CN 12CN'],
  ['a gap between different ones is left out', 'CN . AD', '00CN 12AD'],
  ['a wide gap is filled whole', 'CN . . CN', '00CN 06CN 12CN 18CN'],
  ['the last session is left out', 'CN CN .', '00CN 06CN'],
  ['all missing sessions at the end are left out', 'CN . .', '00CN'],
  ['the first session is left out, where ClinicaDL stops', '. CN CN', '06CN 12CN'],
  ['nothing is known of anybody without a diagnosis', '. .', ''],
  ['only the nearest ones count', 'AD CN . CN AD', '00AD 06CN 12CN 18CN 24AD'],
])('%s', (_name, before, after) => {
  expect(inferred(before)).toBe(after);
});

test('fills in the order of time, not of the rows', () => {
  const [first, second, third] = follow('CN . CN') as [Visit, Visit, Visit];
  const { visits } = inferDiagnoses([third, second, first], 'months');
  expect(visits.map(({ session, diagnosis }) => [session, diagnosis])).toEqual([
    ['ses-M000', 'CN'],
    ['ses-M006', 'CN'],
    ['ses-M012', 'CN'],
  ]);
});

test('does not mix participants', () => {
  const visits = [
    { participant: 'sub-1', session: 'ses-M000', position: 0, diagnosis: 'CN' },
    { participant: 'sub-2', session: 'ses-M006', position: 1, diagnosis: '' },
    { participant: 'sub-1', session: 'ses-M012', position: 2, diagnosis: 'CN' },
  ];
  expect(inferDiagnoses(visits, 'months').dropped).toMatchObject([{ participant: 'sub-2' }]);
});

test('fills nothing where sessions have no order', () => {
  const { filled, dropped } = inferDiagnoses(follow('CN . CN'), 'words');
  expect([filled.length, dropped.length]).toEqual([0, 1]);
});

test('loses no session and invents none', () => {
  const diagnosis = fc.constantFrom('CN', 'AD', '.');
  fc.assert(
    fc.property(fc.array(diagnosis, { minLength: 1, maxLength: 8 }), (diagnoses) => {
      const visits = follow(diagnoses.join(' '));
      const { visits: kept, dropped, filled } = inferDiagnoses(visits, 'months');
      const positions = [...kept, ...dropped].map(({ position }) => position).sort();
      expect(positions).toEqual(visits.map(({ position }) => position));
      expect(kept.every((visit) => visit.diagnosis !== '')).toBe(true);
      expect(filled.length + dropped.length).toBe(diagnoses.filter((d) => d === '.').length);
    }),
  );
});

test('tells what was filled in and what was left out, once', () => {
  const where = { file: 'merged.tsv', column: 'diagnosis' };
  expect(inferenceProblems(inferDiagnoses(follow('CN . CN .'), 'months'), where)).toMatchObject([
    {
      ...{ code: 'LABELS_INFERRED', file: 'merged.tsv' },
      found: 'filled in 1: sub-1 ses-M006; left out 1: sub-1 ses-M018',
    },
  ]);
  expect(inferenceProblems(inferDiagnoses(follow('CN CN'), 'months'), where)).toEqual([]);
});

test('refuses one session under two names', () => {
  const source = tableOf('participant_id session_id\nsub-1 ses-M06\nsub-1 ses-M006');
  const visits = ['ses-M06', 'ses-M006'].map((session, position) => ({
    ...{ participant: 'sub-1', session, position, diagnosis: 'CN' },
  }));
  expect(thrownBy(() => refuseSameMonths(visits, source))).toMatchObject({
    ...{ code: 'TSV_DUPLICATE_ROW', row: 3, found: 'the same months as ses-M06' },
  });
});
