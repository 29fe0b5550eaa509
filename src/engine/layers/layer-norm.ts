/**
 * Layer normalisation (Ba, Kiros and Hinton 2016) as PyTorch's `LayerNorm(width)`: each row of
 * `[..., width]` has mean 0 and variance 1 (epsilon 1e-5), then a slope and an offset for each place
 * in it. The kernels keep the input and two numbers a row; a thread takes a row for the sums, in two
 * passes for the variance, since rows are short and many. Stock operations are the reference.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable } from '../device/tfjs-backend.ts';
import { Float } from '../../core/onnx/graph.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { applied, parameterGradient, rowSums, statisticsOf } from './layer-norm-kernels.ts';
import { sizeOf, type Layer, type StateSpec } from './layer.ts';

const EPSILON = 1e-5;

/**
 * @param name - prefix of the state-dict keys
 * @param inputShape - `[tokens, width]` or `[width]`
 */
export function layerNorm(name: string, inputShape: readonly number[]): Layer {
  const width = inputShape.at(-1) ?? 1;
  const vector = (suffix: string, value: number): StateSpec => ({
    ...{ name: `${name}.${suffix}`, shape: [width], trained: true },
    initial: () => new Float32Array(width).fill(value),
  });
  const [weight, bias] = [vector('weight', 1), vector('bias', 0)];
  return {
    kind: 'LayerNorm',
    lines: [`LayerNorm((${width},), eps=1e-05, elementwise_affine=True)`],
    ...{ states: [weight, bias], outputShape: inputShape },
    forward(input, pass) {
      const [gamma, beta] = [pass.state(weight.name), pass.state(bias.name)];
      const rows = tf.reshape(input, [-1, width]);
      const output = kernelsInUse() ? byKernels(rows, gamma, beta) : byStock(rows, gamma, beta);
      return tf.reshape(output, input.shape);
    },
    toOnnx(graph, input) {
      const states = [graph.state(weight.name), graph.state(bias.name)];
      const attributes = { axis: -1, epsilon: new Float(EPSILON) };
      return graph.node('LayerNormalization', [input, ...states], attributes);
    },
    memory(batch) {
      const size = batch * sizeOf(inputShape);
      return { kept: 2 * size, largest: size };
    },
  };
}

function byStock(rows: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const centred = tf.sub(rows, tf.mean(rows, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, tf.scalar(EPSILON))));
  const [scale, shift] = [gamma, beta].map((vector) => tf.reshape(vector, [1, -1]));
  return tf.add(tf.mul(normal, scale as Tensor), shift as Tensor);
}

function byKernels(input: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const forward = (save: (tensors: Tensor[]) => void) => {
    const statistics = statisticsOf(input, EPSILON);
    save([input, statistics, gamma]);
    return [applied(input, statistics, gamma, beta)];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [source, statistics, slopes] = saved as [Tensor, Tensor, Tensor];
    return {
      input: () => {
        const sums = rowSums(received, source, statistics, slopes);
        const result = applied(source, statistics, slopes, sums, received);
        sums.dispose();
        return result;
      },
      gamma: () => parameterGradient('gamma', received, source, statistics),
      beta: () => parameterGradient('beta', received, source, statistics),
    };
  };
  return differentiable({ input, gamma, beta }, forward, backward)[0] as Tensor;
}
