/** A `Blob` or `File` as a `SourceFile`; `open` is called when bytes are asked for, not before. */
import { CapsuleError, type ErrorCode } from '../errors.ts';
import type { PortableFile, Seen, SourceFile } from './file-tree.ts';
import { refuseChange } from './unchanged.ts';

/** Names of `DOMException`. A `File` that was changed since it was chosen is not readable any more. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  NotFoundError: 'FILE_NOT_FOUND',
  NotAllowedError: 'FOLDER_ACCESS',
  NotReadableError: 'FILE_CHANGED',
};

/**
 * @param open - gives the blob; a blob that has changed on the disk since rejects when read
 * @param portable - for a `File`: how another thread opens it, and what it must still be
 * @throws FILE_CHANGED, FOLDER_ACCESS, FILE_NOT_FOUND, FILE_UNREADABLE from each method
 */
export function blobFile(
  path: string,
  open: () => Blob | Promise<Blob>,
  portable?: PortableFile,
): SourceFile {
  const seen = portable?.kind === 'handle' ? portable.seen : undefined;
  const attempt = async <T>(read: (blob: Blob) => T | Promise<T>): Promise<T> => {
    try {
      const blob = await open();
      if (seen !== undefined) refuseChange(path, seen, seenOf(blob as File));
      return await read(blob);
    } catch (error) {
      throw openingFault(path, error);
    }
  };
  return {
    path,
    size: () => attempt((blob) => blob.size),
    stream: () => attempt((blob) => blob.stream()),
    bytes: (start = 0, end = Infinity) =>
      attempt(async (blob) => {
        const part = blob.slice(start, Math.min(end, blob.size));
        return new Uint8Array(await part.arrayBuffer());
      }),
    ...(portable === undefined
      ? {}
      : { portable, modified: () => attempt((blob) => (blob as File).lastModified) }),
  };
}

/** @returns what a browser threw when a file was opened or read, in the catalogue's terms */
export function openingFault(path: string, error: unknown): CapsuleError {
  if (error instanceof CapsuleError) return error;
  const { name, message } = error as Error;
  const code = CODES[name] ?? 'FILE_UNREADABLE';
  return new CapsuleError(code, { file: path, found: message }, { cause: error });
}

const seenOf = ({ size, lastModified }: File): Seen => ({ size, modified: lastModified });
