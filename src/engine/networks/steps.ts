/**
 * How the layers of a sequential are run: one after the other, or, on a GPU, each block of
 * convolution (window 3, with bias), batch normalisation, ReLU and PadMaxPool at once by our own
 * kernels, which keep less and can keep halves. Layers, their names and their state are the same
 * either way; the plain path is the reference.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { kernelsInUse } from '../kernels/choice.ts';
import { convBlock } from '../kernels/conv-block.ts';
import { halfElement } from '../kernels/half-tensors.ts';
import { runningStatistic } from '../layers/batch-norm.ts';
import { inOrder } from '../layers/composite.ts';
import type { Layer, Pass } from '../layers/layer.ts';

/** One or more layers in a row. */
export type Step = (input: Tensor, pass: Pass) => Tensor;

const BLOCKS = [2, 3].map((rank) =>
  [`Conv${rank}d`, `BatchNorm${rank}d`, 'ReLU', `PadMaxPool${rank}d`].join(),
);
const LENGTH = 4;

/** How feature maps of blocks are stored; sums, statistics, weights and the dense head are f32. */
export type Precision = 'f32' | 'half';

export interface StepOptions {
  readonly precision?: Precision;
  /** Whether blocks make their convolution again for the gradients, instead of keeping it. */
  readonly checkpointed?: boolean;
}

export function stepsOf(layers: readonly Layer[], options: StepOptions = {}): Step[] {
  return groupsOf(layers).map((group, index, groups) =>
    group.length === LENGTH
      ? blockStep(group, options, groups[index + 1]?.length === LENGTH)
      : inOrder(group),
  );
}

/** The layers in order: the four of a block that is computed at once, or a single one. */
export function groupsOf(layers: readonly Layer[]): (readonly Layer[])[] {
  const groups: (readonly Layer[])[] = [];
  for (let i = 0; i < layers.length; i += groups.at(-1)?.length ?? 1) {
    const block = layers.slice(i, i + LENGTH);
    groups.push(isOne(block) ? block : block.slice(0, 1));
  }
  return groups;
}

function isOne(layers: readonly Layer[]): boolean {
  const areFusible = layers.every((layer) => layer.isFusible === true);
  return areFusible && BLOCKS.includes(layers.map((layer) => layer.kind).join());
}

/** @param isInner - another block follows, which can read halves */
function blockStep(
  layers: readonly Layer[],
  { precision, checkpointed = false }: StepOptions,
  isInner: boolean,
): Step {
  const plain = inOrder(layers);
  const names = layers.flatMap((layer) => layer.states.map((state) => state.name));
  const [weight, bias, gamma, beta, runningMean, runningVariance] = names as Six;
  return (input, pass) => {
    if (!kernelsInUse()) return plain(input, pass);
    const state = {
      bias: pass.state(bias),
      gamma: pass.state(gamma),
      beta: pass.state(beta),
      runningMean: pass.state(runningMean),
      runningVariance: pass.state(runningVariance),
    };
    const element = precision === 'half' ? halfElement() : 'f32';
    // Rows of a number of channels that is no multiple of four cannot be halves.
    const isHalved = isInner && state.gamma.size % 4 === 0;
    const storage = { element, output: isHalved ? element : 'f32', checkpointed } as const;
    const volumes = input.rank === 5 ? input : withPlane(input, 1);
    const filter = input.rank === 5 ? pass.state(weight) : withPlane(pass.state(weight), 0);
    const result = convBlock(volumes, filter, state, pass.training, storage);
    const { output, batchMean, batchVariance } = result;
    if (pass.training) {
      const count = volumes.shape.slice(0, 4).reduce((product, length) => product * length, 1);
      pass.update(runningMean, runningStatistic(state.runningMean, batchMean, 1));
      const unbiased = count / (count - 1);
      pass.update(
        runningVariance,
        runningStatistic(state.runningVariance, batchVariance, unbiased),
      );
    }
    // The pooling sends each gradient to one number of the ReLU: it can go through it here as well.
    const passed = pass.afterRelu?.(output) ?? output;
    return input.rank === 5 ? passed : tf.squeeze(passed, [1]);
  };
}

/** An image as a volume of one plane, a window of it as one of that volume. */
function withPlane(tensor: Tensor, axis: number): Tensor {
  return tf.expandDims(tensor, axis);
}

type Six = [string, string, string, string, string, string];
