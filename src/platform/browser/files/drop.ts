/**
 * What was dropped on the page. Chromium gives handles, which can be posted to a worker and written
 * to; Firefox and Safari give entries, which are walked here. Both have to be asked for before the
 * drop event ends: nothing is awaited until all items have been.
 */
import type { TreeSource } from '../../../core/files/tree-source.ts';
import { isZipName, zipSource, type ListedFile } from './file-list-tree.ts';

/** The part of `DataTransferItem` that is not in every browser or type library. */
interface DroppedItem {
  readonly kind: string;
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
  webkitGetAsEntry(): FileSystemEntry | null;
}

/** @returns a folder, a zip, or the dropped files together; undefined when there was no file. */
export async function dropSource(transfer: {
  readonly items: ArrayLike<DroppedItem>;
}): Promise<TreeSource | undefined> {
  const items = Array.from(transfer.items).filter((item) => item.kind === 'file');
  const asked = items.map((item) => ({
    handle: items.length === 1 ? item.getAsFileSystemHandle?.() : undefined,
    entry: item.webkitGetAsEntry(),
  }));
  const [first] = asked;
  if (first === undefined) return undefined;
  const handle = await first.handle?.catch(() => null);
  if (handle?.kind === 'directory') {
    return { kind: 'handle', handle: handle as FileSystemDirectoryHandle };
  }
  const entries = asked.flatMap(({ entry }) => (entry === null ? [] : [entry]));
  const [only] = entries;
  if (only === undefined) return undefined;
  if (entries.length === 1 && only.isDirectory) {
    return { kind: 'files', name: only.name, files: await listed(await children(only), '') };
  }
  if (entries.length === 1 && isZipName(only.name)) return zipSource(await fileOf(only));
  return { kind: 'files', name: 'files', files: await listed(entries, '') };
}

async function listed(entries: readonly FileSystemEntry[], prefix: string): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for (const entry of entries) {
    const path = prefix + entry.name;
    if (entry.isFile) files.push({ path, file: await fileOf(entry) });
    else files.push(...(await listed(await children(entry), `${path}/`)));
  }
  return files;
}

function fileOf(entry: FileSystemEntry): Promise<File> {
  return new Promise((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
}

/** `readEntries` gives a folder in parts, of 100 in Chromium; an empty part is the end. */
async function children(folder: FileSystemEntry): Promise<FileSystemEntry[]> {
  const reader = (folder as FileSystemDirectoryEntry).createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return all;
    all.push(...part);
  }
}
