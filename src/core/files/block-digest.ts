/**
 * SHA-256 of content that is never held whole: of the SHA-256s of its blocks of 4 MiB, the last one
 * shorter, one after the other. (Web Crypto hashes only what is in one piece.)
 */
import { hex, sha256 } from './sha256.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 4 * 1024 * 1024;

/** @returns 64 hexadecimal digits; the same however the content is cut into chunks. */
export async function blockDigest(chunks: AsyncIterable<Bytes> | Iterable<Bytes>): Promise<string> {
  const digests: Bytes[] = [];
  const block = new Uint8Array(BLOCK);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + BLOCK - filled);
      block.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < BLOCK) continue;
      digests.push(await sha256(block));
      filled = 0;
    }
  }
  if (filled > 0) digests.push(await sha256(block.subarray(0, filled)));
  const all = new Uint8Array(32 * digests.length);
  digests.forEach((digest, index) => all.set(digest, 32 * index));
  return hex(await sha256(all));
}
