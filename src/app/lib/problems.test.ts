import { expect, test } from 'vitest';
import { CapsuleError, describe as problem } from '../../core/errors.ts';
import { diagnostics, groupProblems, problemOf } from './problems.ts';

test('one group a code, errors first, then the most frequent', () => {
  const groups = groupProblems([
    problem('VOLUME_CONSTANT', { participant: 'sub-01' }),
    problem('NIFTI_TRUNCATED', { participant: 'sub-02' }),
    problem('CAPS_NO_VOLUME', { participant: 'sub-03' }),
    problem('CAPS_NO_VOLUME', { participant: 'sub-04' }),
  ]);
  expect(groups.map(({ code, problems }) => [code, problems.length])).toEqual([
    ['CAPS_NO_VOLUME', 2],
    ['NIFTI_TRUNCATED', 1],
    ['VOLUME_CONSTANT', 1],
  ]);
});

test('no problems, no groups', () => {
  expect(groupProblems([])).toEqual([]);
});

test('the problem of a thrown error survives, also without its class', () => {
  const error = new CapsuleError('GPU_MEMORY', { found: '9 GiB' });
  expect(problemOf(error)).toBe(error.problem);
  expect(problemOf(Object.assign(new Error('x'), { problem: error.problem }))).toBe(error.problem);
  expect(problemOf(new RangeError('too long'))).toMatchObject({
    code: 'INTERNAL',
    found: 'RangeError: too long',
  });
});

test('diagnostics name no participant, session or file', () => {
  const text = diagnostics(
    problem('NIFTI_TRUNCATED', {
      participant: 'sub-SECRET1',
      session: 'ses-M000',
      file: 'subjects/sub-SECRET1/x.nii.gz',
      expected: '100 bytes in sub-SECRET1_ses-M000_T1w.nii.gz',
      found: '50 bytes',
      steps: ['split-0', 'sub-SECRET1/ses-M000'],
    }),
    undefined,
    'Browser 1',
  );
  expect(text).not.toContain('SECRET1');
  expect(text).not.toContain('M000');
  expect(text).toContain('code: NIFTI_TRUNCATED');
  expect(text).toContain('found: 50 bytes');
  expect(text).toContain('split-0');
});
