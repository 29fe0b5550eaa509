import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../../tests/fixtures/optimizers-pytorch.json';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import { stream } from '../../core/random/philox.ts';
import {
  optimizerCheckpointBytes,
  readOptimizerCheckpoint,
  type OptimizerCheckpoint,
} from '../../core/torch/checkpoint.ts';
import { PyFloat, PyTuple, type PyDict, type PyValue } from '../../core/torch/python-values.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import { archiveBytes } from '../../core/torch/write.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import { Network, statesOf } from '../../engine/networks/network.ts';
import { planNetwork } from '../../engine/networks/registry.ts';
import { Optimizer } from '../../engine/optimizers/optimizer.ts';
import { optimizerNames } from '../../engine/optimizers/rules.ts';
import { loadOptimizerCheckpoint, optimizerCheckpointOf } from './optimizer-checkpoint.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const PLAN = planNetwork('Conv4_FC3', [1, 17, 18, 19], 2, 0);

/** One step with gradients that follow from its number. */
function step(network: Network, optimizer: Optimizer, number: number): void {
  const gradients: tf.NamedTensorMap = {};
  const parameters = network.parameters();
  for (const [index, [name, { shape, size }]] of [...parameters].entries()) {
    const draw = stream(52, 'gradients', number * 100 + index);
    const drawn = Array.from({ length: 1009 }, () => draw.uniform(-1, 1));
    const values = Float32Array.from({ length: size }, (_, i) => drawn[i % 1009] as number);
    gradients[name] = tf.tensor(values, shape);
  }
  optimizer.apply(parameters, gradients, 0.5);
  tf.dispose(gradients);
}

/** Three steps, the last at another rate, and what is read back of what was written. */
async function saved(network: Network, name: string) {
  const optimizer = new Optimizer(name, 1e-2, 0.1);
  for (let number = 1; number <= 2; number++) step(network, optimizer, number);
  optimizer.learningRate = 5e-3;
  step(network, optimizer, 3);
  const written = await optimizerCheckpointOf(network, optimizer, 7);
  const bytes = archiveBytes(optimizerCheckpointBytes(written));
  return { optimizer, checkpoint: readOptimizerCheckpoint(bytes) };
}

/** As the fixture has Python's values; of a tensor the kind, a vector where it is not a number. */
function described(value: PyValue | undefined): unknown {
  if (value instanceof PyFloat) return { float: value.value };
  if (value instanceof PyTuple) return { tuple: value.items.map(described) };
  if (value instanceof TorchTensor) {
    return { tensor: value.dtype, shape: value.shape.length === 0 ? [] : [67] };
  }
  if (Array.isArray(value)) return value.map(described);
  if (value instanceof Map) return { dict: [...value].map(([key, one]) => [key, described(one)]) };
  return value;
}

/** The dict as if the network had one parameter, after one step with the rate of the fixture. */
function ofOneParameter(dict: PyDict): PyDict {
  const [first = new Map()] = [...(dict.get('state') as Map<number, PyDict>).values()];
  const [group = new Map()] = dict.get('param_groups') as PyDict[];
  const isCount = typeof first.get('step') === 'number';
  return new Map<string, PyValue>([
    ['state', new Map([[0, new Map([...first, ...(isCount ? [['step', 1] as const] : [])])]])],
    ['param_groups', [new Map([...group, ['lr', new PyFloat(0.01)], ['params', [0]]])]],
  ]);
}

/** Everything that the next step follows from, and the parameters. */
async function everything(network: Network, optimizer: Optimizer) {
  const { tensors, ...rest } = optimizer.state;
  const values = [...network.parameters().values()];
  const states = [...tensors].flatMap(([, kept]) => [...kept.values()]);
  const names = [...tensors].map(([name, kept]) => [name, ...kept.keys()]);
  const bits = await Promise.all([...values, ...states].map((one) => one.data()));
  const digest = (one: Uint8Array | Float32Array | Int32Array) =>
    createHash('sha256').update(one).digest('hex');
  return { rest, names, bits: bits.map(digest) };
}

describe.each(optimizerNames)('%s', (name) => {
  test('is written with the keys and kinds of PyTorch, in its order and shapes', async () => {
    const network = new Network(PLAN, 1);
    const { optimizer, checkpoint } = await saved(network, name);
    const { stateDict } = reference.optimizers[name];
    expect(described(ofOneParameter(checkpoint.optimizer))).toEqual(stateDict);
    const [group] = checkpoint.optimizer.get('param_groups') as PyDict[];
    const parameters = statesOf(PLAN).filter(({ trained }) => trained);
    expect(group?.get('params')).toEqual(parameters.map((_, index) => index));
    expect(group?.get('lr')).toEqual(new PyFloat(5e-3));
    for (const [index, { shape }] of parameters.entries()) {
      const entry = (checkpoint.optimizer.get('state') as PyDict).get(index) as PyDict;
      for (const value of entry.values()) {
        const isTensor = value instanceof TorchTensor && value.shape.length > 0;
        if (isTensor) expect(value.shape).toEqual(shape);
      }
    }
    network.dispose();
    optimizer.dispose();
  });

  test('goes on from what was written, bit for bit, and holds nothing afterwards', async () => {
    const before = tf.memory().numTensors;
    const network = new Network(PLAN, 1);
    const { optimizer, checkpoint } = await saved(network, name);
    const resumed = new Network(PLAN, 2);
    resumed.load(await network.state());
    const other = new Optimizer(name, 1, 1);
    step(resumed, other, 9);
    resumed.load(await network.state());
    loadOptimizerCheckpoint(resumed, other, checkpoint, 'optimizer.pth.tar');
    for (const [of, by] of [
      [network, optimizer],
      [resumed, other],
    ] as const) {
      step(of, by, 4);
      step(of, by, 5);
    }
    const [found, expected] = [
      await everything(resumed, other),
      await everything(network, optimizer),
    ];
    // PyTorch keeps no number of steps where none is needed.
    if (name === 'SGD') expect(found.rest.step).toBe(2);
    const { step: steps } = expected.rest;
    expect({ ...found, rest: { ...found.rest, step: steps } }).toEqual(expected);
    if (name !== 'SGD') expect(found.rest.step).toBe(5);
    for (const one of [network, resumed, optimizer, other]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('has tensors in the axis order of PyTorch', async () => {
  const network = new Network(PLAN, 1);
  const { optimizer, checkpoint } = await saved(network, 'ASGD');
  // Until ASGD averages, what it keeps as the average is the parameter itself.
  const state = new Map((await network.state()).map((value) => [value.name, value.values]));
  for (const [index, name] of [...network.parameters().keys()].entries()) {
    const entry = (checkpoint.optimizer.get('state') as PyDict).get(index) as PyDict;
    const found = (entry.get('ax') as TorchTensor).toFloat32();
    const values = state.get(name) ?? new Float32Array(0);
    expect(found.length, name).toBe(values.length);
    expect(
      found.findIndex((value, i) => value !== values[i]),
      name,
    ).toBe(-1);
  }
  network.dispose();
  optimizer.dispose();
});

describe('refuses, and frees what it has read', () => {
  const change = (dict: PyDict, key: string, value: PyValue) => new Map([...dict, [key, value]]);
  const group = (checkpoint: OptimizerCheckpoint, key: string, value: PyValue) => {
    const [first = new Map()] = checkpoint.optimizer.get('param_groups') as PyDict[];
    return change(checkpoint.optimizer, 'param_groups', [change(first, key, value)]);
  };
  const entry = (checkpoint: OptimizerCheckpoint, key: string, value: PyValue) => {
    const state = checkpoint.optimizer.get('state') as PyDict;
    const second = change(state.get(1) as PyDict, key, value);
    return change(checkpoint.optimizer, 'state', new Map([...state, [1, second]]));
  };
  type Change = (checkpoint: OptimizerCheckpoint) => PyDict;
  const momentless: Change = ({ optimizer }) => change(optimizer, 'state', 3);
  const CASES: [string, string, Change, RegExp][] = [
    ['another optimizer', 'RMSprop', ({ optimizer }) => optimizer, /RMSprop with eps|tensors of/],
    ['another of the family', 'Adamax', ({ optimizer }) => optimizer, /exp_avg, exp_inf/],
    ['a lost number', 'NAdam', ({ optimizer }) => optimizer, /mu_product/],
    [
      'other betas',
      'Adam',
      (c) => group(c, 'betas', new PyTuple([new PyFloat(0.8), new PyFloat(0.999)])),
      /betas \(0\.9, 0\.999\).*\(0\.8, 0\.999\)/s,
    ],
    ['amsgrad', 'Adam', (c) => group(c, 'amsgrad', true), /amsgrad false/],
    ['another network', 'Adam', (c) => group(c, 'params', [0]), /parameters/],
    ['a tensor of another shape', 'Adam', shapeOf([3]), /exp_avg of convolutions\.0\.bias/],
    ['parameters of other steps', 'Adam', (c) => entry(c, 'step', 2), /one step for all/],
    ['no state', 'Adam', momentless, /a "state"/],
  ];
  function shapeOf(shape: number[]): Change {
    return (c) => entry(c, 'exp_avg', TorchTensor.float32(shape, new Float32Array(3)));
  }

  test.each(CASES)('%s', async (_, name, changed, words) => {
    const network = new Network(PLAN, 1);
    const { optimizer, checkpoint } = await saved(network, 'Adam');
    const before = tf.memory().numTensors;
    const other = new Optimizer(name, 1e-3, 0);
    const load = () =>
      loadOptimizerCheckpoint(
        ...([
          network,
          other,
          { ...checkpoint, optimizer: changed(checkpoint) },
          'a/b.pth',
        ] as const),
      );
    expect(load).toThrow(words);
    expect(load).toThrow(/WEIGHTS_MISMATCH.*b\.pth/s);
    expect(tf.memory().numTensors).toBe(before);
    expect(other.state.step).toBe(0);
    for (const one of [network, optimizer, other]) one.dispose();
  });
});
