import { expect, test } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { bytesStream } from './content.ts';
import { bytesInWords, isFull, withRoom } from './full-storage.ts';

const full = new CapsuleError('STORAGE_FULL', { file: 'split-0/a.tsv', found: 'ENOSPC' });

test('says what was written, the room that it takes and the room that there is', async () => {
  const told = await withRoom(full, 'ä'.repeat(1000), async () => 512);
  expect(isFull(told)).toBe(true);
  expect(told).toMatchObject({
    problem: { file: 'split-0/a.tsv', expected: 'room for 2.00 kB', found: '512 B free, ENOSPC' },
  });
  const chunks = [new Uint8Array(3e6), new Uint8Array(1e6)];
  const large = await withRoom(full, { size: 4e6, chunks }, async () => undefined);
  expect(large).toMatchObject({ problem: { expected: 'room for 4.00 MB', found: 'ENOSPC' } });
  // A quota of the user, on a disk that has room.
  const quota = await withRoom(full, { size: 4e6, chunks }, async () => 9e9);
  expect(quota).toMatchObject({ problem: { expected: 'room for 4.00 MB', found: 'ENOSPC' } });
});

test('says what is known when nobody tells the rest', async () => {
  const failing = () => Promise.reject(new Error('no answer'));
  const stream = bytesStream(new Uint8Array(9));
  for (const room of [undefined, failing]) {
    const told = (await withRoom(full, stream, room)) as CapsuleError;
    expect(told.problem.found).toBe('ENOSPC');
    expect(told.problem).not.toHaveProperty('expected');
  }
});

test('any other error stays as it is', async () => {
  for (const error of [new Error('x'), new CapsuleError('FILE_UNWRITABLE', { file: 'a' })]) {
    expect(isFull(error)).toBe(false);
    expect(await withRoom(error, '', async () => 0)).toBe(error);
  }
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [45_210_000, '45.2 MB'],
  [1.2e9, '1.20 GB'],
  [5e15, '5.00e+3 TB'],
])('%d bytes are %s', (bytes, words) => expect(bytesInWords(bytes)).toBe(words));
