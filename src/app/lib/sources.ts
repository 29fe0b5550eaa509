/**
 * Folders and archives as the browser hands them over (a picker, a file input, a drop), turned into
 * the `TreeSource` that the worker opens. Nothing is read here but file names.
 */
import type { TreeSource } from '../../jobs/session-api.ts';

export type Opened =
  | { readonly kind: 'caps' | 'maps'; readonly source: TreeSource }
  | { readonly kind: 'table'; readonly file: File }
  | { readonly kind: 'toml'; readonly file: File };

type ListedFile = Extract<TreeSource, { kind: 'files' }>['files'][number];

/** Chromium's folder picker, which TypeScript's DOM types leave out as it is no standard yet. */
interface PickerWindow {
  readonly showDirectoryPicker?: (options: { mode: 'read' }) => Promise<FileSystemDirectoryHandle>;
}

/** The part of `DataTransferItem` that TypeScript's DOM types leave out. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** Whether the browser has a folder picker; elsewhere a file input takes its place. */
export function canPickFolder(): boolean {
  return 'showDirectoryPicker' in window;
}

/** Shows the folder picker. @returns undefined when the user closed it. */
export async function pickFolder(): Promise<TreeSource | undefined> {
  try {
    const handle = await (window as PickerWindow).showDirectoryPicker?.({ mode: 'read' });
    if (handle === undefined) return undefined;
    return { kind: 'handle', handle };
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return undefined;
    throw thrown;
  }
}

/** @param files - those of an `<input type="file" webkitdirectory>` */
export function folderOf(files: Iterable<File>): TreeSource {
  return stripRoot(
    [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })),
  );
}

/** Takes the first folder's name, which all paths share, as the name of the tree. */
export function stripRoot(files: readonly ListedFile[]): TreeSource {
  const root = files[0]?.path.split('/')[0] ?? '';
  const shared = files.every(({ path }) => path.startsWith(`${root}/`));
  return {
    kind: 'files',
    name: shared ? root : '',
    files: shared
      ? files.map(({ path, file }) => ({ path: path.slice(root.length + 1), file }))
      : files,
  };
}

export function zipOf(file: File): TreeSource {
  return { kind: 'zip', name: file.name, blob: file };
}

/** A MAPS has `maps.json` at its root; everything else is treated as a CAPS. */
export async function kindOf(source: TreeSource): Promise<'caps' | 'maps'> {
  if (source.kind === 'zip') return 'maps';
  if (source.kind === 'files') {
    return source.files.some(({ path }) => path === 'maps.json') ? 'maps' : 'caps';
  }
  if (source.kind === 'opfs') return 'caps';
  return source.handle.getFileHandle('maps.json').then(
    () => 'maps',
    () => 'caps',
  );
}

/**
 * @param transfer - of a drop event, while it is being handled: browsers empty it afterwards
 * @returns what was dropped; undefined when it was nothing that can be opened
 */
export async function fromDrop(transfer: DataTransfer): Promise<Opened | undefined> {
  const files = [...transfer.files];
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.flatMap((item) => item.webkitGetAsEntry() ?? []);
  const handles = items.flatMap((item) => (item as HandleItem).getAsFileSystemHandle?.() ?? []);
  const only = files.length === 1 && entries.every((entry) => entry.isFile) ? files[0] : undefined;
  if (only !== undefined && /\.zip$/i.test(only.name)) return { kind: 'maps', source: zipOf(only) };
  if (only !== undefined && /\.tsv$/i.test(only.name)) return { kind: 'table', file: only };
  if (only !== undefined && /\.toml$/i.test(only.name)) return { kind: 'toml', file: only };
  // Chromium's: it can be asked for again, and tells when a file in it changes.
  const handle = await handles[0]?.catch(() => null);
  if (handles.length === 1 && handle?.kind === 'directory') {
    const source = { kind: 'handle', handle: handle as FileSystemDirectoryHandle } as const;
    return { kind: await kindOf(source), source };
  }
  if (entries.length === 0) return undefined;
  const found = (await Promise.all(entries.map((entry) => filesBelow(entry)))).flat();
  if (found.length === 0) return undefined;
  const source = stripRoot(found);
  return { kind: await kindOf(source), source };
}

async function filesBelow(entry: FileSystemEntry): Promise<ListedFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    // Asked for when it is opened: a question to the system for each of 30,000 files takes a minute.
    const file = () =>
      new Promise<File>((resolve, reject) => {
        (entry as FileSystemFileEntry).file(resolve, reject);
      });
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    // A reader hands out at most 100 entries a call, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) break;
    children.push(...some);
  }
  return (await Promise.all(children.map((child) => filesBelow(child)))).flat();
}
