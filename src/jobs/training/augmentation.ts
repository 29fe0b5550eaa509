/** Says before the first epoch, rather than within it, that images cannot be augmented as asked. */
import { drawRecords } from '../../core/augmentation/draw.ts';
import { readPipeline } from '../../core/augmentation/pipeline.ts';
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import { onWebGpu } from '../../engine/device/tfjs-backend.ts';

/**
 * @param inputSize - of an element, channels first
 * @throws CapsuleError CONFIG_VALUE for an element that is too small for a transform; CONFIG_NOT_YET
 * without WebGPU, where its kernels do not run
 */
export function refuseAugmentation(
  { data_augmentation: given }: Config,
  inputSize: readonly number[],
  device: EngineDevice,
): void {
  const steps = readPipeline(given);
  if (steps.length === 0) return;
  drawRecords(steps, inputSize.slice(1), { seed: 0, epoch: 0, element: 0 }, true);
  if (device.report.kind !== 'none' && onWebGpu()) return;
  throw new CapsuleError('CONFIG_NOT_YET', {
    expected: '"data_augmentation" to be false on a device without WebGPU',
    found: JSON.stringify(given).slice(0, 200),
  });
}
