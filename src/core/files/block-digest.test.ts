import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { stream } from '../random/philox.ts';
import { blockDigest } from './block-digest.ts';

const MIB = 1024 * 1024;

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  const random = stream(7, 'digest');
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 997) bytes[at] = Math.floor(256 * random.uniform());
  return bytes;
}

/** By the definition, with Node's own SHA-256. */
function expected(bytes: Uint8Array): string {
  const all = createHash('sha256');
  for (let from = 0; from < bytes.length; from += 4 * MIB) {
    all.update(
      createHash('sha256')
        .update(bytes.subarray(from, from + 4 * MIB))
        .digest(),
    );
  }
  return all.digest('hex');
}

function cut(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer>[] {
  const count = Math.ceil(bytes.length / length);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

test.each([0, 1, 4 * MIB - 1, 4 * MIB, 9 * MIB + 5])(
  'follows its definition for %i bytes',
  async (length) => {
    const bytes = bytesOf(length);
    expect(await blockDigest([bytes])).toBe(expected(bytes));
  },
);

test('does not depend on how the content is cut', async () => {
  const bytes = bytesOf(9 * MIB + 5);
  const whole = await blockDigest([bytes]);
  for (const length of [1_000_003, 4 * MIB, 5 * MIB]) {
    expect(await blockDigest(cut(bytes, length))).toBe(whole);
  }
});

test('sees one byte', async () => {
  const bytes = bytesOf(5 * MIB);
  const before = await blockDigest([bytes]);
  bytes[5 * MIB - 1] = (bytes[5 * MIB - 1] ?? 0) ^ 1;
  expect(await blockDigest([bytes])).not.toBe(before);
});
