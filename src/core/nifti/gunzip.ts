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
  return { source: new ByteSource(inflate(plain.remaining(), where)), compressed: true };
}

async function* inflate(stream: ReadableStream<Bytes>, where: Where): AsyncGenerator<Bytes> {
  // A failing disk must not look like damaged gzip, and runtimes do not all hand its error on.
  let broken: unknown;
  const watched = new TransformStream<Bytes, Bytes>();
  stream.pipeTo(watched.writable).catch((error: unknown) => (broken ??= error));
  const inflated = watched.readable.pipeThrough(new DecompressionStream('gzip'));
  let seen = 0;
  try {
    for await (const chunk of streamChunks(inflated)) {
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
