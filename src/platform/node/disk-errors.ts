/** What the operating system answers, in the catalogue's terms. */
import { CapsuleError, type ErrorCode } from '../../core/errors.ts';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

/** @returns an error with `code`, or a narrower one; an error that is not the disk's stays. */
export function diskError(code: ErrorCode, file: string, error: unknown): unknown {
  const system = codeOf(error);
  if (error instanceof CapsuleError || system === undefined) return error;
  const known: Partial<Record<string, ErrorCode>> = {
    ENOSPC: 'STORAGE_FULL',
    EDQUOT: 'STORAGE_FULL',
    ENOENT: 'FILE_NOT_FOUND',
  };
  return new CapsuleError(known[system] ?? code, { file, found: system }, { cause: error });
}

/** For `catch`: a missing file or folder counts as `value`, anything else is thrown. */
export function missingAs<T>(value: T, file: string): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return value;
    throw diskError('FILE_UNREADABLE', file, error);
  };
}
