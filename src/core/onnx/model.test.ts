import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { archiveBytes } from '../torch/write.ts';
import { Float, OnnxGraph, type OnnxPort, type OnnxTensor } from './graph.ts';
import { onnxBytes } from './model.ts';

// onnxruntime is the reader: what it makes of a file is what any user gets.
async function run(
  graph: OnnxGraph,
  shape: OnnxPort['shape'],
  output: OnnxPort['shape'],
  given: { shape: number[]; values: number[] },
  states: readonly OnnxTensor[] = [],
) {
  const bytes = archiveBytes(
    onnxBytes({
      ...{ name: 'test', graph, states, description: 'made by a test' },
      inputs: [{ name: 'input', shape }],
      outputs: [{ name: 'result', shape: output }],
    }),
  );
  const session = await InferenceSession.create(bytes);
  const input = new Tensor('float32', Float32Array.from(given.values), given.shape);
  const { result } = await session.run({ input });
  await session.release();
  return { shape: result?.dims, values: [...(result?.data as Float32Array)] };
}

describe('an ONNX file', () => {
  it('holds weights under their keys, whole numbers and floats, for any batch', async () => {
    const graph = new OnnxGraph();
    const product = graph.node(
      'Gemm',
      ['input', graph.state('fc.weight'), graph.state('fc.bias')],
      { transB: 1, alpha: new Float(0.5) },
    );
    graph.rename(graph.node('LeakyRelu', [product], { alpha: new Float(0.25) }), 'result');
    const states = [
      { name: 'fc.weight', shape: [2, 3], values: Float32Array.of(1, 0, 2, -1, -1, 0) },
      { name: 'fc.bias', shape: [2], values: Float32Array.of(10, -10) },
      { name: 'of something else', shape: [1], values: Float32Array.of(7) },
    ];
    const given = { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] };
    const found = await run(graph, ['batch', 3], ['batch', 2], given, states);
    // 0.5 * (1 + 6) + 10; 0.25 * (0.5 * -3 - 10), and so on.
    expect(found).toEqual({ shape: [2, 2], values: [13.5, -2.875, 18, -3.625] });
  });

  it('holds lists and texts as attributes, and integers as inputs', async () => {
    const graph = new OnnxGraph();
    const pads = graph.integers([0, 0, 1, 0, 0, 1]);
    const padded = graph.node('Pad', ['input', pads], { mode: 'reflect' });
    graph.rename(graph.node('MaxPool', [padded], { kernel_shape: [2], strides: [1] }), 'result');
    const given = { shape: [1, 1, 3], values: [5, 1, 3] };
    const found = await run(graph, ['batch', 1, 3], ['batch', 1, 4], given);
    expect(found).toEqual({ shape: [1, 1, 4], values: [5, 5, 3, 3] });
  });

  it('keeps several outputs of a node apart', async () => {
    const graph = new OnnxGraph();
    const parts = graph.nodeOf('Split', ['input'], { axis: 1 }, ['first', 'second']);
    const [first = '', second = ''] = parts;
    graph.rename(
      graph.node('Sub', [first, graph.node('Mul', [second, graph.floats([2], [])])]),
      'result',
    );
    const given = { shape: [1, 4], values: [1, 2, 3, 4] };
    const found = await run(graph, ['batch', 4], ['batch', 2], given);
    expect(found).toEqual({ shape: [1, 2], values: [-5, -6] });
  });

  it('is refused where a state is missing', () => {
    const graph = new OnnxGraph();
    graph.rename(graph.node('Add', ['input', graph.state('bias')]), 'result');
    const model = { name: 'x', graph, states: [], inputs: [], outputs: [], description: '' };
    expect(() => onnxBytes(model)).toThrow(/WEIGHTS_MISMATCH.*bias/);
  });

  it('copies no weights, and is refused from 2 GiB on', () => {
    // Zeros that are never touched take no memory.
    const values = new Float32Array(2 ** 27);
    const ofSize = (count: number) => {
      const graph = new OnnxGraph();
      const states = Array.from({ length: count }, (_, index) => {
        return { name: graph.state(`w${index}`), shape: [2 ** 27], values };
      });
      return onnxBytes({ name: 'x', graph, states, inputs: [], outputs: [], description: '' });
    };
    const file = ofSize(3);
    expect(file.chunks.filter(({ buffer }) => buffer === values.buffer)).toHaveLength(3);
    expect(file.size).toBeGreaterThan(3 * 2 ** 29);
    expect(() => ofSize(4)).toThrow(/ONNX_TOO_LARGE.*2\.0 GiB/);
  });
});

it('a value that nobody kept is not made up', () => {
  const graph = new OnnxGraph();
  const key = {};
  expect(() => graph.kept(key)).toThrow(/no value/);
  graph.keep(key, 'maxima');
  expect(graph.kept(key)).toBe('maxima');
});
