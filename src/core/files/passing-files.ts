/**
 * Files that stand in a folder only while Capsule writes there. They belong to the writing, not to
 * what is written: no tree lists them, so that no export, comparison or copy has them.
 */

/** End of the names of files that are being written. */
export const TEMPORARY = '.capsule-part';

/** Says which process writes in a folder. */
export const LOCK_FILE = '.capsule-lock';

/** @param path - or the name alone */
export function isPassing(path: string): boolean {
  return path.endsWith(TEMPORARY) || path.endsWith(LOCK_FILE);
}
