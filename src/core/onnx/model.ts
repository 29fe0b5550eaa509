/**
 * An ONNX file: a ModelProto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) around a graph.
 * Weights stand in it by reference: the file is a list of chunks, and no second copy of them is made.
 * Protocol buffers end at 2 GiB.
 */
import { Writer } from 'protobufjs/minimal.js';
import { CapsuleError } from '../errors.ts';
import type { Chunked } from '../torch/zip-writer.ts';
import { VERSION } from '../version.ts';
import { Float, type Attribute, type OnnxGraph, type OnnxPort, type OnnxTensor } from './graph.ts';

/** Of ONNX 1.12, which runtimes since 2022 know. */
export const OPSET = 17;
const IR_VERSION = 8;
const LARGEST = 2 ** 31 - 1;

export interface OnnxModel {
  /** Of the graph: the architecture. */
  readonly name: string;
  readonly graph: OnnxGraph;
  /** All states that the graph uses, by name; others are passed over. */
  readonly states: Iterable<OnnxTensor>;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Text for people who open the file. */
  readonly description: string;
}

const [VARINT, FIXED32, BYTES] = [0, 5, 2];
/** TensorProto.DataType. */
const [FLOAT, INT64] = [1, 7];
/** AttributeProto.AttributeType. */
const TYPES = { float: 1, int: 2, text: 3, ints: 7 };

/** @throws CapsuleError ONNX_TOO_LARGE from 2 GiB on; WEIGHTS_MISMATCH where a state is missing */
export function onnxBytes(model: OnnxModel): Chunked {
  const { graph, inputs, outputs } = model;
  const parts = [
    ...graph.nodes.map((node) => field(1, message(nodeOf(node)))),
    text(2, model.name),
    ...[...usedStates(model), ...graph.constants].map((tensor) => field(5, tensorOf(tensor))),
    ...inputs.map((port) => field(11, message(portOf(port)))),
    ...outputs.map((port) => field(12, message(portOf(port)))),
  ];
  return concat([
    number(1, IR_VERSION),
    text(2, 'Capsule'),
    text(3, VERSION),
    text(6, model.description),
    field(7, concat(parts)),
    field(8, message([text(1, ''), number(2, OPSET)])),
  ]);
}

function usedStates({ graph, states }: OnnxModel): OnnxTensor[] {
  const missing = new Set(graph.states);
  const used = [...states].filter(({ name }) => missing.delete(name));
  const [first] = missing;
  if (first === undefined) return used;
  throw new CapsuleError('WEIGHTS_MISMATCH', { expected: first, found: 'no such key' });
}

function nodeOf(node: OnnxGraph['nodes'][number]): Chunked[] {
  return [
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(3, node.name),
    text(4, node.operator),
    ...Object.entries(node.attributes).map(([name, value]) =>
      field(5, message([text(1, name), ...attributeOf(value)])),
    ),
  ];
}

function attributeOf(value: Attribute): Chunked[] {
  if (value instanceof Float) {
    const float = new Writer().uint32(tag(2, FIXED32)).float(value.value);
    return [written(float), number(20, TYPES.float)];
  }
  if (typeof value === 'string') return [text(4, value), number(20, TYPES.text)];
  if (typeof value === 'number') return [number(3, value), number(20, TYPES.int)];
  return [...value.map((one) => number(8, one)), number(20, TYPES.ints)];
}

function tensorOf({ name, shape, values }: OnnxTensor): Chunked {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return concat([
    ...shape.map((length) => number(1, length)),
    number(2, values instanceof Float32Array ? FLOAT : INT64),
    text(8, name),
    field(9, { size: bytes.length, chunks: [bytes] }),
  ]);
}

function portOf({ name, shape }: OnnxPort): Chunked[] {
  const axes = shape.map((length) =>
    field(1, length === 'batch' ? text(2, length) : number(1, length)),
  );
  const tensor = concat([number(1, FLOAT), field(2, concat(axes))]);
  return [text(1, name), field(2, field(1, tensor))];
}

function tag(id: number, wire: number): number {
  return id * 8 + wire;
}

function written(writer: Writer): Chunked {
  const bytes = new Uint8Array(writer.finish());
  return { size: bytes.length, chunks: [bytes] };
}

function number(id: number, value: number): Chunked {
  return written(new Writer().uint32(tag(id, VARINT)).int64(value));
}

function text(id: number, value: string): Chunked {
  return written(new Writer().uint32(tag(id, BYTES)).string(value));
}

/** A message or bytes inside a message: its length goes first. */
function field(id: number, content: Chunked): Chunked {
  if (content.size > LARGEST) {
    throw new CapsuleError('ONNX_TOO_LARGE', {
      expected: 'less than 2 GiB',
      found: `${(content.size / 2 ** 30).toFixed(1)} GiB`,
    });
  }
  return concat([written(new Writer().uint32(tag(id, BYTES)).uint32(content.size)), content]);
}

function concat(parts: readonly Chunked[]): Chunked {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  return { size, chunks: parts.flatMap(({ chunks }) => chunks) };
}

/** Small messages in one piece. */
function message(parts: readonly Chunked[]): Chunked {
  const { size, chunks } = concat(parts);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { size, chunks: [bytes] };
}
