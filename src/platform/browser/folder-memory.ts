/**
 * The folder that was open last, for the next visit: a handle can be kept in IndexedDB, and a click
 * then gives access to it again. Nothing of what is in it is kept.
 * https://developer.chrome.com/docs/capabilities/web-apis/file-system-access
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

const VERSION = 1;
const STORE = 'folders';
const LAST = 'last';

interface Schema extends DBSchema {
  [STORE]: { key: string; value: FileSystemDirectoryHandle };
}

/** The part of a handle that is not in every browser or type library. */
interface Asking {
  queryPermission?(options: { mode: 'read' }): Promise<PermissionState>;
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>;
}

export interface FolderMemory {
  /** @returns undefined where there is none, or the browser keeps nothing */
  last(): Promise<FileSystemDirectoryHandle | undefined>;
  keep(handle: FileSystemDirectoryHandle): Promise<void>;
  forget(): Promise<void>;
}

/** @param name - of the database */
export function folderMemory(name = 'capsule-folders'): FolderMemory {
  const within = async <Result>(
    work: (database: IDBPDatabase<Schema>) => Promise<Result>,
  ): Promise<Result> => {
    const database = await openDB<Schema>(name, VERSION, {
      upgrade: (opened) => void opened.createObjectStore(STORE),
    });
    try {
      return await work(database);
    } finally {
      database.close();
    }
  };
  return {
    last: () => within((database) => database.get(STORE, LAST)).catch(() => undefined),
    keep: (handle) => within(async (database) => void (await database.put(STORE, handle, LAST))),
    forget: () => within((database) => database.delete(STORE, LAST)),
  };
}

/**
 * Asks for leave to read the folder; to be called from a click. A browser without the question gives
 * leave with the handle.
 */
export async function regainAccess(handle: FileSystemDirectoryHandle): Promise<boolean> {
  const asking = handle as Asking;
  const state = await asking.queryPermission?.({ mode: 'read' });
  if (state === 'granted') return true;
  return ((await asking.requestPermission?.({ mode: 'read' })) ?? 'granted') === 'granted';
}
