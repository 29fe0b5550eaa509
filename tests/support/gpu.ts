/** Opens the engine on Dawn for tests, which must not pass quietly on a machine without a driver. */
import * as tf from '@tensorflow/tfjs';
import { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { nodeGpu } from '../../src/platform/node/gpu.ts';

export { nodeGpu };

export async function openTestDevice(): Promise<EngineDevice> {
  const { gpu, remark } = await nodeGpu();
  const device = await EngineDevice.open(gpu, { remarkWhenAbsent: remark });
  if (device.report.kind === 'none') {
    throw new Error(`These tests need a Vulkan driver; \`npm test\` installs one. ${remark}`);
  }
  return device;
}

/**
 * Fills every GPU buffer that tfjs keeps for reuse with NaN: what reads an element that it has not
 * written gives itself away.
 */
export function poisonRecycledBuffers(): void {
  const { device, bufferManager } = tf.backend() as unknown as {
    device: GPUDevice;
    bufferManager: { freeBuffers: Map<string, GPUBuffer[]> };
  };
  for (const buffers of bufferManager.freeBuffers.values()) {
    for (const buffer of buffers) {
      if ((buffer.usage & GPUBufferUsage.STORAGE) === 0) continue;
      device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(NaN));
    }
  }
}
