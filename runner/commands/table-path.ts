/** A table that the user names: a folder in its place is told apart from a file that is not there. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CapsuleError } from '../../src/core/errors.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';

export interface TablePath {
  /** The table's folder. */
  readonly tree: DiskTree;
  /** In the folder. */
  readonly path: string;
  /** As the user typed it. */
  readonly name: string;
}

/** Tables that commands write, of which one is likely to be meant. */
const USUAL = ['labels.tsv', 'train.tsv', 'participants.tsv'];

/** @throws FILE_UNREADABLE for a folder */
export function tableAt(name: string): TablePath {
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) {
    const meant = USUAL.find((file) => existsSync(join(name, file)));
    const example = meant === undefined ? '' : `, such as ${join(name, meant)}`;
    throw new CapsuleError('FILE_UNREADABLE', {
      ...{ file: name, expected: 'a table', found: 'a folder' },
      action: `Name the table itself${example}.`,
    });
  }
  return { tree: new DiskTree(dirname(name)), path: basename(name), name };
}
