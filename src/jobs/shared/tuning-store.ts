/** Where what was measured on an adapter is kept: a small JSON file in a folder that belongs to Capsule. */
import type { WritableTree } from '../../core/files/file-tree.ts';
import { readJson } from '../../core/files/read.ts';
import type { TuningStore } from '../../core/tuning.ts';

const FILE = 'tuning.json';

/** @param open - makes the folder where it is not there */
export function tuningStoreIn(open: () => Promise<WritableTree>): TuningStore {
  return {
    async load() {
      const folder = await open();
      return (await folder.file(FILE)) === undefined ? undefined : readJson(folder, FILE);
    },
    async save(tunings) {
      await (await open()).write(FILE, `${JSON.stringify(tunings, undefined, 2)}\n`);
    },
  };
}
