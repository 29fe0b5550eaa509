/**
 * Records of experiments in IndexedDB, one a MAPS: what a list shows, and nobody's name. Where the
 * browser has no IndexedDB (some private windows) every call rejects, and whoever asks goes without.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** Whatever has an id; who reads it again checks what else it is. */
interface StoredRecord {
  readonly id: string;
}

const VERSION = 1;
const STORE = 'experiments';

interface Schema extends DBSchema {
  [STORE]: { key: string; value: StoredRecord };
}

/** @param name - of the database */
export function experimentRecords(name = 'capsule') {
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const open = (): Promise<IDBPDatabase<Schema>> => {
    opened ??= openDB<Schema>(name, VERSION, {
      upgrade: (database) => void database.createObjectStore(STORE, { keyPath: 'id' }),
      // A page of a later version waits for this one to let go.
      blocking: (_current, _blocked, event) => {
        opened = undefined;
        (event.target as IDBDatabase).close();
      },
      terminated: () => (opened = undefined),
    });
    // The next call tries again.
    opened.catch(() => (opened = undefined));
    return opened;
  };
  return {
    all: async (): Promise<readonly unknown[]> => (await open()).getAll(STORE),
    put: async (record: StoredRecord) => void (await (await open()).put(STORE, record)),
    remove: async (id: string) => (await open()).delete(STORE, id),
  };
}
