/**
 * The grammar of paths inside a tree: relative, `/` between segments, nothing that climbs out of its
 * folder or means something else on another system. Every writer and every archive reader asks here
 * (zip slip: names such as `../../x`, `/x` or `a\..\x` in an archive).
 */
import { CapsuleError } from '../errors.ts';

const MAX_PATH = 1024;
const MAX_SEGMENT = 255;

/** @returns why `path` is refused, or undefined when it is a safe relative path of a file. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'an empty path';
  if (path.length > MAX_PATH) return `a path of ${path.length} characters`;
  if (path.startsWith('/')) return 'an absolute path';
  if (/^[A-Za-z]:/.test(path)) return 'a drive letter';
  if (path.includes('\\')) return 'a backslash';
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'a control character';
  for (const segment of path.split('/')) {
    if (segment === '') return 'an empty folder name';
    if (segment === '.' || segment === '..') return `the segment "${segment}"`;
    if (segment.length > MAX_SEGMENT) return `a name of ${segment.length} characters`;
  }
  return undefined;
}

/**
 * @returns `path` itself when it is safe.
 * @throws FILE_PATH_UNSAFE otherwise; `archive` names the file that holds the path.
 */
export function safePath(path: string, archive?: string): string {
  const fault = pathFault(path);
  if (fault === undefined) return path;
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}...` : path);
  throw new CapsuleError('FILE_PATH_UNSAFE', {
    file: archive ?? shown,
    expected: 'a relative path with / between names',
    found: archive === undefined ? fault : `${fault} in ${shown}`,
  });
}

/** @returns the prefix of all paths below `folder`: empty for the root, else ending with `/`. */
export function folderPrefix(folder = ''): string {
  return folder === '' ? '' : `${safePath(folder)}/`;
}

/** @returns folders from outermost to innermost, and the name of the file in the last one. */
export function splitPath(path: string): { folders: string[]; name: string } {
  const folders = safePath(path).split('/');
  const name = folders.pop() as string;
  return { folders, name };
}
