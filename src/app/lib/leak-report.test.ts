import { expect, test } from 'vitest';
import { auditExperiment } from '../../core/leakage/audit.ts';
import type { AuditSet, Role, Scan } from '../../core/leakage/experiment.ts';
import type { Plan } from '../../jobs/session-api.ts';
import { auditErrors, leakReport } from './leak-report.ts';

const set = (role: Role, ...people: readonly string[]): AuditSet => ({
  ...{ name: role, role, split: 0 },
  rows: people.map((participant, index) => ({
    ...{ participant, session: 'ses-M000', file: `${role}.tsv` },
    label: index % 2 === 0 ? 'AD' : 'CN',
  })),
});

const apart = [
  set('train', 'sub-1', 'sub-2', 'sub-3'),
  set('validation', 'sub-4', 'sub-5'),
  set('test', 'sub-6', 'sub-7'),
];

/** The part of a plan that the light looks at. */
function plan(sets: readonly AuditSet[], scans?: readonly Scan[]): Plan {
  const names = (role: Role): string[] =>
    sets
      .filter((one) => one.role === role)
      .flatMap(({ rows }) => rows.map(({ participant }) => `${participant}/ses-M000`));
  const both = { AD: 1, CN: 1 };
  return {
    sets: { train: names('train'), validation: names('validation'), test: names('test') },
    balance: { train: both, validation: both, test: both },
    audit: auditExperiment({ sets, label: 'diagnosis', scans }),
  } as unknown as Plan;
}

test('is clear with reasons, and says what was not compared', () => {
  expect(leakReport(plan(apart), ['AD', 'CN'])).toEqual({
    light: 'clear',
    reasons: [
      '0 of 7 participants in two sets',
      'voxels not compared yet',
      'every class occurs in every set',
    ],
  });
});

test('scans that were compared are counted', () => {
  const scan = (participant: string, hash: string) => ({
    ...{ participant, session: 'ses-M000', file: `${participant}.nii`, hash },
  });
  const different = plan(apart, [scan('sub-1', 'a'), scan('sub-6', 'b')]);
  expect(leakReport(different, ['AD']).reasons).toContain(
    '0 duplicate volumes by content hash among 2 checked',
  );
  const copied = leakReport(plan(apart, [scan('sub-1', 'a'), scan('sub-6', 'a')]), ['AD']);
  expect(copied.light).toBe('found');
  expect(copied.reasons).toContain('2 duplicate volumes by content hash among 2 checked');
});

test('a person in two sets is leakage whatever else is in order', () => {
  const shared = plan([...apart.slice(0, 2), set('test', 'sub-1', 'sub-7')]);
  expect(leakReport(shared, ['AD', 'CN'])).toMatchObject({ light: 'found' });
  expect(leakReport(shared, ['AD', 'CN']).reasons[0]).toBe('1 of 6 participants in two sets');
});

test('no test set, a class that a set lacks, and warnings are doubts', () => {
  expect(leakReport(plan(apart.slice(0, 2)), ['AD', 'CN']).light).toBe('unsure');
  const lacking = leakReport(plan(apart), ['AD', 'CN', 'MCI']);
  expect(lacking.light).toBe('unsure');
  expect(lacking.reasons).toContain('MCI does not occur in Validation');
  const alike = plan([...apart.slice(0, 2), set('test', 'sub-01', 'sub-7')]);
  expect(leakReport(alike, ['AD', 'CN']).light).toBe('unsure');
});

test('knowing of one error is not knowing of another', () => {
  expect(auditErrors(undefined)).toBe('');
  expect(auditErrors(plan(apart))).toBe('');
  const one = auditErrors(plan([...apart.slice(0, 2), set('test', 'sub-1', 'sub-7')]));
  const other = auditErrors(plan([...apart.slice(0, 2), set('test', 'sub-2', 'sub-7')]));
  expect(one).toContain('LEAKAGE_PARTICIPANTS');
  expect(one).not.toBe(other);
});
