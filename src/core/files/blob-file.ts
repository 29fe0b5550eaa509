/** A `Blob` or `File` as a `SourceFile`; `open` is called when bytes are asked for, not before. */
import { CapsuleError } from '../errors.ts';
import type { PortableFile, SourceFile } from './file-tree.ts';

/**
 * @param open - gives the blob; a blob that has changed on the disk since rejects when read
 * @param portable - for a `File`: how another thread opens it
 */
export function blobFile(
  path: string,
  open: () => Blob | Promise<Blob>,
  portable?: PortableFile,
): SourceFile {
  const attempt = async <T>(read: (blob: Blob) => T | Promise<T>): Promise<T> => {
    try {
      return await read(await open());
    } catch (error) {
      if (error instanceof CapsuleError) throw error;
      const { name, message } = error as Error;
      const code = name === 'NotFoundError' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE';
      throw new CapsuleError(code, { file: path, found: message }, { cause: error });
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
