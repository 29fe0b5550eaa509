/**
 * Time, arithmetic and traffic of the kernels that the benchmark of a training step does not meet:
 * each operation forward and backward on the same feature map, from the device's timestamps.
 *
 *   npm run bench -- operations [--shape 48x48x48] [--channels 16] [--batch 2] [--json]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { stream } from '../src/core/random/philox.ts';
import { EngineDevice } from '../src/engine/device/engine-device.ts';
import { currentDevice } from '../src/engine/device/tfjs-backend.ts';
import { averagePool } from '../src/engine/kernels/average-pool.ts';
import {
  convolution,
  transposedConvolution,
} from '../src/engine/kernels/differentiable-convolution.ts';
import { groupNormalisation } from '../src/engine/kernels/group-normalisation.ts';
import { maxPool, padMaxPoolGeometry } from '../src/engine/kernels/max-pool.ts';
import { maxUnpool } from '../src/engine/kernels/max-unpool.ts';
import { resample } from '../src/engine/kernels/resample.ts';
import { GpuProfiler } from '../src/engine/profiler/gpu-profiler.ts';
import { profileOf, profileTable } from '../src/engine/profiler/profile.ts';
import { nodeGpu, releaseNodeGpu } from '../src/platform/node/gpu.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    shape: { type: 'string', default: '48x48x48' },
    channels: { type: 'string', default: '16' },
    batch: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});

const spatial = options.shape.split('x').map(Number);
const channels = Number(options.channels);
const shape = [Number(options.batch), ...spatial, channels];
const half = [shape[0] ?? 1, ...spatial.map((length) => Math.ceil(length / 2)), channels];

function random(of: number[], index: number): tf.Tensor {
  const numbers = stream(1, 'operations', index);
  const size = of.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => numbers.uniform(-1, 1)),
    of,
  );
}

const { gpu, remark } = await nodeGpu();
const device = await EngineDevice.open(gpu);
if (device.report.kind === 'none') throw new Error(remark);

const large = random(shape, 1);
const small = random(half, 2);
const plane = tf.reshape(large, [
  shape[0] ?? 1,
  (spatial[0] ?? 1) * (spatial[1] ?? 1),
  -1,
  channels,
]);
const filter = (window: number[]) => random([...window, channels, channels], 3);
const vector = random([channels], 4);
const { maxima } = maxPool(large, padMaxPoolGeometry(shape));
type Operation = [input: tf.Tensor, (input: tf.Tensor, weight: tf.Tensor) => tf.Tensor, number[]?];
const operations: Record<string, Operation> = {
  'convolution 1': [large, (x, w) => convolution(x, w, vector), [1, 1, 1]],
  'convolution 3, stride 2': [
    large,
    (x, w) => convolution(x, w, vector, { stride: 2, padding: 1 }),
    [3, 3, 3],
  ],
  'convolution 4, stride 2': [
    large,
    (x, w) => convolution(x, w, vector, { stride: 2, padding: 1 }),
    [4, 4, 4],
  ],
  'convolution 3 of images': [plane, (x, w) => convolution(x, w, vector, { padding: 1 }), [3, 3]],
  'transposed convolution 4, stride 2': [
    small,
    (x, w) => transposedConvolution(x, w, vector, { stride: 2, padding: 1 }),
    [4, 4, 4],
  ],
  'batch normalisation': [
    large,
    (x) => groupNormalisation(x, vector, vector, { kind: 'batch' }).output,
  ],
  'instance normalisation': [
    large,
    (x) => groupNormalisation(x, vector, vector, { kind: 'instance' }).output,
  ],
  'group normalisation': [
    large,
    (x) => groupNormalisation(x, vector, vector, { kind: 'group', groups: channels / 4 }).output,
  ],
  PadMaxPool: [large, (x) => maxPool(x, padMaxPoolGeometry(shape)).output],
  'maximum unpooling': [small, (x) => maxUnpool(x, maxima, shape)],
  'average pooling 2': [large, (x) => averagePool(x, { window: 2 })],
  'nearest, twice as large': [small, (x) => resample(x, shape, { mode: 'nearest' })],
  'trilinear, twice as large': [small, (x) => resample(x, shape, { mode: 'linear' })],
  'addition of [C]': [large, (x) => tf.add(x, vector)],
  'padding by 1': [
    large,
    (x) =>
      tf.pad(
        x,
        shape.map((_, axis) => (axis > 0 && axis < 4 ? [1, 1] : [0, 0])),
      ),
  ],
};

const adapter = device.report.driver || device.report.name;
if (!options.json) console.log(`${shape.join(' x ')}, f32, forward and backward, on ${adapter}`);
for (const [name, [input, of, window]] of Object.entries(operations)) {
  const weight = filter(window ?? [1, 1, 1]);
  const go = () =>
    tf.tidy(() => {
      const gradients = tf.grads((x, w) => of(x as tf.Tensor, w as tf.Tensor));
      const slopes = tf.onesLike(of(input, weight));
      const inputs = window === undefined ? [input] : [input, weight];
      if (window === undefined) tf.grad((x: tf.Tensor) => of(x, weight))(input, slopes);
      else gradients(inputs, slopes);
    });
  go();
  await device.settle();
  const profiler = GpuProfiler.attach(currentDevice());
  if (profiler === undefined) throw new Error('This device has no timestamp queries.');
  go();
  await device.settle();
  const profile = profileOf(await profiler.read());
  profiler.detach();
  weight.dispose();
  if (options.json) {
    for (const row of profile) console.log(JSON.stringify({ adapter, operation: name, ...row }));
  } else {
    console.log(`\n${name}`);
    for (const line of profileTable(profile).slice(1, 6)) console.log(`  ${line}`);
  }
}
device.close();
releaseNodeGpu();
