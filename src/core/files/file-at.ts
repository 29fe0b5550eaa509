/** A file as it stands in a tree that is made of other trees. */
import type { SourceFile } from './file-tree.ts';

/** @returns the same file under another path */
export function fileAt(path: string, file: SourceFile): SourceFile {
  return {
    path,
    size: () => file.size(),
    stream: () => file.stream(),
    bytes: (start, end) => file.bytes(start, end),
    ...{ modified: file.modified, portable: file.portable },
  };
}
