import { expect, test } from 'vitest';
import {
  compareKeys,
  compareSessions,
  monthsOf,
  sessionIdentity,
  timeScaleOf,
  withThreeDigits,
} from './session-time.ts';

test.each([
  ['ses-M00', 0],
  ['ses-M006', 6],
  ['ses-M120', 120],
  ['ses-M1200', 1200],
  ['ses-01', undefined],
  ['ses-m06', undefined],
  ['ses-Month6', undefined],
  ['ses-M', undefined],
])('reads the months of %s', (session, months) => {
  expect(monthsOf(session)).toBe(months);
});

test('writes months with three digits, and no other name', () => {
  expect(['ses-M0', 'ses-M06', 'ses-M006', 'ses-M1200', 'ses-02'].map(withThreeDigits)).toEqual([
    ...['ses-M000', 'ses-M006', 'ses-M006', 'ses-M1200', 'ses-02'],
  ]);
});

test('takes two and three digits for one session', () => {
  const [short, long] = ['ses-M06', 'ses-M006'].map((session) =>
    sessionIdentity({ participant: 'sub-1', session }),
  );
  expect(short).toBe(long);
  expect(sessionIdentity({ participant: 'sub-1', session: 'ses-06' })).not.toBe(short);
});

test('tells what the names of sessions tell', () => {
  expect(timeScaleOf(['ses-M000', 'ses-uns1'])).toBe('months');
  expect(timeScaleOf(['ses-01', 'ses-02'])).toBe('counted');
  expect(timeScaleOf(['ses-V1', 'ses-V10'])).toBe('counted');
  expect(timeScaleOf(['ses-20180131', 'ses-20190202'])).toBe('counted');
  expect(timeScaleOf(['ses-V1', 'ses-W2'])).toBe('words');
  expect(timeScaleOf(['ses-baseline', 'ses-01'])).toBe('words');
  expect(timeScaleOf([])).toBe('words');
});

test('sorts sessions in time, whatever the number of digits', () => {
  const sorted = ['ses-M120', 'ses-M012', 'ses-M6', 'ses-M00'].sort(compareSessions);
  expect(sorted).toEqual(['ses-M00', 'ses-M6', 'ses-M012', 'ses-M120']);
  expect(['ses-10', 'ses-9', 'ses-1'].sort(compareSessions)).toEqual(['ses-1', 'ses-9', 'ses-10']);
  expect(['ses-two', 'ses-one'].sort(compareSessions)).toEqual(['ses-one', 'ses-two']);
});

test('sorts participants before sessions', () => {
  const keys = [
    { participant: 'sub-2', session: 'ses-M000' },
    { participant: 'sub-1', session: 'ses-M012' },
    { participant: 'sub-1', session: 'ses-M006' },
  ];
  expect([...keys].sort(compareKeys)).toEqual([keys[2], keys[1], keys[0]]);
});
