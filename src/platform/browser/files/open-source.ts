/** From what the user gave the page to a tree that jobs read. */
import { CapsuleError } from '../../../core/errors.ts';
import type { FileTree } from '../../../core/files/file-tree.ts';
import type { TreeSource } from '../../../core/files/tree-source.ts';
import { openZip } from '../../../core/files/zip-tree.ts';
import { FileListTree } from './file-list-tree.ts';
import { HandleTree } from './handle-tree.ts';
import { findOpfsFolder } from './opfs.ts';

/** @throws FILE_NOT_FOUND for a missing folder, the errors of `openZip` for an archive. */
export async function openTree(source: TreeSource): Promise<FileTree> {
  switch (source.kind) {
    case 'handle':
      return new HandleTree(source.handle);
    case 'files':
      return new FileListTree(source.name, source.files);
    case 'zip':
      return openZip(source.name, source.blob);
    case 'opfs': {
      const tree = await findOpfsFolder(source.path);
      if (tree === undefined) throw new CapsuleError('FILE_NOT_FOUND', { file: source.path });
      return tree;
    }
  }
}
