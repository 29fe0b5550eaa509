/** Opens the engine for a command, and lets the process end afterwards. */
import { EngineDevice } from '../src/engine/device/engine-device.ts';
import { nodeGpu, releaseNodeGpu } from '../src/platform/node/gpu.ts';

export interface RunnerEngine {
  readonly device: EngineDevice;
  /** Aborted by Ctrl+C; a second one ends the process at once. */
  readonly signal: AbortSignal;
  close(): void;
}

/** @param gpu - false computes on the processor, as ClinicaDL's `--no-gpu` */
export async function openEngine(gpu = true): Promise<RunnerEngine> {
  const found = gpu ? await nodeGpu() : { gpu: undefined, remark: 'Asked for with --no-gpu.' };
  const device = await EngineDevice.open(found.gpu, { remarkWhenAbsent: found.remark });
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('Stopping; press Ctrl+C again to stop at once.\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    device,
    signal: controller.signal,
    close() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      device.close();
      releaseNodeGpu();
    },
  };
}
