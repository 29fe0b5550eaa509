/** Opens the engine on Dawn for tests, which must not pass quietly on a machine without a driver. */
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
