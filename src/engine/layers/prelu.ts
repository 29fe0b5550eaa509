/**
 * PReLU (He et al. 2015) with one slope for all channels, which is trained and begins at 0.25:
 * PyTorch's `PReLU()`. The gradient of the slope is summed in a fixed order.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable, uninitialised } from '../device/tfjs-backend.ts';
import { channelSums } from '../kernels/channel-sums.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { numbers, rows, type Layout } from '../kernels/storage.ts';
import { mapMemory, type Layer, type StateSpec } from './layer.ts';

const FIRST_SLOPE = 0.25;

/** @param name - prefix of the state-dict key */
export function prelu(name: string, inputShape: readonly number[]): Layer {
  const weight: StateSpec = {
    ...{ name: `${name}.weight`, shape: [1], trained: true },
    initial: () => new Float32Array([FIRST_SLOPE]),
  };
  return {
    ...{ kind: 'PReLU', lines: ['PReLU(num_parameters=1)'], states: [weight] },
    outputShape: inputShape,
    forward(input, pass) {
      const slope = pass.state(weight.name);
      return kernelsInUse() ? byKernels(input, slope) : byStock(input, slope);
    },
    toOnnx: (graph, input) => graph.node('PRelu', [input, graph.state(weight.name)]),
    // The products that the slope's gradient is summed from.
    memory: (batch) => mapMemory(inputShape, batch, 1),
  };
}

function byStock(input: Tensor, slope: Tensor): Tensor {
  const flat = tf.reshape(input, [-1]);
  const below = tf.neg(tf.relu(tf.neg(flat)));
  return tf.reshape(tf.add(tf.relu(flat), tf.mul(below, slope)), input.shape);
}

function byKernels(input: Tensor, slope: Tensor): Tensor {
  const shape = [...input.shape];
  const layout = input.size % 4 === 0 ? 'quads' : 'single';
  const items = layout === 'quads' ? input.size / 4 : input.size;
  const run = (part: Part, tensors: readonly Tensor[]) => {
    const result = uninitialised(shape);
    dispatch(kernelOf(part, layout), [...tensors, result], { items });
    return result;
  };
  const forward = (save: (tensors: Tensor[]) => void) => {
    save([input, slope]);
    return [run('value', [input, slope])];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [source, factor] = saved as [Tensor, Tensor];
    return {
      input: () => run('gradient', [source, received, factor]),
      slope: () =>
        tf.tidy(() => {
          const products = run('products', [source, received]);
          const width = layout === 'quads' ? 4 : 1;
          const sums = channelSums(tf.reshape(products, [-1, width]), width);
          return tf.reshape(tf.sum(sums), [1]);
        }),
    };
  };
  return differentiable({ input, slope }, forward, backward)[0] as Tensor;
}

type Part = 'value' | 'gradient' | 'products';

/** What is bound besides the source and the result, and the formula: a binding must be used. */
const PARTS: Readonly<Record<Part, { bound: string[]; formula: string }>> = {
  value: { bound: ['slope'], formula: 'select(slope[0] * x, x, x > vec4<f32>())' },
  gradient: {
    bound: ['received', 'slope'],
    formula:
      'received_load(item, 0u) * select(vec4<f32>(slope[0]), vec4<f32>(1.0), x > vec4<f32>())',
  },
  products: { bound: ['received'], formula: 'received_load(item, 0u) * min(x, vec4<f32>())' },
};

function kernelOf(part: Part, layout: Layout): Kernel<'items'> {
  const { bound, formula } = PARTS[part];
  const source = rows('source', layout, '1u', '1u');
  const received = rows('received', layout, '1u', '1u');
  const result = rows('result', layout, '1u', '1u', 'read_write');
  const isReceived = bound.includes('received');
  return {
    key: `prelu-${part}-${layout}`,
    bindings: [
      ...[source.binding, ...(isReceived ? [received.binding] : [])],
      ...(bound.includes('slope') ? [numbers('slope')] : []),
      result.binding,
    ],
    sizes: ['items'],
    code: () => `${source.code}${isReceived ? received.code : ''}${result.code}
fn work(item: u32, layer: u32) {
  let x = source_load(item, 0u);
  result_store(item, 0u, ${formula});
}`,
  };
}
