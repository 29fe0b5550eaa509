/** A file of the disk as a `SourceFile`, read in pieces and never kept open between calls. */
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { SourceFile } from '../../core/files/file-tree.ts';
import { diskError } from './disk-errors.ts';

const PIECE = 2 ** 18;

/**
 * @param path - path inside the tree, for the user.
 * @param location - path on the disk.
 */
export function diskFile(path: string, location: string): SourceFile {
  const attempt = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw diskError('FILE_UNREADABLE', path, error);
    }
  };
  return {
    path,
    size: () => attempt(async () => (await stat(location)).size),
    bytes: (start = 0, end = Infinity) =>
      attempt(async () => {
        const handle = await open(location, 'r');
        try {
          const { size } = await handle.stat();
          return await readRange(handle, start, Math.max(0, Math.min(end, size) - start));
        } finally {
          await handle.close();
        }
      }),
    stream: () => attempt(async () => pieces(await open(location, 'r'), attempt)),
    modified: () => attempt(async () => (await stat(location)).mtimeMs),
    portable: { kind: 'disk', location },
  };
}

function pieces(
  handle: FileHandle,
  attempt: <T>(action: () => Promise<T>) => Promise<T>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const piece = await attempt(() => readRange(handle, offset, PIECE));
          offset += piece.length;
          if (piece.length > 0) return controller.enqueue(piece);
        } catch (error) {
          await handle.close();
          throw error;
        }
        await handle.close();
        controller.close();
      },
      cancel: () => handle.close(),
    },
    // Nothing is read before someone asks: opening many files costs no memory.
    { highWaterMark: 0 },
  );
}

/** @returns up to `length` bytes from `start`; fewer at the end of the file. */
async function readRange(
  handle: FileHandle,
  start: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? buffer : buffer.slice(0, filled);
}
