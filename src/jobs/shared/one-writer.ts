/** One writer a MAPS: jobs that write into it hold its lock from their beginning to their end. */
import { CapsuleError } from '../../core/errors.ts';
import type { WritableTree } from '../../core/files/file-tree.ts';
import type { Release } from '../../core/files/hold.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import type { Job } from '../events.ts';

/**
 * Does a job that makes a MAPS.
 * @throws CapsuleError MAPS_IN_USE
 */
export async function* asOnlyWriter<Result>(
  maps: WritableTree,
  job: () => Job<Result>,
): Job<Result> {
  const release = await maps.lock?.();
  try {
    return yield* job();
  } finally {
    await release?.();
  }
}

/**
 * As `asOnlyWriter`, for a MAPS that exists: what is none has nothing to be locked, and the job says so.
 * @throws CapsuleError MAPS_IN_USE
 */
export async function* asOnlyWriterOf<Result>(
  maps: WritableTree,
  job: () => Job<Result>,
): Job<Result> {
  if ((await maps.file(MAPS_JSON)) === undefined) return yield* job();
  return yield* asOnlyWriter(maps, job);
}

/** @returns undefined while another run writes there */
export async function lockIfFree(tree: WritableTree): Promise<Release | undefined> {
  try {
    return (await tree.lock?.()) ?? (() => Promise.resolve());
  } catch (error) {
    if (error instanceof CapsuleError && error.code === 'MAPS_IN_USE') return undefined;
    throw error;
  }
}
