/** A file of a MAPS that is missing, truncated or malformed is MAPS_DAMAGED, and is named. */
import { CapsuleError, type ErrorCode } from '../errors.ts';

/** What goes on as it is: the file is not damaged, it is refused, or nothing could be read at all. */
const KEPT: readonly ErrorCode[] = [
  'TORCH_FORBIDDEN',
  'MAPS_DAMAGED',
  'FILE_UNREADABLE',
  'INTERNAL',
];

/** Runs `read`; its coded errors come out as MAPS_DAMAGED with the file and what was found there. */
export async function naming<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CapsuleError)) throw error;
    if (KEPT.includes(error.code)) throw error.at({ file });
    const { found, sentence, row, column, participant, session, expected } = error.problem;
    const place = { row, column, participant, session, expected };
    const known = Object.entries(place).filter(([, value]) => value !== undefined);
    throw new CapsuleError(
      'MAPS_DAMAGED',
      { ...Object.fromEntries(known), file, found: found ?? sentence },
      { cause: error },
    );
  }
}
