/**
 * The bytes of a `.nii` or `.nii.gz`, inflated as they are asked for and no further: whoever reads
 * knows from the header how many there may be, so a gzip bomb never unfolds. Compression is told by
 * the first two bytes (RFC 1952), not by the name.
 */
import { CapsuleError, type Where } from '../errors.ts';
import { streamChunks } from '../files/content.ts';
import type { SourceFile } from '../files/file-tree.ts';
import { ByteSource } from './byte-source.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Deflate shrinks by 1032 at most: a length code of 258 bytes in two bits. */
export const MAX_DEFLATE_RATIO = 1032;
const FEED_BYTES = 2 ** 15;

export interface InflatedSource {
  readonly source: ByteSource;
  readonly compressed: boolean;
}

/** @throws NIFTI_GZIP, later, from the source, when the gzip stream is damaged or cut. */
export async function openInflated(file: SourceFile, where: Where): Promise<InflatedSource> {
  const plain = new ByteSource(streamChunks(await file.stream()));
  const magic = await plain.take(2);
  plain.unread(magic);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return { source: plain, compressed: false };
  return { source: new ByteSource(inflate(plain, where)), compressed: true };
}

async function* inflate(plain: ByteSource, where: Where): AsyncGenerator<Bytes> {
  const gunzip = new DecompressionStream('gzip');
  // A failing disk must not look like damaged gzip, and runtimes do not all hand its error on.
  let broken: unknown;
  feed(plain, gunzip.writable).catch((error: unknown) => (broken ??= error));
  let seen = 0;
  try {
    for await (const chunk of streamChunks(gunzip.readable)) {
      seen += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (broken instanceof CapsuleError) throw broken;
    throw new CapsuleError(
      'NIFTI_GZIP',
      {
        ...where,
        expected: 'a complete gzip stream',
        found: `damage after ${seen} bytes (${(error as Error).message})`,
      },
      { cause: error },
    );
  } finally {
    await plain.close();
  }
}

/**
 * Small pieces, each awaited: a runtime inflates a piece as a whole, so a piece is what a bomb can
 * unfold before anyone looks. (Node 20 goes on for 16,384 chunks of 16 KiB, 256 MiB, because its
 * adapter takes a mark in bytes for one in chunks: `newReadableStreamFromStreamReadable`.)
 */
async function feed(plain: ByteSource, writable: WritableStream<Bytes>): Promise<void> {
  const writer = writable.getWriter();
  try {
    for (;;) {
      const piece = await plain.next(FEED_BYTES);
      if (piece === undefined) break;
      await writer.write(piece);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

/** @returns the bytes as a gzip stream, for `.nii.gz`. */
export function gzipStream(bytes: Bytes): ReadableStream<Bytes> {
  return new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
}

/** As `gzipStream`, in one piece. */
export async function gzipBytes(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await new Response(gzipStream(bytes)).arrayBuffer());
}
