/**
 * Attention U-Net (Oktay et al. 2018), here to make the volume again: four halvings from 16 to 256
 * channels and back, and on the way back each map of the way down is weighed, voxel by voxel, by a
 * gate that looks at it and at the map from below. Names, shapes and order of the states are those of
 * MONAI 1.5.0, `monai.networks.nets.attentionunet` (Apache-2.0; its names only), which has no default
 * channels: these are those of its examples of U-Nets. Dropout is where MONAI has it.
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import type { OnnxGraph } from '../../core/onnx/graph.ts';
import { relu, sigmoid } from '../layers/activations.ts';
import { batchNorm } from '../layers/batch-norm.ts';
import { inOnnx, inOrder, memoryOf, moduleLines, sequential } from '../layers/composite.ts';
import { convolution, type ConvolutionOptions } from '../layers/convolution.ts';
import { dropout } from '../layers/dense.ts';
import { gated } from '../layers/gate.ts';
import { instanceNorm } from '../layers/group-norm.ts';
import { joinChannels, joinMemory } from '../layers/join.ts';
import { sizeOf, type Layer, type StateSpec } from '../layers/layer.ts';
import { prelu } from '../layers/prelu.ts';
import { transposedConvolution } from '../layers/transposed-convolution.ts';
import { parts, type Part } from './monai-parts.ts';
import type { NetworkPlan } from './plan.ts';

/** Channels of each level; each level but the first has half the voxels along each axis. */
const CHANNELS = [16, 32, 64, 128, 256];
const POINT: ConvolutionOptions = { window: 1, padding: 0 };

/**
 * @param inputShape - `[...spatial, channels]`, axes that the levels halve without a rest
 * @param channels - of each level, two or more
 * @throws CapsuleError NETWORK_INPUT
 */
export function attentionUnet(
  inputShape: readonly number[],
  dropoutRate: number,
  channels: readonly number[] = CHANNELS,
): NetworkPlan {
  const spatial = inputShape.slice(0, -1);
  const step = 2 ** (channels.length - 1);
  const deepest = spatial.map((length) => length / step);
  if (!deepest.every(Number.isInteger) || sizeOf(deepest) < 2) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `axes that are multiples of ${step}, one of them longer: crop or pad the volumes`,
      found: spatial.join(' x '),
    });
  }
  const builder = new Builder(dropoutRate);
  const [width = 1] = channels;
  const head = builder.convBlock('model.0', inputShape, width, 1);
  const whole = [...spatial, width];
  const reduce = builder.plain('model.2', whole, inputShape.at(-1) ?? 1);
  const inner = builder.level('model.1', whole, channels);
  const sequentials = [[head, inner, reduce]];
  return {
    ...{ name: 'MonaiAttentionUnet', inputShape, outputs: 0, sequentials },
    drawn: [...builder.made, ...restOf(sequentials.flat(), builder.made)],
  };
}

/** States that draw nothing. */
function restOf(layers: readonly Layer[], made: readonly StateSpec[]): StateSpec[] {
  const isMade = new Set(made);
  return layers.flatMap(({ states }) => states).filter((state) => !isMade.has(state));
}

class Builder {
  /** States of convolutions in the order in which MONAI makes them, from the bottom up. */
  readonly made: StateSpec[] = [];
  readonly #dropoutRate: number;

  constructor(dropoutRate: number) {
    this.#dropoutRate = dropoutRate;
  }

  /** MONAI's `Convolution` without anything behind it. */
  plain(name: string, shape: readonly number[], channels: number): Layer {
    const conv = this.#keep(convolution(`${name}.conv`, shape, channels, POINT));
    return sequential(parts([['conv', conv]]), 'Convolution');
  }

  /** Two convolutions, each with normalisation, dropout and ReLU; the first with a stride. */
  convBlock(name: string, shape: readonly number[], channels: number, stride: number): Layer {
    const one = (index: number, from: readonly number[], steps: number) => {
      const prefix = `${name}.conv.${index}`;
      const conv = this.#keep(convolution(`${prefix}.conv`, from, channels, { stride: steps }));
      return convolved(conv, batchNorm(`${prefix}.adn.N`, conv.outputShape), this.#dropoutRate);
    };
    const first = one(0, shape, stride);
    const pair = sequential([first, one(1, first.outputShape, 1)]);
    return sequential(parts([['conv', pair]]), 'ConvBlock');
  }

  /**
   * A level with all that is below it.
   * @param shape - `[...spatial, channels[0]]`, in and out
   */
  level(
    name: string,
    shape: readonly number[],
    [width = 1, below = 1, ...deeper]: readonly number[],
  ): Layer {
    const isBottom = deeper.length === 0;
    const lower = [...shape.slice(0, -1).map((length) => length / 2), below];
    const inner = isBottom
      ? undefined
      : this.level(`${name}.submodule.1`, lower, [below, ...deeper]);
    const prefix = `${name}.submodule${isBottom ? '' : '.0'}`;
    const down = this.convBlock(prefix, shape, below, 2);
    const submodule = inner === undefined ? down : sequential([down, inner]);
    const gate = this.#gate(`${name}.attention`, shape, Math.floor(width / 2));
    const upconv = this.#up(`${name}.upconv`, lower, width);
    const merge = this.#merge(`${name}.merge`, [...shape.slice(0, -1), 2 * width], width);
    const [children, layers] = [
      [
        ['attention', gate.layer],
        ['upconv', upconv],
        ['merge', merge],
        ['submodule', submodule],
      ] satisfies Part[],
      [gate.layer, upconv, merge, submodule],
    ];
    return {
      kind: 'AttentionLayer',
      lines: moduleLines('AttentionLayer', children),
      states: layers.flatMap(({ states }) => states),
      outputShape: shape,
      forward(input, pass) {
        const fromBelow = upconv.forward(submodule.forward(input, pass), pass);
        const weighed = gated(input, gate.factors(fromBelow, input, pass));
        return merge.forward(joinChannels([weighed, fromBelow]), pass);
      },
      toOnnx(graph, input) {
        const fromBelow = inOnnx([submodule, upconv])(graph, input);
        const weighed = graph.node('Mul', [input, gate.inOnnx(graph, fromBelow, input)]);
        const joined = graph.node('Concat', [weighed, fromBelow], { axis: 1 });
        return inOnnx([merge])(graph, joined);
      },
      memory(batch) {
        const own = memoryOf(layers, batch);
        const joined = joinMemory([...shape.slice(0, -1), 2 * width], batch);
        const size = batch * sizeOf(shape);
        // What is weighed and its gradient; the gradients of the input from three sides and of the
        // map from below from two, added up.
        return { ...own, kept: own.kept + joined.kept + 5 * size };
      },
    };
  }

  #up(name: string, shape: readonly number[], channels: number): Layer {
    const conv = this.#keep(
      transposedConvolution(`${name}.up.conv`, shape, channels, { stride: 2, outputPadding: 1 }),
    );
    // MONAI hands no dropout to it.
    const up = convolved(conv, batchNorm(`${name}.up.adn.N`, conv.outputShape), 0);
    return sequential(parts([['up', up]]), 'UpConv');
  }

  #merge(name: string, shape: readonly number[], channels: number): Layer {
    const conv = this.#keep(convolution(`${name}.conv`, shape, channels));
    const { outputShape } = conv;
    const active = prelu(`${name}.adn.A`, outputShape);
    return convolved(conv, instanceNorm(outputShape), this.#dropoutRate, active);
  }

  /** Factors for a map from it and the one from below, both of `shape`. */
  #gate(name: string, shape: readonly number[], between: number) {
    const inner = [...shape.slice(0, -1), between];
    const single = [...shape.slice(0, -1), 1];
    const normalised = (part: string, from: readonly number[], to: readonly number[]) =>
      [
        this.plain(`${name}.${part}.0`, from, to.at(-1) ?? 1),
        batchNorm(`${name}.${part}.1`, to),
      ] as const;
    const ofBelow = normalised('W_g', shape, inner);
    const ofInput = normalised('W_x', shape, inner);
    const toOne = [...normalised('psi', inner, single), sigmoid(single)];
    const active = relu(inner);
    const children: Part[] = [
      ['W_g', sequential(ofBelow)],
      ['W_x', sequential(ofInput)],
      ['psi', sequential(toOne)],
      ['relu', active],
    ];
    const layers = children.map(([, layer]) => layer);
    const [below, own, last] = [inOrder(ofBelow), inOrder(ofInput), inOrder([active, ...toOne])];
    const factors = (fromBelow: tf.Tensor, input: tf.Tensor, pass: Parameters<typeof own>[1]) =>
      last(tf.add(below(fromBelow, pass), own(input, pass)), pass);
    const factorsInOnnx = (graph: OnnxGraph, fromBelow: string, input: string) => {
      const sides = [inOnnx(ofBelow)(graph, fromBelow), inOnnx(ofInput)(graph, input)];
      return inOnnx([active, ...toOne])(graph, graph.node('Add', sides));
    };
    const layer: Layer = {
      kind: 'AttentionBlock',
      lines: moduleLines('AttentionBlock', children),
      states: layers.flatMap(({ states }) => states),
      outputShape: shape,
      forward: (input) => input,
      memory(batch) {
        const parts = memoryOf(layers, batch);
        return { ...parts, kept: parts.kept + batch * sizeOf(inner) };
      },
    };
    return { layer, factors, inOnnx: factorsInOnnx };
  }

  #keep(layer: Layer): Layer {
    this.made.push(...layer.states);
    return layer;
  }
}

/** MONAI's `Convolution`: normalisation, dropout and activation behind a convolution. */
function convolved(
  conv: Layer,
  norm: Layer,
  dropoutRate: number,
  active = relu(conv.outputShape),
): Layer {
  const adn: Part[] = [
    ['N', norm],
    ['D', dropout(conv.outputShape, dropoutRate)],
    ['A', active],
  ];
  const lines = moduleLines('Convolution', [
    ['conv', conv],
    ['adn', sequential(parts(adn), 'ADN')],
  ]);
  const layers = [conv, ...adn.map(([, layer]) => layer)];
  return { ...sequential(layers, 'Convolution'), lines };
}
