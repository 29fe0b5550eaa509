import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { CapsuleError } from '../core/errors.ts';
import type { ElementSource } from './data/batches.ts';
import { allocatedBytes } from './device/tfjs-backend.ts';
import type { EngineDevice } from './device/engine-device.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { estimateMemory } from './memory.ts';
import { Network } from './networks/network.ts';
import { planNetwork } from './networks/registry.ts';
import { Adam } from './optimizers/adam.ts';
import { LossScaler } from './optimizers/loss-scaler.ts';
import { trainEpoch, type StepResult } from './train.ts';

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
  dropout?: number;
  signal?: AbortSignal;
  scaler?: LossScaler;
  onStep?: (step: StepResult) => void;
}): Promise<Float32Array> {
  const { data = source(4), order = [2, 0, 3, 1], epochs = 1 } = options;
  const { scaler } = options;
  const plan = planNetwork('Conv4_FC3', [1, ...SPATIAL], 2, options.dropout ?? 0);
  const network = new Network(plan, 1, scaler === undefined ? 'f32' : 'half');
  const optimizer = new Adam(1e-3, 1e-4);
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const steps = trainEpoch({
        device,
        network,
        optimizer,
        source: data,
        order,
        batchSize: 2,
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

test('gives up when no scale is small enough', async () => {
  const scaler = new LossScaler({ scale: 2 ** -15, growthTracker: 0, skipped: 30 });
  const broken = source(4, (index) => (index === 3 ? NaN : 1));
  await expect(train({ data: broken, scaler })).rejects.toMatchObject({ code: 'LOSS_NOT_FINITE' });
});

test.each(['f32', 'half'])(
  'holds no more GPU memory after six epochs than after three: %s',
  async (precision) => {
    const scaling = precision === 'half' ? { scaler: new LossScaler() } : {};
    const seen: { tensors: number; bytes: number }[] = [];
    await train({
      ...scaling,
      epochs: 6,
      onStep: ({ iteration }) => {
        if (iteration === 1) {
          seen.push({ tensors: tf.memory().numTensors, bytes: allocatedBytes() });
        }
      },
    });
    expect(seen).toHaveLength(6);
    expect(seen[5]).toEqual(seen[2]);
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

test('stops at once when cancelled, and frees what it held', async () => {
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const cancelled = train({
    epochs: 50,
    signal: controller.signal,
    onStep: () => controller.abort(),
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(tf.memory().numTensors).toBe(before);
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
  ['Conv4_FC3', [36, 34, 33], 2, 'f32'],
  ['Conv4_FC3', [36, 34, 33], 2, 'half'],
  ['Conv5_FC3', [40, 40, 40], 8, 'half'],
  ['Conv5_FC3', [44, 35, 38], 3, 'f32'],
] as const)(
  'knows the memory of a step within a tenth: %s, %j, batch %d, %s',
  async (name, size, batchSize, precision) => {
    const own = await openTestDevice();
    const plan = planNetwork(name, [1, ...size], 2, 0);
    const network = new Network(plan, 1, precision);
    const optimizer = new Adam(1e-3, 0);
    const voxels = Float32Array.from({ length: size[0] * size[1] * size[2] }, (_, i) =>
      Math.sin(i),
    );
    const data = { ...source(batchSize), shape: [...size, 1], load: () => Promise.resolve(voxels) };
    for (let epoch = 0; epoch < 2; epoch++) {
      const steps = trainEpoch({
        ...{ device: own, network, optimizer, source: data, order: [...Array(batchSize).keys()] },
        ...{ batchSize, accumulationSteps: 1, seed: 1, epoch, signal: never },
        scaler: precision === 'half' ? new LossScaler() : undefined,
      });
      for await (const step of steps) expect(step.updated).toBe(true);
    }
    const { total } = estimateMemory(plan, batchSize, own.report, precision);
    expect(total / allocatedBytes()).toBeGreaterThan(0.9);
    expect(total / allocatedBytes()).toBeLessThan(1.1);
    network.dispose();
    optimizer.dispose();
    own.close();
    device = await openTestDevice();
  },
);
