import { expose, wrap } from 'comlink';
import { expect, test } from 'vitest';
import { CapsuleError } from '../../core/errors.ts';
import { carryProblems } from './comlink-errors.ts';

/** A pair of ends that are wired like a page and its worker. */
function connected(service: { fail: () => Promise<void> }) {
  carryProblems();
  const { port1, port2 } = new MessageChannel();
  expose(service, port1);
  port1.start();
  port2.start();
  const close = (): void => {
    port1.close();
    port2.close();
  };
  return { remote: wrap<typeof service>(port2), close };
}

async function thrownBy(fail: () => Promise<void>): Promise<unknown> {
  const { remote, close } = connected({ fail });
  try {
    return await remote.fail().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  } finally {
    close();
  }
}

test('a CapsuleError arrives with its problem', async () => {
  const thrown = await thrownBy(() =>
    Promise.reject(
      new CapsuleError('NIFTI_TRUNCATED', { participant: 'sub-01', expected: '8', found: '4' }),
    ),
  );
  expect(thrown).toBeInstanceOf(CapsuleError);
  expect((thrown as CapsuleError).problem).toMatchObject({
    code: 'NIFTI_TRUNCATED',
    severity: 'error',
    participant: 'sub-01',
    expected: '8',
    found: '4',
  });
});

test('another error arrives with its name and message', async () => {
  const thrown = await thrownBy(() => Promise.reject(new TypeError('not a function')));
  expect(thrown).toBeInstanceOf(Error);
  expect(thrown).not.toBeInstanceOf(CapsuleError);
  expect(thrown).toMatchObject({ name: 'TypeError', message: 'not a function' });
});

test('a thrown value that is no error arrives as it is', async () => {
  expect(await thrownBy(() => Promise.reject('plain text'))).toBe('plain text');
});
