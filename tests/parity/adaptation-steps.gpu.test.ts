import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Shape3 } from '../../src/core/volume.ts';
import type { ElementSource } from '../../src/engine/data/batches.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { evaluate } from '../../src/engine/evaluate.ts';
import { adaptationLosses, reversalAt } from '../../src/engine/losses/domain-adaptation.ts';
import { CROSS_ENTROPY } from '../../src/engine/losses/loss.ts';
import { Network } from '../../src/engine/networks/network.ts';
import { planNetwork } from '../../src/engine/networks/registry.ts';
import { targetPlan, targetView } from '../../src/engine/networks/target-head.ts';
import { Optimizer } from '../../src/engine/optimizers/optimizer.ts';
import { trainEpoch } from '../../src/engine/train.ts';
import { openTestDevice } from '../support/gpu.ts';
import { digestOf, volumeOf, type Digest } from './closed-form.ts';

// Five steps of a domain adaptation by Conv5_FC3_SSDA, against PyTorch from the same seed.
interface Case {
  readonly optimizer: string;
  readonly rate: number;
  /** Loss of a step, and of both validation sets after it. */
  readonly rows: readonly { readonly loss: number; source: number; target: number }[];
  /** After the first and the last step. */
  readonly weights: readonly Readonly<Record<string, Digest>>[];
  /** How far PyTorch's float32 is from its float64. */
  readonly rounding: readonly Readonly<Record<string, number>>[];
}
interface Fixture {
  readonly shape: Shape3;
  readonly seed: number;
  readonly validation: { readonly source: readonly number[]; readonly target: readonly number[] };
  readonly steps: readonly {
    readonly epoch: number;
    readonly source: readonly number[];
    readonly labelled: readonly number[];
    readonly unlabelled: readonly number[];
  }[];
  readonly cases: readonly Case[];
}

const PATH = 'tests/fixtures/adaptation-pytorch.json';
const fixture = JSON.parse(readFileSync(PATH, 'utf8')) as Fixture;
const signal = new AbortController().signal;
const FIRST_OF_TARGET = 20;

/** Everybody, by number. */
const people: ElementSource = {
  count: 43,
  shape: [...fixture.shape, 1],
  label: (person) => Math.floor((person % 5) / 3),
  name: (person) => `sub-${person}`,
  load(person) {
    const volume = volumeOf(person, fixture.shape);
    const [least, most] = [Math.min(...volume), Math.max(...volume)];
    const values = volume.map((value) => (value - least) / (most - least));
    const image = person < FIRST_OF_TARGET ? values : values.map((value) => value * value);
    return Promise.resolve(image);
  },
};

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());

const digests = async (network: Network) =>
  new Map((await network.state()).map(({ name, values }) => [name, digestOf(values)]));

async function repeat({ optimizer: rule, rate }: Case) {
  const plan = planNetwork('Conv5_FC3_SSDA', [1, ...fixture.shape], 2, 0);
  const network = new Network(plan, fixture.seed);
  const optimizer = new Optimizer(rule, rate, 1e-4);
  const losses = adaptationLosses(CROSS_ENTROPY);
  const lossOn = async (head: 'source' | 'target') => {
    const order = fixture.validation[head];
    const of = head === 'source' ? network : targetView(network);
    const evaluation = evaluate({
      ...{ device, network: of, source: people, order, batchSize: order.length, signal },
    });
    for (;;) {
      const step = await evaluation.next();
      if (step.done === true) return step.value;
    }
  };
  const rows: { loss: number; source: number; target: number }[] = [];
  const weights: Map<string, number[]>[] = [];
  const tensors: number[] = [];
  for (const [number, step] of fixture.steps.entries()) {
    const beside = (order: readonly number[], loss: typeof losses.labelled) => ({
      ...{ source: people, order, batchSize: order.length, loss },
    });
    const steps = trainEpoch({
      ...{ device, network, optimizer, signal, seed: 1, epoch: step.epoch, accumulationSteps: 1 },
      ...{ source: people, order: step.source, batchSize: 4, loss: losses.source },
      companions: [
        beside(step.labelled, losses.labelled),
        beside(step.unlabelled, losses.unlabelled),
      ],
      reversal: reversalAt(step.epoch),
    });
    for await (const { loss } of steps) {
      rows.push({ loss, source: NaN, target: NaN });
    }
    const [source, target] = [await lossOn('source'), await lossOn('target')];
    rows[number] = {
      ...{ loss: rows[number]?.loss ?? NaN, source: source.lossSum, target: target.lossSum },
    };
    if (number === 0 || number === fixture.steps.length - 1) weights.push(await digests(network));
    tensors.push(tf.memory().numTensors);
    if (number === fixture.steps.length - 1) await refuseOtherHead(network, target.scores);
  }
  network.dispose();
  optimizer.dispose();
  return { rows, weights, tensors };
}

/** The plan for the target's images gives the same scores as the view of a network in training. */
async function refuseOtherHead(network: Network, scores: readonly (readonly number[])[]) {
  const other = new Network(targetPlan(network.plan), 0);
  other.load(await network.state());
  const [person = 0] = fixture.validation.target;
  const input = tf.tensor(await people.load(person), [1, ...people.shape]);
  const made = tf.tidy(() => other.predict(input));
  const found = Array.from(await made.data());
  found.forEach((score, at) => expect(score).toBeCloseTo(scores[0]?.[at] ?? NaN, 4));
  tf.dispose([input, made]);
  other.dispose();
}

describe.each(fixture.cases)('five steps by $optimizer', (of) => {
  let ours: Awaited<ReturnType<typeof repeat>>;
  beforeAll(async () => {
    ours = await repeat(of);
  }, 120_000);

  test('have the losses of PyTorch, each head on its own domain too', () => {
    expect(ours.rows).toHaveLength(of.rows.length);
    for (const [step, row] of of.rows.entries()) {
      for (const name of ['loss', 'source', 'target'] as const) {
        const found = ours.rows[step]?.[name] ?? NaN;
        expect(Math.abs(found / row[name] - 1), `${name} of step ${step}`).toBeLessThan(1e-4);
      }
    }
  });

  test('leave the weights and running statistics of PyTorch', () => {
    for (const [moment, weights] of of.weights.entries()) {
      const all = ours.weights[moment] ?? new Map<string, number[]>();
      const names = [...all.keys()].filter((name) => !name.includes('num_batches'));
      expect(names.sort()).toEqual(Object.keys(weights).sort());
      for (const [name, [norm, ...products]] of Object.entries(weights)) {
        const [ourNorm = NaN, ...found] = all.get(name) ?? [];
        const allowed = Math.max(1e-4 * norm, 2 * (of.rounding[moment]?.[name] ?? 0));
        expect(Math.abs(ourNorm - norm), name).toBeLessThan(allowed);
        products.forEach((wanted, k) =>
          expect(Math.abs((found[k] ?? NaN) - wanted), `${name}, product ${k}`).toBeLessThan(
            allowed,
          ),
        );
      }
    }
  });

  test('hold no more tensors after the last step than after the first', () => {
    expect(ours.tensors.at(-1)).toBe(ours.tensors[0]);
  });
});
