/** What the browser's file system answers (names of `DOMException`), in the catalogue's terms. */
import { CapsuleError, type ErrorCode } from '../../../core/errors.ts';

/** Nothing of this name, or a folder where a file was asked for, or the other way round. */
export function isAbsent(error: unknown): boolean {
  return (
    error instanceof DOMException &&
    (error.name === 'NotFoundError' || error.name === 'TypeMismatchError')
  );
}

/** @returns an error with `code`, or a narrower one; an error that is not the browser's stays. */
export function handleError(code: ErrorCode, file: string, error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  const known: Partial<Record<string, ErrorCode>> = {
    QuotaExceededError: 'STORAGE_FULL',
    NotFoundError: 'FILE_NOT_FOUND',
    ...(code === 'FILE_UNREADABLE' && { NotAllowedError: 'FOLDER_ACCESS' }),
  };
  const found = `${error.name}: ${error.message}`;
  return new CapsuleError(known[error.name] ?? code, { file, found }, { cause: error });
}
