/** Node as a session sees it: folders below one output folder, Dawn, the brain of the package. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { safePath } from '../../core/files/paths.ts';
import { systemClock } from './clock.ts';
import { DiskTree } from './disk-tree.ts';
import { missingAs } from './disk-errors.ts';
import { nodeGpu } from './gpu.ts';
import { nodeLoading } from './loading.ts';

/**
 * @param root - folder that everything is written below
 * @param baseBrainPath - the .nii.gz that sample cohorts are made from
 * @param loader - program of the threads that read volumes; without it the session reads them itself
 */
export async function nodePlatform(
  root: string,
  baseBrainPath: string,
  runtime: string,
  loader?: URL,
) {
  const { gpu, remark } = await nodeGpu();
  const place = (folder: string) => join(root, safePath(folder));
  return {
    ...{ clock: systemClock, gpu, gpuRemark: remark, runtime },
    openTree(source: { kind: string }): Promise<FileTree> {
      return Promise.reject(
        new CapsuleError('FILE_UNREADABLE', { expected: 'a path', found: source.kind }),
      );
    },
    async workspace(folder: string): Promise<WritableTree> {
      await mkdir(place(folder), { recursive: true });
      return new DiskTree(place(folder));
    },
    async workspaceFolders(folder: string): Promise<string[]> {
      const entries = await readdir(place(folder), { withFileTypes: true }).catch(
        missingAs([], folder),
      );
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    },
    openLoading: () => Promise.resolve(nodeLoading(loader)),
    removeWorkspace: (folder: string) => rm(place(folder), { recursive: true, force: true }),
    baseBrain: async () => new Uint8Array(await readFile(baseBrainPath)),
  };
}
