/**
 * GELU, `x * Phi(x)` with the normal distribution's own Phi (Hendrycks and Gimpel 2016), PyTorch's
 * default, not the approximation by tanh. The error function is a polynomial times a bell
 * (Abramowitz and Stegun 1964, 7.1.26), within 1.5e-7, as in tfjs. The kernel keeps what goes in,
 * which the dense layer before has kept anyway.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable, uninitialised } from '../device/tfjs-backend.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { rows, type Layout } from '../kernels/storage.ts';
import type { ActivationLayer } from './activations.ts';
import { mapMemory } from './layer.ts';

/** Of any shape. */
export const gelu: ActivationLayer = (inputShape) => ({
  ...{ kind: 'GELU', lines: ["GELU(approximate='none')"], states: [], outputShape: inputShape },
  forward: (input) => (kernelsInUse() ? byKernels(input) : byStock(input)),
  toOnnx(graph, input) {
    const scaled = graph.node('Mul', [input, graph.floats([Math.SQRT1_2], [])]);
    const share = graph.node('Add', [graph.node('Erf', [scaled]), graph.floats([1], [])]);
    return graph.node('Mul', [graph.node('Mul', [input, share]), graph.floats([0.5], [])]);
  },
  memory: (batch) => mapMemory(inputShape, batch),
});

function byStock(input: Tensor): Tensor {
  const flat = tf.reshape(input, [-1]);
  const share = tf.add(tf.erf(tf.mul(flat, tf.scalar(Math.SQRT1_2))), tf.scalar(1));
  return tf.reshape(tf.mul(tf.mul(flat, tf.scalar(0.5)), share), input.shape);
}

function byKernels(input: Tensor): Tensor {
  const shape = [...input.shape];
  const layout = input.size % 4 === 0 ? 'quads' : 'single';
  const items = layout === 'quads' ? input.size / 4 : input.size;
  const forward = (save: (tensors: Tensor[]) => void) => {
    const output = uninitialised(shape);
    dispatch(valueKernel(layout), [input, output], { items });
    save([input]);
    return [output];
  };
  const backward = (received: Tensor, [source]: Tensor[]) => ({
    input: () => {
      const result = uninitialised(shape);
      dispatch(gradientKernel(layout), [source as Tensor, received, result], { items });
      return result;
    },
  });
  return differentiable({ input }, forward, backward)[0] as Tensor;
}

/** `Phi(x)`: half of 1 + erf(x / sqrt(2)). Not exactly the tail where that is below 1e-7. */
const PHI = `
fn phi(x: vec4<f32>) -> vec4<f32> {
  let z = abs(x) * ${Math.SQRT1_2};
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  let tail = 0.5 * sum * exp(-z * z);
  return select(tail, 1.0 - tail, x > vec4<f32>());
}`;

function valueKernel(layout: Layout): Kernel<'items'> {
  const source = rows('source', layout, '1u', '1u');
  const result = rows('result', layout, '1u', '1u', 'read_write');
  return {
    key: `gelu-${layout}`,
    bindings: [source.binding, result.binding],
    sizes: ['items'],
    code: () => `${source.code}${result.code}${PHI}
fn work(item: u32, layer: u32) {
  let x = source_load(item, 0u);
  result_store(item, 0u, x * phi(x));
}`,
  };
}

/** The derivative is `Phi(x) + x * phi(x)`, with the bell `phi`. */
function gradientKernel(layout: Layout): Kernel<'items'> {
  const source = rows('source', layout, '1u', '1u');
  const received = rows('received', layout, '1u', '1u');
  const result = rows('result', layout, '1u', '1u', 'read_write');
  return {
    key: `gelu-gradient-${layout}`,
    bindings: [source.binding, received.binding, result.binding],
    sizes: ['items'],
    code: () => `${source.code}${received.code}${result.code}${PHI}
fn work(item: u32, layer: u32) {
  let x = source_load(item, 0u);
  let bell = ${1 / Math.sqrt(2 * Math.PI)} * exp(-0.5 * x * x);
  result_store(item, 0u, received_load(item, 0u) * (phi(x) + x * bell));
}`,
  };
}
