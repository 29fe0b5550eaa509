import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { relativeError } from '../../../tests/support/conv-block-reference.ts';
import { openTestDevice, poisonRecycledBuffers } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import type { EngineDevice } from '../device/engine-device.ts';
import { useKernels } from '../kernels/choice.ts';
import { Network } from '../networks/network.ts';
import { elu, leakyRelu, relu, sigmoid, softplus, tanh } from './activations.ts';
import { selfAttention } from './attention.ts';
import { batchNorm } from './batch-norm.ts';
import { called, gradientReversal, residual, sequential, unused } from './composite.ts';
import { convolution } from './convolution.ts';
import { channelDropout, dropout, linear } from './dense.ts';
import { gated } from './gate.ts';
import { gelu } from './gelu.ts';
import { groupNorm, instanceNorm } from './group-norm.ts';
import { growing } from './join.ts';
import { layerNorm } from './layer-norm.ts';
import { NO_MEMORY, sizeOf, type Layer } from './layer.ts';
import { cropMaxUnpool, padMaxPool } from './pad-max-pool.ts';
import { avgPool, globalAvgPool, maxPool } from './pooling.ts';
import { prelu } from './prelu.ts';
import { flatten, unflatten } from './shape.ts';
import { squeezeExcitation } from './squeeze-excitation.ts';
import { firstToken, tokenLinear, withFirst } from './tokens.ts';
import { transposedConvolution } from './transposed-convolution.ts';
import { upsample } from './upsample.ts';

// Each layer by our kernels beside the same layer by stock operations on the same device; the
// networks' tests hold both against PyTorch.
let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => {
  useKernels(true);
  device.check();
});
afterAll(() => device.close());

const BATCH = 2;
const VOLUME = [5, 4, 6, 4];
const IMAGE = [7, 6, 4];

function random(shape: readonly number[], index: number): tf.Tensor {
  const numbers = stream(61, 'layers', index);
  const values = Float32Array.from({ length: sizeOf(shape) }, () => numbers.uniform(-1, 1));
  return tf.tensor(values, [...shape]);
}

function networkOf(layer: Layer, inputShape: readonly number[]): Network {
  return new Network({ name: layer.kind, inputShape, outputs: 0, sequentials: [[layer]] }, 3);
}

/** Result in training and evaluation, and the gradients of its sum times random slopes. */
async function run(layer: Layer, inputShape: readonly number[], isByKernels: boolean) {
  useKernels(isByKernels);
  const network = networkOf(layer, inputShape);
  const input = tf.variable(random([BATCH, ...inputShape], 1));
  const slopes = random([BATCH, ...layer.outputShape], 2);
  const updates = new Map<string, tf.Tensor>();
  const trained = [input, ...network.parameters().values()];
  const pass = () => {
    const uniform = (shape: number[]) => tf.abs(random(shape, 3));
    const output = network.train(input, uniform, updates);
    expect(output.shape).toEqual(slopes.shape);
    return tf.sum(tf.mul(tf.reshape(output, [-1]), tf.reshape(slopes, [-1]))) as tf.Scalar;
  };
  tf.dispose(tf.variableGrads(pass, trained));
  poisonRecycledBuffers();
  const { value, grads } = tf.variableGrads(pass, trained);
  const gradients = await Promise.all(trained.map(({ name }) => grads[name]?.data()));
  const training = await value.data();
  network.commit(updates);
  const output = await tf.tidy(() => network.predict(input)).data();
  const state = (await network.state()).flatMap(({ values }) => [...values]);
  tf.dispose([input, slopes, grads, value]);
  network.dispose();
  return { training, output, gradients, state };
}

const conv = { window: 3, stride: 1, padding: 1 };
const linked = (shape: readonly number[]) => {
  const link = { inputShape: shape };
  const pool = padMaxPool(shape, link);
  return sequential([pool, cropMaxUnpool(pool.outputShape, link)]);
};

/** Each voxel times a factor that a convolution of the map makes of it. */
function gate(shape: readonly number[]): Layer {
  const conv = convolution('l', shape, 1, { window: 1, padding: 0 });
  return {
    ...{ ...conv, kind: 'Gate', outputShape: shape },
    forward: (input, pass) => gated(input, conv.forward(input, pass)),
  };
}

/** A token more in front, and a dense layer; and the first of them alone, added to all numbers. */
function tokens(shape: readonly number[]): Layer {
  const [count = 1, width = 1] = shape;
  const dense = tokenLinear('l', [count + 1, width], width);
  return {
    ...{ kind: 'Tokens', lines: [], states: dense.states, outputShape: [(count + 2) * width] },
    forward(input, pass) {
      const [batch = 1] = input.shape;
      const first = tf.slice(tf.reshape(input, [-1]), [0], [width]);
      const all = dense.forward(withFirst(input, tf.reshape(first, [1, 1, width])), pass);
      return tf.concat([tf.reshape(all, [batch, -1]), firstToken(all)], 1);
    },
    memory: () => NO_MEMORY,
  };
}

const LAYERS: [string, readonly number[], (shape: readonly number[]) => Layer][] = [
  ['convolution', VOLUME, (shape) => convolution('l', shape, 8)],
  ['convolution, strided', VOLUME, (shape) => convolution('l', shape, 8, { ...conv, stride: 2 })],
  [
    'convolution, window 1, no bias',
    VOLUME,
    (shape) => convolution('l', shape, 8, { window: 1, padding: 0, bias: false }),
  ],
  [
    'convolution, window 4',
    VOLUME,
    (shape) => convolution('l', shape, 8, { window: 4, stride: 2, padding: 1 }),
  ],
  [
    'convolution of images',
    IMAGE,
    (shape) => convolution('l', shape, 8, { window: [5, 3], stride: [2, 1], padding: [2, 1] }),
  ],
  ['transposed', VOLUME, (shape) => transposedConvolution('l', shape, 4)],
  [
    'transposed, strided, output padded',
    VOLUME,
    (shape) => transposedConvolution('l', shape, 4, { stride: 2, outputPadding: [1, 0, 1] }),
  ],
  [
    'transposed, window 4, of images',
    IMAGE,
    (shape) => transposedConvolution('l', shape, 3, { window: 4, stride: 2, bias: false }),
  ],
  ['batch norm', VOLUME, (shape) => batchNorm('l', shape)],
  ['batch norm of images', IMAGE, (shape) => batchNorm('l', shape, () => new Float32Array(4))],
  ['instance norm', VOLUME, instanceNorm],
  ['instance norm of images', IMAGE, instanceNorm],
  ['group norm', VOLUME, (shape) => groupNorm('l', shape, 2)],
  ['ReLU', VOLUME, relu],
  ['LeakyReLU', [3, 5, 3], leakyRelu(0.2)],
  ['ELU', VOLUME, elu],
  ['Sigmoid', VOLUME, sigmoid],
  ['Tanh', VOLUME, tanh],
  ['Softplus', [3, 5, 3], softplus],
  ['max pool', VOLUME, (shape) => maxPool(shape, { window: 3, stride: 2 })],
  ['max pool, padded', IMAGE, (shape) => maxPool(shape, { window: 3, stride: 2, padding: 1 })],
  ['PadMaxPool and CropMaxUnpool', VOLUME, linked],
  ['PadMaxPool and CropMaxUnpool of images', IMAGE, linked],
  ['PadMaxPool after a ReLU', VOLUME, (shape) => sequential([relu(shape), linked(shape)])],
  ['average pool', VOLUME, (shape) => avgPool(shape, { window: 2 })],
  ['average pool, padded', IMAGE, (shape) => avgPool(shape, { window: 3, stride: 2, padding: 1 })],
  ['global average pool', VOLUME, globalAvgPool],
  ['nearest upsampling', VOLUME, (shape) => upsample(shape, 2, 'nearest')],
  ['trilinear upsampling', VOLUME, (shape) => upsample(shape, 2, 'linear')],
  ['bilinear upsampling', IMAGE, (shape) => upsample(shape, 3, 'linear')],
  [
    'max pool, rounded up',
    VOLUME,
    (shape) => maxPool(shape, { window: 3, stride: 2, ceilMode: true }),
  ],
  ['PReLU', VOLUME, (shape) => prelu('l', shape)],
  ['PReLU of a ragged size', [3, 5, 3], (shape) => prelu('l', shape)],
  ['GELU', [6, 8], gelu],
  ['GELU of a ragged size', [3, 5], gelu],
  ['layer norm', [6, 8], (shape) => layerNorm('l', shape)],
  ['layer norm of a ragged width', [70, 5], (shape) => layerNorm('l', shape)],
  ['self-attention', [5, 12], (shape) => selfAttention('l', shape, 3, 0.3)],
  ['tokens', [5, 6], tokens],
  ['gate', VOLUME, gate],
  ['gate of ragged channels', [4, 3, 5, 6], gate],
  ['growing', IMAGE, (shape) => growing('Layer', shape, 'layers', [convolution('l', shape, 3)])],
  ['dropout of channels', VOLUME, (shape) => channelDropout(shape, 0.4)],
  ['flatten', VOLUME, flatten],
  ['unflatten', [480], () => unflatten(VOLUME)],
  ['linear', [13], () => linear('l', 13, 7)],
  ['dropout', [13], (shape) => dropout(shape, 0.4)],
  ['gradient reversal', VOLUME, gradientReversal],
  [
    'residual',
    VOLUME,
    (shape) =>
      residual(shape, {
        kind: 'Block',
        main: [['conv', convolution('l.conv', shape, 8)]],
        shortcut: [['shortcut', convolution('l.shortcut', shape, 8, { window: 1, padding: 0 })]],
        activation: ['act', elu([...shape.slice(0, 3), 8])],
      }),
  ],
  ['squeeze and excitation', [4, 3, 5, 16], (shape) => squeezeExcitation('l', shape, 2)],
  ['a layer that nothing goes through', VOLUME, (shape) => unused(batchNorm('l', shape), shape)],
];

test.each(LAYERS)('%s on %j: kernels and stock operations agree', async (_name, shape, make) => {
  const [plain, fast] = [await run(make(shape), shape, false), await run(make(shape), shape, true)];
  expect(relativeError(fast.output, plain.output)).toBeLessThan(1e-5);
  const size = Math.max(Math.abs(plain.training[0] ?? NaN), 1);
  expect(Math.abs((fast.training[0] ?? NaN) - (plain.training[0] ?? NaN))).toBeLessThan(
    1e-5 * size,
  );
  expect(fast.gradients).toHaveLength(plain.gradients.length);
  for (const [index, expected] of plain.gradients.entries()) {
    const found = fast.gradients[index];
    expect(found?.length).toBe(expected?.length);
    if (expected !== undefined && found !== undefined) {
      expect(relativeError(found, expected), `gradient ${index}`).toBeLessThan(1e-5);
    }
  }
  if (plain.state.length > 0) expect(relativeError(fast.state, plain.state)).toBeLessThan(1e-5);
});

test('gradients are those of central differences', async () => {
  // One chain through layers whose gradients are made by hand, on our kernels.
  const shape = [4, 4, 4, 4];
  const pooled = maxPool(shape, { window: 2 });
  const chain = sequential([
    ...[softplus(shape), tanh(shape), gradientReversal(shape), gradientReversal(shape)],
    ...[sigmoid(shape), elu(shape), leakyRelu(0.2)(shape), pooled],
    ...[squeezeExcitation('l', pooled.outputShape, 2), flatten(pooled.outputShape)],
  ]);
  const network = networkOf(chain, shape);
  const values = await random([1, ...shape], 4).data();
  const slopes = random(chain.outputShape, 5);
  const score = (input: tf.Tensor) =>
    tf.sum(tf.mul(tf.reshape(network.predict(input), [-1]), slopes)) as tf.Scalar;
  const gradient = await tf
    .grad((x: tf.Tensor) => score(x))(tf.tensor(values, [1, ...shape]))
    .data();
  const step = 1e-2;
  for (const index of [0, 37, 101, 255]) {
    const at = async (distance: number) => {
      const moved = Float32Array.from(values);
      moved[index] = (moved[index] ?? 0) + distance;
      return (await tf.tidy(() => score(tf.tensor(moved, [1, ...shape]))).data())[0] ?? NaN;
    };
    const slope = ((await at(step)) - (await at(-step))) / (2 * step);
    expect(Math.abs(slope - (gradient[index] ?? NaN))).toBeLessThan(2e-4);
  }
  network.dispose();
});

test.each<[string, readonly number[], (shape: readonly number[]) => Layer]>([
  ['GELU', [3, 4], gelu],
  ['PReLU', [3, 4], (shape) => prelu('l', shape)],
  ['layer norm', [3, 6], (shape) => layerNorm('l', shape)],
  ['self-attention', [3, 4], (shape) => selfAttention('l', shape, 2, 0)],
  ['gate', [2, 3, 2, 4], gate],
  ['growing', [3, 3, 2], (shape) => growing('L', shape, 'l', [convolution('l', shape, 2)])],
  ['max pool, rounded up', [4, 4, 2], (shape) => maxPool(shape, { window: 3, ceilMode: true })],
])('gradients of %s are those of central differences', async (_name, shape, make) => {
  const network = networkOf(make(shape), shape);
  const parameters = [...network.parameters().values()];
  const slopes = random(make(shape).outputShape, 7);
  const given = tf.variable(random([1, ...shape], 8));
  const score = () =>
    tf.sum(tf.mul(tf.reshape(network.predict(given), [-1]), tf.reshape(slopes, [-1]))) as tf.Scalar;
  const { value, grads } = tf.variableGrads(score, [given, ...parameters]);
  const step = 2e-2;
  for (const variable of [given, ...parameters]) {
    const gradient = (await grads[variable.name]?.data()) ?? new Float32Array(0);
    const values = Float32Array.from(await variable.data());
    const before = tf.tensor(values, variable.shape);
    for (const index of [0, Math.floor(values.length / 2), values.length - 1]) {
      const at = async (distance: number) => {
        const moved = Float32Array.from(values);
        moved[index] = (moved[index] ?? 0) + distance;
        const tensor = tf.tensor(moved, variable.shape);
        variable.assign(tensor);
        const result = tf.tidy(score);
        const found = (await result.data())[0] ?? NaN;
        tf.dispose([tensor, result]);
        return found;
      };
      const slope = ((await at(step)) - (await at(-step))) / (2 * step);
      expect(Math.abs(slope - (gradient[index] ?? NaN)), variable.name).toBeLessThan(2e-3);
    }
    variable.assign(before);
    before.dispose();
  }
  tf.dispose([given, slopes, value, grads]);
  network.dispose();
});

test('GELU is that of the normal distribution', async () => {
  // 0.5 x erfc(-x / sqrt 2) by Python's math.erfc.
  const expected = [
    [-6, -5.919525870226207e-9],
    [-3, -0.004049694094890287],
    [-1, -0.15865525393145707],
    [-0.1, -0.0460172162722971],
    [0, 0],
    [0.5, 0.34573123063700656],
    [2, 1.9544997361036416],
    [7, 6.999999999991041],
  ] as const;
  const network = networkOf(gelu([8]), [8]);
  const input = tf.tensor2d([expected.map(([x]) => x)]);
  const found = await network.predict(input).data();
  for (const [index, [, value]] of expected.entries()) {
    expect(Math.abs((found[index] ?? NaN) - value)).toBeLessThan(1e-6);
  }
  network.dispose();
});

test('a gradient reversal turns gradients round and multiplies them', async () => {
  const network = networkOf(gradientReversal([3]), [3]);
  const pass = (x: tf.Tensor) => tf.sum(network.evaluate(x, { reversal: 0.25 }).output);
  const gradient = await tf
    .grad(pass)(tf.tensor2d([[1, 2, 3]]))
    .data();
  expect([...gradient]).toEqual([-0.25, -0.25, -0.25]);
});

test('layers print as PyTorch prints them', () => {
  const shape = [8, 8, 8, 4];
  expect(convolution('l', shape, 8, { window: 1, padding: 0, bias: false }).lines).toEqual([
    'Conv3d(4, 8, kernel_size=(1, 1, 1), stride=(1, 1, 1), bias=False)',
  ]);
  expect(
    transposedConvolution('l', [8, 8, 4], 8, { stride: 2, outputPadding: [1, 0] }).lines,
  ).toEqual([
    'ConvTranspose2d(4, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 0))',
  ]);
  expect(maxPool(shape, { window: 3, stride: 2 }).lines).toEqual([
    'MaxPool3d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=False)',
  ]);
  expect(leakyRelu(0.2)(shape).lines).toEqual(['LeakyReLU(negative_slope=0.2)']);
  expect(sequential([elu(shape), called('last', tanh(shape))]).lines).toEqual([
    'Sequential(',
    '  (0): ELU(alpha=1.0)',
    '  (last): Tanh()',
    ')',
  ]);
});
