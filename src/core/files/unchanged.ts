/**
 * A folder whose files stay what they were when they were first opened: what was checked, split and
 * audited is what is computed on. A file of another size or date is refused by name; another thread
 * that opens it from its portable form refuses it too.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree, Seen, SourceFile } from './file-tree.ts';

/** @throws FILE_CHANGED with both sizes and dates */
export function refuseChange(file: string, before: Seen, now: Seen): void {
  if (before.size === now.size && before.modified === now.modified) return;
  throw new CapsuleError('FILE_CHANGED', { file, expected: inWords(before), found: inWords(now) });
}

/** Whether a failure is the folder's and not that of one volume: leaving sessions out is no remedy. */
export function isOfFolder(thrown: unknown): boolean {
  if (!(thrown instanceof CapsuleError)) return false;
  return thrown.code === 'FILE_CHANGED' || thrown.code === 'FOLDER_ACCESS';
}

/** @returns the same tree; what is read from it rejects with FILE_CHANGED once the file has changed */
export function unchanged(tree: FileTree): FileTree {
  const seen = new Map<string, Promise<Seen>>();
  const look = (path: string, file: SourceFile, modified: () => Promise<number>): Promise<Seen> => {
    const known = seen.get(path);
    if (known !== undefined) return known;
    const first = seenNow(file, modified);
    seen.set(path, first);
    // Whoever asks next tries again.
    first.catch(() => seen.delete(path));
    return first;
  };
  return {
    get name() {
      return tree.name;
    },
    paths: (folder) => tree.paths(folder),
    async file(path) {
      const file = await tree.file(path);
      if (file?.modified === undefined) return file;
      const { modified, portable } = file;
      const before = await look(path, file, modified);
      const check = async (): Promise<void> =>
        refuseChange(path, before, await seenNow(file, modified));
      return {
        path,
        modified,
        size: () => Promise.resolve(before.size),
        stream: () => check().then(() => file.stream()),
        bytes: (start, end) => check().then(() => file.bytes(start, end)),
        portable: portable?.kind === 'handle' ? { ...portable, seen: before } : portable,
      };
    },
  };
}

async function seenNow(file: SourceFile, modified: () => Promise<number>): Promise<Seen> {
  const [size, date] = await Promise.all([file.size(), modified()]);
  return { size, modified: date };
}

/** In Coordinated Universal Time: a report of it is read elsewhere. */
function inWords({ size, modified }: Seen): string {
  const date = new Date(modified).toISOString().replace('T', ' ').slice(0, 19);
  return `${size} bytes, last changed ${date} UTC`;
}
