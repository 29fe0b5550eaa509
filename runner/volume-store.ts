/** What reads the volumes of a command: threads beside the one that drives the GPU, and for training a cache. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import type { CacheSettings } from '../src/core/files/cache-folder.ts';
import type { FileTree } from '../src/core/files/file-tree.ts';
import { VolumeStore } from '../src/jobs/data/volume-store.ts';
import { nodeCacheSettings } from '../src/platform/node/cache-folder.ts';
import { nodeLoading } from '../src/platform/node/loading.ts';
import { packageRoot } from './package-root.ts';

export interface CacheOptions {
  readonly cache_dir?: string;
  readonly no_cache?: boolean;
}

export function addCacheOptions(command: Command): Command {
  const { folder } = nodeCacheSettings();
  return command
    .option(
      '--cache_dir <folder>',
      `keep decoded volumes that do not fit into memory there, at most 20 GB; voxels without names, for this user alone; remove the folder to empty it (default: ${folder})`,
    )
    .option('--no_cache', 'keep no decoded volumes on the disk');
}

/** @returns undefined when nothing shall be kept. */
export function cacheOf({ cache_dir, no_cache }: CacheOptions): CacheSettings | undefined {
  return no_cache === true ? undefined : nodeCacheSettings(cache_dir);
}

/** @returns a store whose threads have to be ended: `close` it. */
export function openStore(caps: FileTree, cache?: CacheSettings): VolumeStore {
  return new VolumeStore(caps, { loading: nodeLoading(loaderProgram(), cache) });
}

/** @returns the bundled program of the loading threads; undefined where it was not built. */
export function loaderProgram(): URL | undefined {
  const path = join(packageRoot(), 'dist', 'runner', 'loader-worker.mjs');
  return existsSync(path) ? pathToFileURL(path) : undefined;
}
