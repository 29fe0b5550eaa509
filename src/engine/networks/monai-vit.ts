/**
 * Vision Transformer (Dosovitskiy et al. 2021), ViT-B/16: the volume in cubes of 16 voxels, each a
 * token of 768 numbers, twelve blocks of attention (12 heads) and two dense layers (3072), and scores
 * from a token of its own. Names, shapes and order of the states are those of MONAI 1.5.0,
 * `monai.networks.nets.vit` with `classification=True` and else its defaults (Apache-2.0; its names
 * only). MONAI makes a second attention in each block, to another input, which this network does not
 * have: its weights are kept, saved and counted as there, and nothing goes through them. As there,
 * scores of classes end in tanh; a single number to be regressed has none (`post_activation=None`).
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import { tanh } from '../layers/activations.ts';
import { selfAttention } from '../layers/attention.ts';
import { called, inOnnx, memoryOf, moduleLines, sequential, unused } from '../layers/composite.ts';
import { dropout, linear } from '../layers/dense.ts';
import { gelu } from '../layers/gelu.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { sizeOf, type Layer, type StateSpec } from '../layers/layer.ts';
import { firstToken, patchConvolution, tokenLinear, withFirst } from '../layers/tokens.ts';
import { truncatedNormal } from '../layers/torch-normal.ts';
import { parts, type Part } from './monai-parts.ts';
import type { NetworkPlan } from './plan.ts';

/** Named as MONAI's arguments. */
export interface VitOptions {
  readonly patch_size: number;
  /** Numbers of a token. */
  readonly hidden_size: number;
  readonly mlp_dim: number;
  readonly num_layers: number;
  readonly num_heads: number;
}

const VIT_B16: VitOptions = {
  ...{ patch_size: 16, hidden_size: 768, mlp_dim: 3072, num_layers: 12, num_heads: 12 },
};
/** Standard deviation of the first position embeddings. */
const DEVIATION = 0.02;

/**
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes, multiples of the patch
 * @throws CapsuleError NETWORK_INPUT
 */
export function vit(
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
  given: Partial<VitOptions> = {},
): NetworkPlan {
  const options = { ...VIT_B16, ...given };
  checkDivisible(inputShape, options.patch_size);
  const { embedding, tokens, drawnStates } = patchEmbedding(inputShape, dropoutRate, options);
  const shape = tokens.outputShape;
  const blocks = Array.from({ length: options.num_layers }, (_, index) =>
    transformerBlock(`blocks.${index}`, shape, dropoutRate, options),
  );
  const { hidden_size: width } = options;
  const norm = layerNorm('norm', [width]);
  const isScored = outputs > 1;
  const last = linear(`classification_head${isScored ? '.0' : ''}`, width, outputs);
  const first: Layer = {
    ...{ kind: 'ClassToken', lines: ['ClassToken()'], states: [], outputShape: [width] },
    forward: (input) => firstToken(input),
    toOnnx: (graph, input) =>
      graph.node('Flatten', [graph.node('Gather', [input, graph.integers([0])], { axis: 1 })]),
    memory: (batch) => ({ kept: 2 * batch * sizeOf(shape), largest: 0 }),
  };
  const head = isScored ? sequential([last, tanh([outputs])]) : last;
  const rest: Part[] = [
    ['patch_embedding', tokens],
    ['blocks', sequential(blocks, 'ModuleList')],
    ['class_token', first],
    ['norm', norm],
    ['classification_head', head],
  ];
  const drawn = [...drawnStates, ...[...blocks, norm, head].flatMap(({ states }) => states)];
  const sequentials = [[called('patch_embeddings', embedding)], parts(rest)];
  return { name: 'MonaiViT', inputShape, outputs, sequentials, drawn };
}

function checkDivisible(inputShape: readonly number[], patch: number): void {
  const spatial = inputShape.slice(0, -1);
  if (spatial.every((length) => length >= patch && length % patch === 0)) return;
  const nearest = spatial.map((length) => Math.max(patch, patch * Math.round(length / patch)));
  throw new CapsuleError('NETWORK_INPUT', {
    expected: `axes that are multiples of ${patch}: crop or pad, here to ${nearest.join(' x ')}`,
    found: spatial.join(' x '),
  });
}

/**
 * The convolution that makes tokens of cubes, `[...cubes, width]`, and what makes them a row of
 * tokens: each with its place, behind the token of the class. All states are the first layer's,
 * since that is where the state dict has them.
 */
function patchEmbedding(
  inputShape: readonly number[],
  dropoutRate: number,
  { patch_size: patch, hidden_size: width }: VitOptions,
): { embedding: Layer; tokens: Layer; drawnStates: StateSpec[] } {
  const conv = patchConvolution('patch_embedding.patch_embeddings', inputShape, width, patch);
  const count = sizeOf(conv.outputShape.slice(0, -1));
  const classToken: StateSpec = {
    ...{ name: 'cls_token', shape: [1, 1, width], trained: true },
    initial: () => new Float32Array(width),
  };
  const places: StateSpec = {
    ...{ name: 'patch_embedding.position_embeddings', shape: [1, count, width], trained: true },
    initial: (generator) => truncatedNormal(count * width, DEVIATION, generator),
  };
  const outputShape = [count + 1, width];
  const drop = dropout([count, width], dropoutRate);
  const tokens: Layer = {
    kind: 'Tokens',
    lines: moduleLines('Tokens', [['dropout', drop]]),
    ...{ states: [], outputShape },
    forward(input, pass) {
      const rows = tf.reshape(input, [-1, count * width]);
      const placed = tf.add(rows, tf.reshape(pass.state(places.name), [1, count * width]));
      const kept = drop.forward(tf.reshape(placed, [-1, count, width]), pass);
      return withFirst(kept, pass.state(classToken.name));
    },
    toOnnx(graph, input) {
      // Channels are behind the cubes here, and the token of the class is as often there as elements.
      const maps = graph.node('Reshape', [input, graph.integers([0, width, -1])]);
      const rows = graph.node('Transpose', [maps], { perm: [0, 2, 1] });
      const placed = graph.node('Add', [rows, graph.state(places.name)]);
      const batch = graph.node('Shape', [input], { end: 1 });
      const shape = graph.node('Concat', [batch, graph.integers([1, width])], { axis: 0 });
      const firsts = graph.node('Expand', [graph.state(classToken.name), shape]);
      return graph.node('Concat', [firsts, placed], { axis: 1 });
    },
    memory(batch) {
      const size = batch * sizeOf(outputShape);
      return { kept: 4 * size + drop.memory(batch).kept, largest: size };
    },
  };
  const embedding = { ...conv, states: [classToken, places, ...conv.states] };
  return { embedding, tokens, drawnStates: [...conv.states, places, classToken] };
}

function transformerBlock(
  name: string,
  shape: readonly number[],
  dropoutRate: number,
  { hidden_size: width, mlp_dim, num_heads }: VitOptions,
): Layer {
  const linear1 = tokenLinear(`${name}.mlp.linear1`, shape, mlp_dim);
  const inner = linear1.outputShape;
  const linear2 = tokenLinear(`${name}.mlp.linear2`, inner, width);
  const mlp: Part[] = [
    ['linear1', linear1],
    ['fn', gelu(inner)],
    ['drop1', dropout(inner, dropoutRate)],
    ['linear2', linear2],
    ['drop2', dropout(shape, dropoutRate)],
  ];
  const dense = sequential(parts(mlp), 'MLPBlock');
  const norm1 = layerNorm(`${name}.norm1`, shape);
  const attention = selfAttention(`${name}.attn`, shape, num_heads, dropoutRate);
  const norm2 = layerNorm(`${name}.norm2`, shape);
  const crossNorm = unused(layerNorm(`${name}.norm_cross_attn`, shape), shape);
  const cross = unused(crossAttention(`${name}.cross_attn`, shape), shape);
  const children: Part[] = [
    ['mlp', dense],
    ['norm1', norm1],
    ['attn', attention],
    ['norm2', norm2],
    ['norm_cross_attn', crossNorm],
    ['cross_attn', cross],
  ];
  const layers = children.map(([, layer]) => layer);
  return {
    kind: 'TransformerBlock',
    lines: moduleLines('TransformerBlock', children),
    states: layers.flatMap(({ states }) => states),
    outputShape: shape,
    forward(input, pass) {
      const attended = tf.add(input, attention.forward(norm1.forward(input, pass), pass));
      return tf.add(attended, dense.forward(norm2.forward(attended, pass), pass));
    },
    toOnnx(graph, input) {
      const attended = graph.node('Add', [input, inOnnx([norm1, attention])(graph, input)]);
      return graph.node('Add', [attended, inOnnx([norm2, dense])(graph, attended)]);
    },
    memory(batch) {
      const own = memoryOf(layers, batch);
      // Both sums, and the gradients of what both sides took.
      return { ...own, kept: own.kept + 4 * batch * sizeOf(shape) };
    },
  };
}

/** MONAI's attention to another input: states only. */
function crossAttention(name: string, shape: readonly number[]): Layer {
  const width = shape.at(-1) ?? 1;
  const of = (part: string, hasBias: boolean): Part => [
    part,
    tokenLinear(`${name}.${part}`, shape, width, hasBias),
  ];
  const all = [of('out_proj', true), of('to_q', false), of('to_k', false), of('to_v', false)];
  return sequential(parts(all), 'CrossAttentionBlock');
}
