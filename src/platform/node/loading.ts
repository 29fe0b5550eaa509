/** What reads volumes on Node: threads that run a bundled program, and a cache on the disk. */
import type { CacheSettings } from '../../core/files/cache-folder.ts';
import { openNodeCache } from './cache-folder.ts';
import { nodeLoaderThreads, startNodeLoader } from './loader-thread.ts';

/**
 * @param program - of the threads; without it there are none
 * @param cache - where decoded volumes are kept, nowhere when absent; it outlives the cohort
 */
export function nodeLoading(program: URL | undefined, cache?: CacheSettings) {
  return {
    threads: program === undefined ? 0 : nodeLoaderThreads(),
    startThread() {
      if (program === undefined) throw new Error('no program for threads');
      return startNodeLoader(program);
    },
    cache,
    openCache: openNodeCache,
    close: () => Promise.resolve(),
  };
}
