import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { relativeError } from '../../tests/support/conv-block-reference.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { CapsuleError } from '../core/errors.ts';
import type { ElementSource } from './data/batches.ts';
import { allocatedBytes } from './device/tfjs-backend.ts';
import type { EngineDevice } from './device/engine-device.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { estimateMemory } from './memory.ts';
import { Network } from './networks/network.ts';
import { planNetwork } from './networks/registry.ts';
import { LossScaler } from './optimizers/loss-scaler.ts';
import { Optimizer } from './optimizers/optimizer.ts';
import { trainEpoch, type StepResult } from './train.ts';
import { warmUp } from './warm-up.ts';

const SPATIAL = [35, 9, 10] as const;
const VOXELS = SPATIAL[0] * SPATIAL[1] * SPATIAL[2];
const never = new AbortController().signal;

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());

function source(count: number, value = (index: number, i: number) => Math.sin(i * (index + 1))) {
  return {
    count,
    shape: [...SPATIAL, 1],
    label: (index) => index % 2,
    name: (index) => `sub-${index}/ses-M000`,
    load: (index) =>
      Promise.resolve(Float32Array.from({ length: VOXELS }, (_, i) => value(index, i))),
  } satisfies ElementSource;
}

async function train(options: {
  data?: ElementSource;
  order?: number[];
  epochs?: number;
  accumulationSteps?: number;
  rule?: string;
  checkpointed?: boolean;
  batchSize?: number;
  microBatchSize?: number;
  dropout?: number;
  signal?: AbortSignal;
  scaler?: LossScaler;
  onStep?: (step: StepResult) => void;
}): Promise<Float32Array> {
  const { data = source(4), order = [2, 0, 3, 1], epochs = 1 } = options;
  const { scaler } = options;
  const plan = planNetwork('Conv4_FC3', [1, ...SPATIAL], 2, options.dropout ?? 0);
  const network = new Network(plan, 1, {
    precision: scaler === undefined ? 'f32' : 'half',
    checkpointed: options.checkpointed ?? false,
  });
  const optimizer = new Optimizer(options.rule ?? 'Adam', 1e-3, 1e-4);
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const steps = trainEpoch({
        device,
        network,
        optimizer,
        source: data,
        order,
        batchSize: options.batchSize ?? 2,
        microBatchSize: options.microBatchSize,
        accumulationSteps: options.accumulationSteps ?? 1,
        seed: 1,
        epoch,
        signal: options.signal ?? never,
        scaler,
      });
      for await (const step of steps) options.onStep?.(step);
    }
    const state = await network.state();
    return Float32Array.from(state.flatMap(({ values }) => Array.from(values)));
  } finally {
    network.dispose();
    optimizer.dispose();
  }
}

test('gives the same bits for the same seed, dropout included', async () => {
  const first = await train({ epochs: 2, dropout: 0.3 });
  const second = await train({ epochs: 2, dropout: 0.3 });
  expect(second).toEqual(first);
  expect(await train({ epochs: 2 })).not.toEqual(first);
});

test('gives the same weights, bit for bit, after twenty steps in half precision', async () => {
  const run = () => train({ epochs: 10, scaler: new LossScaler() });
  expect(await run()).toEqual(await run());
});

test('loses little in half precision', async () => {
  const losses = { f32: [] as number[], half: [] as number[] };
  await train({ epochs: 10, onStep: ({ loss }) => losses.f32.push(loss) });
  const scaler = new LossScaler();
  await train({ epochs: 10, scaler, onStep: ({ loss }) => losses.half.push(loss) });
  expect(scaler.state).toEqual({ scale: 65_536, growthTracker: 20, skipped: 0 });
  for (const [step, loss] of losses.f32.entries()) {
    expect(Math.abs((losses.half[step] ?? NaN) / loss - 1), `step ${step}`).toBeLessThan(0.05);
  }
  expect(losses.half).not.toEqual(losses.f32);
});

test('leaves a step out when a gradient is too large for a half, and scales less', async () => {
  const scaler = new LossScaler({ scale: 2 ** 30, growthTracker: 5, skipped: 0 });
  const steps: StepResult[] = [];
  await train({ epochs: 1, scaler, onStep: (step) => steps.push(step) });
  expect(steps.map(({ updated, skipped }) => [updated, skipped])).toEqual([
    [false, true],
    [false, true],
  ]);
  expect(steps.every(({ loss }) => loss > 0 && loss < 10)).toBe(true);
  expect(scaler.state).toEqual({ scale: 2 ** 28, growthTracker: 0, skipped: 2 });
});

test('leaves steps out that were begun before the first overflow was known, and no other', async () => {
  // Steady, so that losses are read late; the volumes of the third batch are large.
  const scaler = new LossScaler({ scale: 2 ** 20, growthTracker: 100, skipped: 0 });
  const steps: StepResult[] = [];
  const data = source(12, (index, i) => Math.sin(i * (index + 1)) * (index >> 1 === 2 ? 1e4 : 1));
  const order = Array.from({ length: 12 }, (_, index) => index);
  const run = () => train({ data, order, scaler, onStep: (step) => steps.push(step) });
  const state = await run();
  expect(state.every(Number.isFinite)).toBe(true);
  expect(steps.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(steps.every(({ updated, skipped }) => updated !== skipped)).toBe(true);
  const skipped = steps.filter((step) => step.skipped).length;
  expect(scaler.state.skipped).toBe(skipped);
  expect(skipped).toBeGreaterThan(0);
  expect(skipped).toBeLessThan(6);
});

test('gives up when no scale is small enough', async () => {
  const scaler = new LossScaler({ scale: 2 ** -15, growthTracker: 0, skipped: 30 });
  const broken = source(4, (index) => (index === 3 ? NaN : 1));
  await expect(train({ data: broken, scaler })).rejects.toMatchObject({ code: 'LOSS_NOT_FINITE' });
});

test.each(['f32', 'half'])(
  'holds no more tensors and bytes of the GPU as fifty steps go by: %s',
  async (precision) => {
    const scaling = precision === 'half' ? { scaler: new LossScaler() } : {};
    const held: { tensors: number; bytes: number }[] = [];
    const epochs = 25;
    await train({
      ...scaling,
      epochs,
      onStep: () => held.push({ tensors: tf.memory().numTensors, bytes: allocatedBytes() }),
    });
    expect(held).toHaveLength(2 * epochs);
    // The first steps fill the store of recycled buffers. A loss that is read late holds a number a little
    // longer; a leak of one tensor a step would be nineteen more.
    const most = (from: number, to: number) => ({
      tensors: Math.max(...held.slice(from, to).map(({ tensors }) => tensors)),
      bytes: Math.max(...held.slice(from, to).map(({ bytes }) => bytes)),
    });
    const [early, late] = [most(12, 31), most(31, 50)];
    expect(late.tensors - early.tensors).toBeLessThanOrEqual(2);
    expect(late.bytes - early.bytes).toBeLessThanOrEqual(1024);
  },
);

test('averages accumulated gradients', async () => {
  const same = source(2, (_, i) => Math.sin(i));
  const once = await train({ data: same, order: [0, 1] });
  const twice = await train({ data: same, order: [0, 1, 0, 1], accumulationSteps: 2 });
  // Running statistics were updated twice; the weights must be the same.
  const network = planNetwork('Conv4_FC3', [1, ...SPATIAL], 2, 0);
  let offset = 0;
  for (const { name, shape, trained } of network.sequentials.flat().flatMap((l) => l.states)) {
    const size = shape.reduce((product, length) => product * length, 1);
    for (let i = offset; trained && i < offset + size; i++) {
      expect(twice[i], name).toBeCloseTo(once[i] ?? NaN, 6);
    }
    offset += size;
  }
});

/** Where each trained parameter lies among all numbers of the state. */
function* trained(): Generator<{ name: string; from: number; to: number }> {
  let from = 0;
  const plan = planNetwork('Conv4_FC3', [1, ...SPATIAL], 2, 0);
  for (const { name, shape, trained: isTrained } of plan.sequentials
    .flat()
    .flatMap((l) => l.states)) {
    const to = from + shape.reduce((product, length) => product * length, 1);
    if (isTrained) yield { name, from, to };
    from = to;
  }
}

test('a batch in parts gives the mean of their gradients: eight as four times two', async () => {
  const order = [0, 1, 2, 3, 4, 5, 6, 7];
  const losses: number[][] = [[], []];
  const collect = (of: number[]) => (step: StepResult) => of.push(step.loss);
  const common = { data: source(8), order, rule: 'SGD' };
  const parts = await train({
    ...common,
    batchSize: 8,
    microBatchSize: 2,
    epochs: 2,
    onStep: collect(losses[0] as number[]),
  });
  const batches = await train({
    ...common,
    accumulationSteps: 4,
    epochs: 2,
    onStep: collect(losses[1] as number[]),
  });
  for (const { name, from, to } of trained()) {
    const [found, expected] = [parts.slice(from, to), batches.slice(from, to)];
    expect(relativeError(found, expected), name).toBeLessThan(1e-6);
  }
  const [whole, quarters] = losses as [number[], number[]];
  expect(whole).toHaveLength(2);
  expect(whole[0]).toBeCloseTo(
    quarters.slice(0, 4).reduce((sum, loss) => sum + loss / 4, 0),
    5,
  );
});

test('parts of unequal size count by their elements', async () => {
  const seen: number[] = [];
  // Batch statistics differ with the parts, the head alone does not know them: so the same volume.
  const same = source(3, (_, i) => Math.sin(i));
  await train({
    data: same,
    order: [0, 2, 1],
    batchSize: 3,
    onStep: ({ loss }) => seen.push(loss),
  });
  const whole = seen.splice(0);
  await train({
    data: same,
    order: [0, 2, 1],
    batchSize: 3,
    microBatchSize: 2,
    onStep: ({ loss }) => seen.push(loss),
  });
  expect(seen[0]).toBeCloseTo(whole[0] ?? NaN, 5);
});

test('an overflow in any batch of an accumulated step leaves the step out', async () => {
  const scaler = new LossScaler({ scale: 2 ** 30, growthTracker: 0, skipped: 0 });
  const steps: StepResult[] = [];
  await train({ scaler, accumulationSteps: 2, onStep: (step) => steps.push(step) });
  expect(steps.map(({ updated, skipped }) => [updated, skipped])).toEqual([
    [false, false],
    [false, true],
  ]);
  expect(scaler.state.skipped).toBe(1);
});

test('checkpointing changes no bit, and needs less where maps are large', async () => {
  const kept = await train({ epochs: 2 });
  expect(await train({ checkpointed: true, epochs: 2 })).toEqual(kept);
  const plan = planNetwork('Conv5_FC3', [1, 96, 96, 96], 2, 0);
  const asked = { device: device.report, batchSize: 4 };
  const [less, more] = [true, false].map((checkpointed) =>
    estimateMemory(plan, { ...asked, checkpointed }),
  );
  expect(less?.activations).toBeLessThan(0.9 * (more?.activations ?? 0));
});

test('no step is begun while the caller looks at the weights', async () => {
  const plan = planNetwork('Conv4_FC3', [1, ...SPATIAL], 2, 0);
  const network = new Network(plan, 1);
  const optimizer = new Optimizer('Adam', 1e-3, 0);
  const steps = trainEpoch({
    ...{ device, network, optimizer, source: source(6), order: [0, 1, 2, 3, 4, 5], batchSize: 2 },
    ...{
      accumulationSteps: 1,
      seed: 1,
      epoch: 0,
      signal: never,
      pausesAfter: (iteration) => iteration % 2 === 1,
    },
  });
  const taken: number[] = [];
  for await (const { iteration } of steps) taken[iteration] = optimizer.state.step;
  // After the second batch two steps were taken, though the third batch could have gone ahead.
  expect(taken).toEqual([2, 2, 3]);
  network.dispose();
  optimizer.dispose();
});

test('compiles what a step needs beforehand, and computes nothing', async () => {
  const own = await openTestDevice();
  const plan = planNetwork('Conv4_FC3', [1, ...SPATIAL], 2, 0.3);
  const network = new Network(plan, 1, { precision: 'half' });
  const before = JSON.stringify(await network.state());
  const seen: { done: number; total: number }[] = [];
  const options = { device: own, network, shape: [...SPATIAL, 1], batchSize: 2, isScaled: true };
  for await (const progress of warmUp(options)) seen.push({ ...progress });
  expect(seen[0]?.done).toBe(0);
  expect(seen.at(-1)?.done).toBe(seen.at(-1)?.total);
  expect(seen.at(-1)?.total).toBeGreaterThan(10);
  // All but the optimizer's own are there: going through again asks for none.
  const again: number[] = [];
  for await (const { total } of warmUp(options)) again.push(total);
  expect(again).toEqual([0]);
  expect(JSON.stringify(await network.state())).toBe(before);
  network.dispose();
  own.close();
  device = await openTestDevice();
});

test('stops at once when cancelled, and frees what it held', async () => {
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const cancelled = train({
    epochs: 50,
    signal: controller.signal,
    onStep: () => controller.abort(),
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
  // A loss that is on its way is freed when it arrives.
  await vi.waitFor(() => expect(tf.memory().numTensors).toBe(before));
});

test('names the volumes of a batch whose loss is not finite', async () => {
  const broken = source(4, (index) => (index === 3 ? NaN : 1));
  const error = await train({ data: broken }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CapsuleError);
  const { problem } = error as CapsuleError;
  expect(problem.code).toBe('LOSS_NOT_FINITE');
  expect(problem.found).toContain('sub-3/ses-M000');
});

async function finished(steps: AsyncGenerator<number, Evaluation>): Promise<Evaluation> {
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

test('evaluates in the given order, short last batch included', async () => {
  const network = new Network(planNetwork('Conv4_FC3', [1, ...SPATIAL], 2, 0), 1);
  const options = { device, network, source: source(5), batchSize: 2, signal: never };
  const forward = await finished(evaluate({ ...options, order: [0, 1, 2, 3, 4] }));
  const backward = await finished(evaluate({ ...options, order: [4, 3, 2, 1, 0] }));
  network.dispose();
  expect(forward.batches).toBe(3);
  expect(forward.scores).toHaveLength(5);
  for (const [index, row] of [...backward.scores].reverse().entries()) {
    expect(row[0]).toBeCloseTo(forward.scores[index]?.[0] ?? NaN, 5);
  }
});

test.each([
  ['Conv4_FC3', [36, 34, 33], 2, 2, 'f32', 'Adam', false],
  ['Conv4_FC3', [36, 34, 33], 2, 2, 'half', 'Adam', false],
  ['Conv5_FC3', [40, 40, 40], 8, 8, 'half', 'RMSprop', false],
  ['Conv5_FC3', [40, 40, 40], 8, 2, 'half', 'Adam', false],
  ['Conv5_FC3', [44, 35, 38], 3, 3, 'f32', 'SGD', false],
  ['Conv5_FC3', [48, 48, 48], 4, 4, 'f32', 'Adam', true],
  ['Conv5_FC3', [160, 190], 8, 8, 'f32', 'Adam', false],
  ['Conv5_FC3', [160, 190], 8, 8, 'half', 'Adam', false],
] as const)(
  'knows the memory of a step within a tenth: %s, %j, batch %d in parts of %d, %s, %s, checkpointed %s',
  async (name, size, batchSize, microBatchSize, precision, rule, checkpointed) => {
    const own = await openTestDevice();
    const plan = planNetwork(name, [1, ...size], 2, 0);
    const network = new Network(plan, 1, { precision, checkpointed });
    const optimizer = new Optimizer(rule, 1e-3, 0);
    const voxels = Float32Array.from(
      { length: size.reduce((all, length) => all * length, 1) },
      (_, i) => Math.sin(i),
    );
    const data = { ...source(batchSize), shape: [...size, 1], load: () => Promise.resolve(voxels) };
    for (let epoch = 0; epoch < 2; epoch++) {
      const steps = trainEpoch({
        ...{ device: own, network, optimizer, source: data, order: [...Array(batchSize).keys()] },
        ...{ batchSize, microBatchSize, accumulationSteps: 1, seed: 1, epoch, signal: never },
        scaler: precision === 'half' ? new LossScaler() : undefined,
      });
      for await (const step of steps) expect(step.updated).toBe(true);
    }
    const asked = { device: own.report, batchSize: microBatchSize, precision, optimizer: rule };
    const { total } = estimateMemory(plan, {
      ...{ ...asked, checkpointed, accumulates: microBatchSize < batchSize },
    });
    expect(total / allocatedBytes()).toBeGreaterThan(0.9);
    expect(total / allocatedBytes()).toBeLessThan(1.1);
    network.dispose();
    optimizer.dispose();
    own.close();
    device = await openTestDevice();
  },
);
