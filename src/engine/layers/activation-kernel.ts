/**
 * Element-wise activations as one kernel forward and one backward. The derivative is taken from the
 * RESULT, which is kept for the next layer anyway; stock operations keep the input and make two more
 * tensors of its size for the gradient. Any shape, f32, four numbers a thread where they come in
 * fours.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable, uninitialised } from '../device/tfjs-backend.ts';
import { dispatch } from '../kernels/dispatch.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { rows, type Layout } from '../kernels/storage.ts';

export type Activation = 'relu' | 'leaky-relu' | 'elu' | 'sigmoid' | 'tanh' | 'softplus';

/** WGSL of the value at `x` and of the derivative where the value is `y`, on vec4<f32>. */
const FORMULAS: Readonly<Record<Activation, { value: string; derivative: string }>> = {
  relu: {
    value: 'max(x, vec4<f32>())',
    derivative: 'select(vec4<f32>(), vec4<f32>(1.0), y > vec4<f32>())',
  },
  'leaky-relu': {
    value: 'select(slope * x, x, x > vec4<f32>())',
    derivative: 'select(vec4<f32>(slope), vec4<f32>(1.0), y > vec4<f32>())',
  },
  elu: {
    value: 'select(exp(min(x, vec4<f32>())) - 1.0, x, x > vec4<f32>())',
    derivative: 'select(y + 1.0, vec4<f32>(1.0), y > vec4<f32>())',
  },
  // Some devices overflow in tanh; beyond 15 it is 1 in f32 anyway.
  sigmoid: { value: '1.0 / (1.0 + exp(-x))', derivative: 'y * (1.0 - y)' },
  tanh: {
    value: 'tanh(clamp(x, vec4<f32>(-15.0), vec4<f32>(15.0)))',
    derivative: '1.0 - y * y',
  },
  softplus: {
    value: 'max(x, vec4<f32>()) + log(1.0 + exp(-abs(x)))',
    derivative: '1.0 - exp(-y)',
  },
};

/**
 * @param input - any shape, f32
 * @param slope - of LeakyReLU below zero, positive
 */
export function activate(input: Tensor, activation: Activation, slope = 0): Tensor {
  const shape = [...input.shape];
  const layout = input.size % 4 === 0 ? 'quads' : 'single';
  const items = layout === 'quads' ? input.size / 4 : input.size;
  const sizes = { items, slope: new Uint32Array(Float32Array.of(slope).buffer)[0] as number };
  const forward = (save: (tensors: Tensor[]) => void) => {
    const output = uninitialised(shape);
    dispatch(valueKernel(activation, layout), [input, output], sizes);
    save([output]);
    return [output];
  };
  const backward = (received: Tensor, [output]: Tensor[]) => ({
    input: () => {
      const result = uninitialised(shape);
      const kernel = gradientKernel(activation, layout);
      dispatch(kernel, [received, output as Tensor, result], sizes);
      return result;
    },
  });
  return differentiable({ input }, forward, backward)[0] as Tensor;
}

const SLOPE = 'let slope = bitcast<f32>(size.slope);';

function valueKernel(activation: Activation, layout: Layout): Kernel<'items' | 'slope'> {
  const source = rows('source', layout, '1u', '1u');
  const result = rows('result', layout, '1u', '1u', 'read_write');
  return {
    key: `${activation}-${layout}`,
    bindings: [source.binding, result.binding],
    sizes: ['items', 'slope'],
    code: () => `${source.code}${result.code}
fn work(item: u32, layer: u32) {
  ${SLOPE}
  let x = source_load(item, 0u);
  result_store(item, 0u, ${FORMULAS[activation].value});
}`,
  };
}

function gradientKernel(activation: Activation, layout: Layout): Kernel<'items' | 'slope'> {
  const received = rows('received', layout, '1u', '1u');
  const values = rows('values', layout, '1u', '1u');
  const result = rows('result', layout, '1u', '1u', 'read_write');
  return {
    key: `${activation}-gradient-${layout}`,
    bindings: [received.binding, values.binding, result.binding],
    sizes: ['items', 'slope'],
    code: () => `${received.code}${values.code}${result.code}
fn work(item: u32, layer: u32) {
  ${SLOPE}
  let y = values_load(item, 0u);
  result_store(item, 0u, received_load(item, 0u) * (${FORMULAS[activation].derivative}));
}`,
  };
}
