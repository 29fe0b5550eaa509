/**
 * What tfjs 4.22.0 computes slowly on the processor, put in its registry of kernels in a faster form:
 * convolution and pooling of volumes, arithmetic with one number a channel, padding of one axis. They
 * are all that a volume of a million voxels waits for; whatever else is asked of the stock kernels
 * goes to them. The numbers are the same to rounding.
 */
import * as tf from '@tensorflow/tfjs';
import type { TensorInfo } from '@tensorflow/tfjs';
import { convolveVolumes } from './convolve.ts';

/** What is used of the backend `cpu`. */
interface Backend {
  readonly data: { get(dataId: object): { readonly values: Float32Array } };
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

interface Call {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: Backend;
}

/** Undefined for what the stock kernel is to do. */
type Faster = (call: Call) => TensorInfo | undefined;

let isDone = false;

/** For the backend `cpu`; once is enough. */
export function hastenProcessor(): void {
  if (isDone) return;
  isDone = true;
  replace('Conv3D', convolving);
  replace('MaxPool3D', pooling);
  replace('PadV2', padding);
  replace('Add', byChannel(sum));
  replace('Sub', byChannel(difference));
  replace('Multiply', byChannel(product));
}

function replace(kernelName: string, faster: Faster): void {
  const config = tf.getKernel(kernelName, 'cpu');
  tf.unregisterKernel(kernelName, 'cpu');
  const kernelFunc = (call: Call) =>
    faster(call) ?? (config.kernelFunc as unknown as (call: Call) => TensorInfo)(call);
  tf.registerKernel({ ...config, kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}

type Three = [number, number, number];
type Five = [number, number, number, number, number];

function convolving(call: Call): TensorInfo | undefined {
  const [x, filter] = [input(call, 'x'), input(call, 'filter')];
  const { strides, pad, dilations } = call.attrs as unknown as tf.Conv3DAttrs;
  const isSpread = [dilations].flat().some((step) => step !== 1);
  if (isSpread || !areFloats(x, filter)) return undefined;
  const walk = tf.backend_util.computeConv3DInfo(
    ...[x.shape as Five, filter.shape as Five, strides, dilations, pad],
  );
  const output = convolveVolumes(valuesOf(call, x), valuesOf(call, filter), walk);
  return call.backend.makeTensorInfo(walk.outShape, 'float32', output);
}

/** Windows that do not overlap, inside of the volume. */
function pooling(call: Call): TensorInfo | undefined {
  const x = input(call, 'x');
  const { filterSize, strides, pad, dimRoundingMode } = call.attrs as unknown as tf.MaxPool3DAttrs;
  const [window, steps] = [inThree(filterSize), inThree(strides)];
  const isSimple = pad === 'valid' && dimRoundingMode === undefined;
  if (!isSimple || window.join() !== steps.join() || !areFloats(x)) return undefined;
  const [batch = 1, depth = 1, height = 1, width = 1, channels = 1] = x.shape;
  const [outDepth, outHeight, outWidth] = [depth, height, width].map((length, axis) =>
    Math.floor(length / (window[axis] ?? 1)),
  ) as Three;
  const values = valuesOf(call, x);
  const shape = [batch, outDepth, outHeight, outWidth, channels];
  const output = new Float32Array(tf.util.sizeFromShape(shape)).fill(-Infinity);
  const row = outWidth * channels;
  const [deep, high, wide] = window;
  // One line of the input after the other, each into the line of the output that it belongs to.
  for (let volume = 0; volume < batch; volume++) {
    for (let z = 0; z < outDepth * deep; z++) {
      for (let y = 0; y < outHeight * high; y++) {
        const from = ((volume * depth + z) * height + y) * width * channels;
        const to =
          ((volume * outDepth + Math.floor(z / deep)) * outHeight + Math.floor(y / high)) * row;
        for (let place = 0; place < outWidth; place++) {
          for (let tap = 0; tap < wide; tap++) {
            const begin = from + (place * wide + tap) * channels;
            for (let channel = 0; channel < channels; channel++) {
              const value = values[begin + channel] as number;
              const at = to + place * channels + channel;
              if (value > (output[at] as number)) output[at] = value;
            }
          }
        }
      }
    }
  }
  return call.backend.makeTensorInfo(shape, 'float32', output);
}

/** Zeros, or another number, around the second of three axes: what `padAxis` asks for. */
function padding(call: Call): TensorInfo | undefined {
  const x = input(call, 'x');
  const { paddings, constantValue } = call.attrs as unknown as tf.PadV2Attrs;
  const [first, middle, last] = paddings;
  const isOneAxis = x.shape.length === 3 && [first, last].every((pair) => pair?.join() === '0,0');
  if (!isOneAxis || middle === undefined || !areFloats(x)) return undefined;
  const [before = 1, length = 1, behind = 1] = x.shape;
  const padded = length + middle[0] + middle[1];
  const values = valuesOf(call, x);
  const output = new Float32Array(before * padded * behind).fill(constantValue);
  for (let block = 0; block < before; block++) {
    const from = block * length * behind;
    const to = (block * padded + middle[0]) * behind;
    output.set(values.subarray(from, from + length * behind), to);
  }
  return call.backend.makeTensorInfo([before, padded, behind], 'float32', output);
}

/** Rows of channels, and one number for each of these. */
function byChannel(work: (rows: Float32Array, vector: Float32Array) => Float32Array): Faster {
  return (call) => {
    const [a, b] = [input(call, 'a'), input(call, 'b')];
    const [rows, channels = 1] = a.shape;
    const isOurs = a.shape.length === 2 && tf.util.sizeFromShape(b.shape) === channels;
    // A vector of one number a row has other places.
    const isVector = b.shape.at(-1) === channels && b.shape.length <= 2;
    if (!isOurs || !isVector || !areFloats(a, b)) return undefined;
    const output = work(valuesOf(call, a), valuesOf(call, b));
    return call.backend.makeTensorInfo([rows ?? 1, channels], 'float32', output);
  };
}

function sum(rows: Float32Array, vector: Float32Array): Float32Array {
  const output = new Float32Array(rows.length);
  for (let begin = 0; begin < rows.length; begin += vector.length) {
    for (let i = 0; i < vector.length; i++) {
      output[begin + i] = (rows[begin + i] as number) + (vector[i] as number);
    }
  }
  return output;
}

function difference(rows: Float32Array, vector: Float32Array): Float32Array {
  return sum(
    rows,
    vector.map((value) => -value),
  );
}

function product(rows: Float32Array, vector: Float32Array): Float32Array {
  const output = new Float32Array(rows.length);
  for (let begin = 0; begin < rows.length; begin += vector.length) {
    for (let i = 0; i < vector.length; i++) {
      output[begin + i] = (rows[begin + i] as number) * (vector[i] as number);
    }
  }
  return output;
}

function inThree(value: number | readonly number[]): Three {
  return typeof value === 'number' ? [value, value, value] : ([...value] as Three);
}

const areFloats = (...tensors: readonly TensorInfo[]): boolean =>
  tensors.every(({ dtype }) => dtype === 'float32');

function input(call: Call, name: string): TensorInfo {
  return call.inputs[name] as TensorInfo;
}

function valuesOf({ backend }: Call, { dataId }: TensorInfo): Float32Array {
  return backend.data.get(dataId).values;
}
