/** Opens the engine for a command, and lets the process end afterwards. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineDevice } from '../src/engine/device/engine-device.ts';
import { tuningStoreIn } from '../src/jobs/shared/tuning-store.ts';
import { nodeCacheSettings } from '../src/platform/node/cache-folder.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { nodeGpu, releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { onInterrupt } from './terminal/interrupt.ts';

export interface RunnerEngine {
  readonly device: EngineDevice;
  /** Aborted by Ctrl+C; a second one ends the process at once. */
  readonly signal: AbortSignal;
  close(): void;
}

async function openSettings(): Promise<DiskTree> {
  const folder = dirname(nodeCacheSettings().folder);
  await mkdir(folder, { recursive: true });
  return new DiskTree(folder);
}

/** For environment.txt. */
export const RUNTIME = `node==${process.versions.node}`;

export async function openEngine(): Promise<RunnerEngine> {
  const { gpu, remark } = await nodeGpu();
  const device = await EngineDevice.open(gpu, {
    remarkWhenAbsent: remark,
    tunings: tuningStoreIn(openSettings),
  });
  const interrupt = onInterrupt();
  return {
    device,
    signal: interrupt.signal,
    close() {
      interrupt.end();
      device.close();
      releaseNodeGpu();
    },
  };
}
