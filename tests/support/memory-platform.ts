/** A session's world in memory: one cohort to open, and storage that is a map of trees. */
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import type { FileTree } from '../../src/core/files/file-tree.ts';
import type { SessionPlatform } from '../../src/jobs/session/platform.ts';
import { nodeGpu } from './gpu.ts';

/**
 * @param opened - whatever folder is opened
 * @param storage - trees by their path, as the session leaves them
 */
export async function memoryPlatform(
  opened: FileTree,
  storage = new Map<string, MemoryTree>(),
): Promise<SessionPlatform> {
  const { gpu, remark } = await nodeGpu();
  return {
    ...{ gpu, gpuRemark: remark, runtime: 'test', clock: { now: () => 0, elapsed: () => 0 } },
    openTree: () => Promise.resolve(opened),
    workspace: (path) => {
      const tree = storage.get(path) ?? new MemoryTree(path.slice(path.lastIndexOf('/') + 1));
      storage.set(path, tree);
      return Promise.resolve(tree);
    },
    workspaceFolders: (path) =>
      Promise.resolve(
        [...storage.keys()].flatMap((key) =>
          key.startsWith(`${path}/`) ? [key.slice(path.length + 1)] : [],
        ),
      ),
    removeWorkspace: (path) => Promise.resolve(void storage.delete(path)),
    baseBrain: () => Promise.reject(new Error('no sample here')),
  };
}
