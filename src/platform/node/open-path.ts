/** What the user names on the command line, a folder or a zip, as a tree. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { openZip } from '../../core/files/zip-tree.ts';
import { missingAs } from './disk-errors.ts';
import { diskFile } from './disk-file.ts';
import { DiskTree } from './disk-tree.ts';

/** @throws FILE_NOT_FOUND; FILE_UNREADABLE for a file that is not a zip; the errors of `openZip`. */
export async function openPath(path: string): Promise<FileTree> {
  const found = await stat(path).catch(missingAs(undefined, path));
  if (found === undefined) throw new CapsuleError('FILE_NOT_FOUND', { file: path });
  if (found.isDirectory()) return new DiskTree(path);
  const file = diskFile(path, path);
  if (!isZip(await file.bytes(0, 4))) {
    throw new CapsuleError('FILE_UNREADABLE', {
      file: path,
      expected: 'a folder or a zip archive',
      found: 'a file',
      action: 'Name the folder that holds it.',
    });
  }
  return openZip(basename(path), file);
}

/** "PK" and a record mark: 3 4 for a file, 5 6 for an archive without any. */
function isZip([p, k, first, second]: Uint8Array): boolean {
  const mark = (first === 3 && second === 4) || (first === 5 && second === 6);
  return p === 0x50 && k === 0x4b && mark;
}
