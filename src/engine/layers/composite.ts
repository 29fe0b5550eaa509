/**
 * Layers made of layers. Their states are those of their parts, in PyTorch's order of registration;
 * names of states are given where the parts are made.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import type { OnnxGraph } from '../../core/onnx/graph.ts';
import { differentiable } from '../device/tfjs-backend.ts';
import { sizeOf, type Layer, type LayerMemory } from './layer.ts';

/** A part under the name of PyTorch's attribute, or its position. */
export type Named = readonly [name: string, layer: Layer];

/** As PyTorch prints a module with its children. */
export function moduleLines(kind: string, children: readonly Named[]): string[] {
  if (children.length === 0) return [`${kind}()`];
  const inner = children.flatMap(([name, layer]) =>
    layer.lines.map((line, row) => (row === 0 ? `  (${name}): ${line}` : `  ${line}`)),
  );
  return [`${kind}(`, ...inner, ')'];
}

/** Parts under their own names, or their positions. */
export function numbered(layers: readonly Layer[]): Named[] {
  return layers.map((layer, index) => [layer.called ?? String(index), layer]);
}

export function inOrder(layers: readonly Layer[]): Layer['forward'] {
  return (input, pass) => layers.reduce((tensor, layer) => layer.forward(tensor, pass), input);
}

/**
 * As `inOrder`, in ONNX.
 * @throws CapsuleError ONNX_UNSUPPORTED when the graph comes to a layer that has no form in it
 */
export function inOnnx(layers: readonly Layer[]): (graph: OnnxGraph, input: string) => string {
  return (graph, input) =>
    layers.reduce((value, layer) => {
      if (layer.toOnnx !== undefined) return layer.toOnnx(graph, value);
      throw new CapsuleError('ONNX_UNSUPPORTED', { found: layer.kind });
    }, input);
}

export function memoryOf(layers: readonly Layer[], batch: number): LayerMemory {
  const all = layers.map((layer) => layer.memory(batch));
  return {
    kept: all.reduce((sum, { kept }) => sum + kept, 0),
    workspace: all.flatMap(({ workspace = [] }) => workspace),
    largest: Math.max(0, ...all.map(({ largest }) => largest)),
  };
}

/** One layer after the other, as PyTorch's `Sequential`. */
export function sequential(layers: readonly Layer[], kind = 'Sequential'): Layer {
  return {
    kind,
    lines: moduleLines(kind, numbered(layers)),
    states: layers.flatMap(({ states }) => states),
    outputShape: (layers.at(-1) as Layer).outputShape,
    forward: inOrder(layers),
    toOnnx: inOnnx(layers),
    memory: (batch) => memoryOf(layers, batch),
  };
}

/** The same layer under a name of its own in a sequential. */
export function called(name: string, layer: Layer): Layer {
  return { ...layer, called: name };
}

/** A layer whose states exist and are saved, and that nothing goes through. */
export function unused(layer: Layer, inputShape: readonly number[]): Layer {
  return {
    ...layer,
    outputShape: inputShape,
    isFusible: false,
    forward: (input) => input,
    toOnnx: (_graph, input) => input,
    memory: () => ({ kept: 0, largest: 0 }),
  };
}

export interface ResidualParts {
  /** PyTorch's class. */
  readonly kind: string;
  readonly main: readonly Named[];
  /** What is added; the input itself where it is empty. */
  readonly shortcut: readonly Named[];
  /** After the sum. */
  readonly activation: Named;
  /** Printed in this order; by default main, shortcut, activation. */
  readonly children?: readonly Named[];
}

/**
 * A residual block (He et al. 2016): activation(main(x) + shortcut(x)).
 * @param inputShape - `[...spatial, channels]`
 */
export function residual(
  inputShape: readonly number[],
  { kind, main, shortcut, activation, children }: ResidualParts,
): Layer {
  const [long, short] = [layersOf(main), layersOf(shortcut)];
  const [, last] = activation;
  const [through, past] = [inOrder(long), inOrder(short)];
  return {
    kind,
    lines: moduleLines(kind, children ?? [...main, ...shortcut, activation]),
    states: [...long, ...short, last].flatMap(({ states }) => states),
    outputShape: last.outputShape,
    forward: (input, pass) => last.forward(tf.add(through(input, pass), past(input, pass)), pass),
    toOnnx(graph, input) {
      const sides = [inOnnx(long)(graph, input), inOnnx(short)(graph, input)];
      return inOnnx([last])(graph, graph.node('Add', sides));
    },
    memory(batch) {
      const parts = memoryOf([...long, ...short, last], batch);
      // The sum, whose gradient is also that of both sides; and the gradient of the input, which
      // comes from both sides and is added.
      const sum = short.length > 0 ? 0 : batch * sizeOf(last.outputShape);
      return { ...parts, kept: parts.kept + sum + 2 * batch * sizeOf(inputShape) };
    },
  };
}

/**
 * What goes through unchanged, while its gradient is turned round and multiplied by
 * `pass.reversal` (Ganin and Lempitsky 2015).
 */
export function gradientReversal(inputShape: readonly number[]): Layer {
  return {
    kind: 'GradientReversal',
    lines: ['GradientReversal()'],
    ...{ states: [], outputShape: inputShape },
    forward(input, { reversal }) {
      const backward = (received: Tensor) => ({
        input: () => tf.mul(received, tf.scalar(-reversal)),
      });
      return differentiable({ input }, () => [tf.clone(input)], backward)[0] as Tensor;
    },
    toOnnx: (_graph, input) => input,
    memory: () => ({ kept: 0, largest: 0 }),
  };
}

function layersOf(parts: readonly Named[]): Layer[] {
  return parts.map(([, layer]) => layer);
}
