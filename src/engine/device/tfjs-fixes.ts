/**
 * What tfjs 4.22.0 computes wrongly on volumes, put right in its registry of kernels, so that its
 * operations and gradients are composed of right ones. Stock kernels keep all that they do right.
 * Measured on WebGPU against the processor, values and gradients, 500 cases; wrong or missing were:
 * - from rank 5 on: binary operations with an operand of rank 1 (a WGSL error that only
 *   `uncapturederror` sees), `where` (throws), padding, mirrored padding, strided slices, reversal,
 *   tiling (reads the tensor back, which Node cannot);
 * - in all ranks: transposition of int32 and bool (a WGSL error, but for a plain matrix), and so
 *   reductions of them, also when cast to float32, over other axes than the last;
 * - on every backend from rank 5 on: the gradients of tiling and of batch normalisation.
 * All of it can go when tfjs does it; the tests say what that is.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { mergedOperands } from '../kernels/broadcast.ts';
import {
  padAxes,
  rearrange,
  reverseAxes,
  sliceAxes,
  tileAxes,
  transposeAxes,
  type Axis,
  type Manner,
} from '../kernels/rearrange.ts';
import { MOST_COPIES, sumOfCopies, sumsOfCopies } from '../kernels/rearrange-copies.ts';

/** Rank up to which stock kernels are right but where it is said. */
const STOCK_RANK = 4;

const BINARY = [
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'FloorDiv', 'Mod', 'Pow', 'Atan2'],
  ...['Maximum', 'Minimum', 'SquaredDifference', 'LogicalAnd', 'LogicalOr'],
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'],
];

/** And the attribute that names their axes. */
const REDUCTIONS = {
  ...{ Sum: 'axis', Mean: 'axis', Prod: 'axis', Max: 'reductionIndices', Min: 'axis' },
  ...{ All: 'axis', Any: 'axis', ArgMax: 'axis', ArgMin: 'axis' },
};

/** What is used of the backend. */
interface Backend {
  readonly tensorMap: { get(dataId: object): { readonly dtype: tf.DataType } };
  makeTensorInfo(shape: number[], dtype: tf.DataType): TensorInfo;
  disposeData(dataId: object): boolean;
}

interface Call {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: Backend;
}

type Run = (call: Call) => TensorInfo;

let isDone = false;

/** Puts the kernels of the backend `webgpu` right, for all of its devices; once is enough. */
export function fixTfjs(): void {
  if (isDone) return;
  isDone = true;
  for (const name of BINARY) replace(name, broadcasting('a', 'b'));
  replace('Prelu', broadcasting('x', 'alpha'));
  replace('Select', selecting);
  replace('PadV2', padding);
  replace('MirrorPad', mirroring);
  replace('StridedSlice', striding);
  replace('Reverse', reversing);
  replace('Tile', tiling);
  replace('Transpose', transposing);
  for (const [name, attribute] of Object.entries(REDUCTIONS)) replace(name, reducing(attribute));
  fixGradients();
}

function replace(kernelName: string, better: (call: Call, stock: Run) => TensorInfo): void {
  const config = tf.getKernel(kernelName, 'webgpu');
  const stock = config.kernelFunc as unknown as Run;
  tf.unregisterKernel(kernelName, 'webgpu');
  const kernelFunc = (call: Call) => better(call, stock);
  tf.registerKernel({ ...config, kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}

function broadcasting(left: string, right: string) {
  return (call: Call, stock: Run): TensorInfo => {
    const [a, b] = [input(call, left), input(call, right)];
    const isStock = Math.max(a.shape.length, b.shape.length) <= STOCK_RANK;
    if (isStock || tf.util.arraysEqual(a.shape, b.shape) || !isMovable(a, b)) return stock(call);
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const merged = mergedOperands(a.shape, b.shape);
    const inputs = { [left]: shaped(a, merged.a), [right]: shaped(b, merged.b) };
    return shaped(stock({ ...call, inputs }), shape);
  };
}

function selecting(call: Call, stock: Run): TensorInfo {
  const [condition, t, e] = [input(call, 'condition'), input(call, 't'), input(call, 'e')];
  if (t.shape.length <= STOCK_RANK) return stock(call);
  // A condition of rank 1 chooses whole rows.
  const rows = sizeOf(condition);
  const shape = condition.shape.length === 1 ? [rows, sizeOf(t) / rows] : [sizeOf(t)];
  const inputs = {
    condition: shaped(condition, [rows]),
    t: shaped(t, shape),
    e: shaped(e, shape),
  };
  return shaped(stock({ ...call, inputs }), t.shape);
}

function padding(call: Call, stock: Run): TensorInfo {
  const x = input(call, 'x');
  const { paddings, constantValue } = call.attrs as unknown as tf.PadV2Attrs;
  const isNone = paddings.every(([before, after]) => before === 0 && after === 0);
  if (x.shape.length <= STOCK_RANK || isNone || !isMovable(x)) return stock(call);
  const numbers = x.dtype === 'float32' ? Float32Array : Int32Array;
  const [fill = 0] = new Uint32Array(numbers.of(Number(constantValue)).buffer);
  return rearranged(call, x, padAxes(x.shape, paddings), { fill });
}

function mirroring(call: Call, stock: Run): TensorInfo {
  const x = input(call, 'x');
  const { paddings, mode } = call.attrs as unknown as tf.MirrorPadAttrs;
  if (x.shape.length <= STOCK_RANK || !isMovable(x)) return stock(call);
  return rearranged(call, x, padAxes(x.shape, paddings), { outside: mode });
}

function striding(call: Call, stock: Run): TensorInfo {
  const x = input(call, 'x');
  const a = call.attrs as unknown as tf.StridedSliceAttrs;
  const { isIdentity, sliceDim0, isSimpleSlice, begin, end, strides, finalShape } =
    tf.slice_util.sliceInfo(
      ...([x.shape, a.begin, a.end, a.strides] as const),
      ...([a.beginMask, a.endMask, a.ellipsisMask, a.newAxisMask, a.shrinkAxisMask] as const),
    );
  // Slices without strides are right in every rank.
  const isStock = isIdentity || sliceDim0 || isSimpleSlice || finalShape.includes(0);
  if (x.shape.length <= STOCK_RANK || isStock || !isMovable(x)) return stock(call);
  const lengths = tf.slice_util.computeOutShape(begin, end, strides);
  return shaped(rearranged(call, x, sliceAxes(x.shape, lengths, begin, strides)), finalShape);
}

function reversing(call: Call, stock: Run): TensorInfo {
  const x = input(call, 'x');
  const { dims } = call.attrs as unknown as tf.ReverseAttrs;
  if (x.shape.length <= STOCK_RANK || !isMovable(x)) return stock(call);
  return rearranged(call, x, reverseAxes(x.shape, tf.util.parseAxisParam(dims, x.shape)));
}

function tiling(call: Call, stock: Run): TensorInfo {
  const x = input(call, 'x');
  const { reps } = call.attrs as unknown as tf.TileAttrs;
  if (x.shape.length <= STOCK_RANK || reps.includes(0) || !isMovable(x)) return stock(call);
  return rearranged(call, x, tileAxes(x.shape, reps), { outside: 'again' });
}

function transposing(call: Call, stock: Run): TensorInfo {
  const x = input(call, 'x');
  const { perm } = call.attrs as unknown as tf.TransposeAttrs;
  return isTransposedRight(call, x)
    ? stock(call)
    : rearranged(call, x, transposeAxes(x.shape, perm));
}

/** Stock reductions transpose where their axes are not the last. */
function reducing(attribute: string) {
  return (call: Call, stock: Run): TensorInfo => {
    const x = input(call, 'x');
    const rank = x.shape.length;
    const axes = tf.util.parseAxisParam(call.attrs[attribute] as number | number[], x.shape);
    const order = tf.backend_util.getAxesPermutation(axes, rank);
    if (order === null || isTransposedRight(call, x)) return stock(call);
    const transposed = rearranged(call, x, transposeAxes(x.shape, order));
    const innermost = tf.backend_util.getInnerMostAxes(axes.length, rank);
    const attrs = { ...call.attrs, [attribute]: innermost, keepDims: false };
    const result = stock({ ...call, inputs: { x: transposed }, attrs });
    call.backend.disposeData(transposed.dataId);
    const isKept = call.attrs['keepDims'] === true;
    return isKept
      ? shaped(result, tf.backend_util.expandShapeToKeepDim(result.shape, axes))
      : result;
  };
}

function isTransposedRight(call: Call, x: TensorInfo): boolean {
  return storedAs(call, x) === 'float32' || !isMovable(x);
}

/** Of every backend: these are made of operations. */
function fixGradients(): void {
  const tile = tf.getGradient('Tile');
  tf.registerGradient({
    ...tile,
    gradFunc: (received, saved, attrs) => {
      const [dy, x] = [received as Tensor, saved[0] as Tensor];
      if (x.rank <= STOCK_RANK) return tile.gradFunc(dy, saved, attrs);
      const { reps } = attrs as unknown as tf.TileAttrs;
      return { x: () => gradientOfTile(dy, x.shape, reps) };
    },
  });
  const batchNorm = tf.getGradient('FusedBatchNorm');
  tf.registerGradient({
    ...batchNorm,
    gradFunc: (received, saved, attrs) => {
      const [dy, x, mean] = [received as Tensor, ...saved] as [Tensor, Tensor, Tensor];
      if (x.rank <= STOCK_RANK || mean.rank !== 1) return batchNorm.gradFunc(dy, saved, attrs);
      const rows = [1, 1, -1, mean.size];
      const flat = [tf.reshape(x, rows), ...saved.slice(1)];
      const gradients = batchNorm.gradFunc(tf.reshape(dy, rows), flat, attrs);
      return { ...gradients, x: () => tf.reshape((gradients['x'] as () => Tensor)(), x.shape) };
    },
  });
}

function gradientOfTile(dy: Tensor, shape: readonly number[], reps: readonly number[]): Tensor {
  const copies = reps.reduce((all, some) => all * some, 1);
  const isShort = copies <= MOST_COPIES && tf.getBackend() === 'webgpu' && dy.size > 0;
  const call = { backend: tf.backend() as unknown as Backend };
  const isOurs = isShort && storedAs(call, dy) === 'float32';
  return isOurs ? sumOfCopies(dy, shape, reps) : sumsOfCopies(dy, shape, reps);
}

function rearranged(
  call: Call,
  x: TensorInfo,
  axes: readonly Axis[],
  manner: Manner = {},
): TensorInfo {
  const lengths = axes.map(({ length }) => length);
  const result = call.backend.makeTensorInfo(lengths, x.dtype);
  const toFloat = x.dtype === 'float32' && storedAs(call, x) !== 'float32';
  rearrange(x, result, axes, { ...manner, toFloat });
  return result;
}

/** What its buffer holds: tfjs casts to a wider type by giving the same buffer another name. */
function storedAs({ backend }: Pick<Call, 'backend'>, x: TensorInfo): tf.DataType {
  return backend.tensorMap.get(x.dataId).dtype;
}

/** Whether they are numbers of 32 bits, and not none. */
function isMovable(...tensors: readonly TensorInfo[]): boolean {
  const types = ['float32', 'int32', 'bool'];
  return tensors.every((tensor) => types.includes(tensor.dtype) && sizeOf(tensor) > 0);
}

function sizeOf({ shape }: TensorInfo): number {
  return tf.util.sizeFromShape(shape);
}

/** The same numbers; nothing is held that must be given back. */
function shaped(tensor: TensorInfo, shape: number[]): TensorInfo {
  return { dataId: tensor.dataId, dtype: tensor.dtype, shape };
}

function input(call: Call, name: string): TensorInfo {
  return call.inputs[name] as TensorInfo;
}
