/** A storage that is full: what was being written, the room that it takes and the room that there is. */
import { CapsuleError } from '../errors.ts';
import { contentSize } from './content.ts';
import type { Content } from './file-tree.ts';

export function isFull(error: unknown): error is CapsuleError {
  return error instanceof CapsuleError && error.code === 'STORAGE_FULL';
}

/**
 * @param error - of a write that failed
 * @param room - asks for the bytes that are free
 * @returns it, completed where the storage was full; any other error as it is
 */
export async function withRoom(
  error: unknown,
  content: Content,
  room: (() => Promise<number | undefined>) | undefined,
): Promise<unknown> {
  if (!isFull(error)) return error;
  const free = await room?.().catch(() => undefined);
  const size = contentSize(content);
  const { found, ...rest } = error.problem;
  // A quota may end before the room does that is told of.
  const isWhy = free !== undefined && (size === undefined || free < size);
  const told = [isWhy ? `${bytesInWords(free)} free` : undefined, found];
  const words = told.filter((part) => part !== undefined);
  return new CapsuleError(
    'STORAGE_FULL',
    {
      ...rest,
      ...(size === undefined ? {} : { expected: `room for ${bytesInWords(size)}` }),
      ...(words.length === 0 ? {} : { found: words.join(', ') }),
    },
    { cause: error.cause },
  );
}

/** In the unit that leaves three digits: `340 B`, `12.4 kB`, `1.20 GB`. */
export function bytesInWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toPrecision(3)} ${units[step]}`;
}
