/**
 * Self-attention of several heads (Vaswani et al. 2017) on `[batch, tokens, width]`, with MONAI's
 * names: `qkv`, one dense layer without bias whose outputs are queries, keys and values of all heads,
 * and `out_proj`. Products of matrices, one a head, are stock operations on both paths; rank stays at
 * four and below.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { inOnnx, moduleLines } from './composite.ts';
import { dropout } from './dense.ts';
import { sizeOf, type Layer } from './layer.ts';
import { tokenLinear } from './tokens.ts';

/**
 * @param name - prefix of the state-dict keys
 * @param inputShape - `[tokens, width]`
 * @param heads - a divisor of the width
 */
export function selfAttention(
  name: string,
  inputShape: readonly number[],
  heads: number,
  dropoutRate: number,
): Layer {
  const [tokens = 1, width = 1] = inputShape;
  if (width % heads !== 0) throw new RangeError(`${width} numbers in ${heads} heads`);
  const each = width / heads;
  const out = tokenLinear(`${name}.out_proj`, inputShape, width);
  const qkv = tokenLinear(`${name}.qkv`, inputShape, 3 * width, false);
  const weightsDropout = dropout([heads, tokens, tokens], dropoutRate);
  const outputDropout = dropout(inputShape, dropoutRate);
  return {
    kind: 'SABlock',
    lines: moduleLines('SABlock', [
      ['out_proj', out],
      ['qkv', qkv],
      ['drop_output', outputDropout],
      ['drop_weights', weightsDropout],
    ]),
    states: [...out.states, ...qkv.states],
    outputShape: inputShape,
    forward(input, pass) {
      const [batch = 1] = input.shape;
      const all = tf.reshape(qkv.forward(input, pass), [batch, tokens, 3 * heads, each]);
      const byHead = tf.split(tf.transpose(all, [0, 2, 1, 3]), 3, 1);
      const [queries, keys, values] = byHead.map((part) =>
        tf.reshape(part, [batch * heads, tokens, each]),
      ) as [Tensor, Tensor, Tensor];
      const scaled = tf.mul(queries, tf.scalar(1 / Math.sqrt(each)));
      const scores = tf.matMul(scaled, keys, false, true);
      const shares = tf.softmax(tf.reshape(scores, [-1, tokens]));
      const weights = weightsDropout.forward(tf.reshape(shares, scores.shape), pass);
      const mixed = tf.reshape(tf.matMul(weights, values), [batch, heads, tokens, each]);
      const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]);
      return outputDropout.forward(out.forward(joined, pass), pass);
    },
    toOnnx(graph, input) {
      const [turned, transposed] = [
        [0, 2, 1, 3],
        [0, 1, 3, 2],
      ];
      const shape = graph.integers([0, tokens, 3 * heads, each]);
      const all = graph.node('Reshape', [inOnnx([qkv])(graph, input), shape]);
      const byHead = graph.node('Transpose', [all], { perm: turned });
      const parts = graph.nodeOf('Split', [byHead], { axis: 1 }, ['queries', 'keys', 'values']);
      const [queries, keys, values] = parts as [string, string, string];
      const scaled = graph.node('Mul', [queries, graph.floats([1 / Math.sqrt(each)], [])]);
      const scores = graph.node('MatMul', [
        scaled,
        graph.node('Transpose', [keys], { perm: transposed }),
      ]);
      const shares = graph.node('Softmax', [scores], { axis: -1 });
      const mixed = graph.node('MatMul', [shares, values]);
      const joined = graph.node('Transpose', [mixed], { perm: turned });
      const rows = graph.node('Reshape', [joined, graph.integers([0, tokens, width])]);
      return inOnnx([out])(graph, rows);
    },
    memory(batch) {
      const maps = batch * sizeOf(inputShape);
      const shares = batch * heads * tokens * tokens;
      const parts = [out, qkv, weightsDropout, outputDropout].map((part) => part.memory(batch));
      const kept = parts.reduce((sum, part) => sum + part.kept, 0);
      return { kept: kept + 14 * maps + 6 * shares, largest: Math.max(shares, 3 * maps) };
    },
  };
}
