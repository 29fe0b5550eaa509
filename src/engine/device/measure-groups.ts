/**
 * How large workgroups should be on this adapter: the same convolution, its filter's gradient and a
 * sum, with each size, which is all that differs: no kernel uses workgroup memory, so that no number
 * depends on it. Takes well under a second on a GPU.
 */
import * as tf from '@tensorflow/tfjs';
import type { Clock } from '../../core/clock.ts';
import { GROUP_SIZES, type Tuning } from '../../core/tuning.ts';
import { channelSums } from '../kernels/channel-sums.ts';
import { convolve } from '../kernels/convolution.ts';
import { sameGeometryOf } from '../kernels/convolution-geometry.ts';
import { setGroupSize } from '../kernels/dispatch.ts';
import { filterGradient } from '../kernels/filter-gradient.ts';
import { currentDevice } from './tfjs-backend.ts';

const SHAPE = [1, 48, 48, 48, 8];
const OUTPUTS = 16;
const ROUNDS = 3;

/**
 * @param settle - waits until the device is done
 * @returns milliseconds by size; the size in use is the last one afterwards
 */
export async function measureGroups(
  settle: () => Promise<void>,
  clock: Clock,
): Promise<Map<Tuning['groupSize'], number>> {
  const device = currentDevice();
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = device.limits;
  const most = Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX);
  const input = tf.ones(SHAPE);
  const filter = tf.ones([3, 3, 3, 8, OUTPUTS]);
  const geometry = sameGeometryOf(SHAPE, [3, 3, 3]);
  const round = () => {
    const output = convolve(input, filter, { geometry, padded: true });
    const gradient = filterGradient(input, output, OUTPUTS, { geometry, padded: true });
    tf.dispose([output, gradient, channelSums(output, OUTPUTS)]);
  };
  const milliseconds = new Map<Tuning['groupSize'], number>();
  for (const size of GROUP_SIZES.filter((candidate) => candidate <= most)) {
    setGroupSize(device, size);
    // The first round compiles.
    round();
    await settle();
    let least = Infinity;
    for (let i = 0; i < ROUNDS; i++) {
      const start = clock.elapsed();
      round();
      await settle();
      least = Math.min(least, clock.elapsed() - start);
    }
    milliseconds.set(size, least);
  }
  tf.dispose([input, filter]);
  return milliseconds;
}
