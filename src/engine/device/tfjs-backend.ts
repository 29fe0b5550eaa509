/**
 * The one place that touches tfjs's WebGPU backend from the inside (version 4.22.0, pinned: the
 * constructor and the members used here are not public). We make the `GPUDevice` ourselves, with
 * the adapter's limits and features, and hand it over; stock tfjs would ask for its own.
 */
import * as tf from '@tensorflow/tfjs';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { CapsuleError } from '../../core/errors.ts';
import { tellWork } from '../profiler/gpu-profiler.ts';
import { hastenProcessor } from '../processor/kernels.ts';
import { fixTfjs } from './tfjs-fixes.ts';

const BYTES = 4;
const HALF_BYTES = 2;

/** Makes tfjs compute on `device`; kernels are registered by tfjs under the name `webgpu`. */
export async function useDevice(device: GPUDevice, info: GPUAdapterInfo): Promise<void> {
  tf.enableProdMode();
  fixTfjs();
  releaseBackend();
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, info));
  // Otherwise tensors of under 128 elements are computed on the processor, and a fault of the GPU
  // stays hidden until the tensors grow.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  await tf.setBackend('webgpu');
  await tf.ready();
}

/** Makes tfjs compute on the processor: the path without WebGPU, and the reference in tests. */
export async function useProcessor(): Promise<void> {
  tf.enableProdMode();
  fixTfjs();
  hastenProcessor();
  await tf.setBackend('cpu');
  await tf.ready();
}

/**
 * Frees the buffers of the WebGPU backend. In a browser tfjs registers one of its own on import, with a
 * device that nobody watches: it goes as well. `findBackend` is not asked, for it would start that one,
 * say null until it has, and leave it in the place of ours.
 */
export function releaseBackend(): void {
  if ('webgpu' in tf.engine().registryFactory) tf.removeBackend('webgpu');
}

/** @returns bytes of GPU buffers that tfjs holds, recycled ones included; 0 without WebGPU. */
export function allocatedBytes(): number {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU?: number };
  return memory.numBytesAllocatedInGPU ?? 0;
}

/** Whether tensors live on a GPU device now. */
export function onWebGpu(): boolean {
  return tf.getBackend() === 'webgpu';
}

/** The device that tfjs computes on; call only when `onWebGpu()`. */
export function currentDevice(): GPUDevice {
  return internals().device;
}

/** A tensor on the device whose values are whatever its recycled buffer holds. */
export function uninitialised(shape: number[], dtype: 'float32' | 'int32' = 'float32'): tf.Tensor {
  const backend = internals();
  const info = backend.makeTensorInfo(shape, dtype);
  backend.uploadToGPU(info.dataId);
  return tf.engine().makeTensorFromTensorInfo(info);
}

/**
 * A tensor of halves. To tfjs it is a float32 tensor of `shape`, so that it goes through its tape and
 * its scopes; its buffer is half as long, and no operation of tfjs may touch it.
 */
export function uninitialisedHalf(shape: number[]): tf.Tensor {
  return withBuffer(shape, Math.ceil((sizeOf(shape) * HALF_BYTES) / BYTES) * BYTES);
}

/**
 * A tensor for a moment, as partial sums are: its buffer is a power of two long, so that the next one
 * of about the same size takes it over. tfjs recycles buffers of equal size only.
 */
export function workspace(shape: number[]): tf.Tensor {
  return withBuffer(shape, workspaceBytes(sizeOf(shape)));
}

/** Sizes of buffers that were made for `momentary`, by device. */
const momentarySizes = new WeakMap<GPUDevice, Set<number>>();

/**
 * A tensor for a moment, as large as a feature map: takes a recycled buffer of one that was as large
 * or larger, so that maps of all sizes share the largest one's. Its buffer may be longer than it is.
 * @param bytes - of a number
 */
export function momentary(shape: number[], bytes: number): tf.Tensor {
  const { device, bufferManager } = internals();
  const sizes = momentarySizes.get(device) ?? new Set();
  momentarySizes.set(device, sizes);
  const wanted = Math.ceil((sizeOf(shape) * bytes) / BYTES) * BYTES;
  const isFree = (size: number) =>
    (bufferManager.freeBuffers.get(`${size}_${tensorUsage()}`)?.length ?? 0) > 0;
  const free = [...sizes].filter((size) => size >= wanted && isFree(size));
  const size = free.length === 0 ? wanted : Math.min(...free);
  sizes.add(size);
  return withBuffer(shape, size);
}

/** @param size - numbers */
export function workspaceBytes(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size) * BYTES));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function withBuffer(shape: number[], bytes: number): tf.Tensor {
  const backend = internals();
  const info = backend.makeTensorInfo(shape, 'float32');
  const buffer = backend.bufferManager.acquireBuffer(bytes, tensorUsage());
  backend.tensorMap.get(info.dataId).resource = buffer;
  return tf.engine().makeTensorFromTensorInfo(info);
}

/** As `uploadToGPU` has it, so that buffers of either kind are recycled as the other. */
const tensorUsage = () =>
  GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** Some of a tensor's numbers, where it is too large to be bound at once. */
export interface Slice {
  readonly tensor: tf.Tensor;
  /** First number; a multiple of 64, since bindings begin at multiples of 256 bytes. */
  readonly from: number;
  readonly count: number;
}

/** A buffer of ours, outside of tfjs's keeping. */
export interface OwnBuffer {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

export type Bound = tf.Tensor | Slice | OwnBuffer;

/** Buffers that filters are copied to, one a device; each copy overwrites the one before. */
const uniformBuffers = new WeakMap<GPUDevice, GPUBuffer>();

/**
 * Records a copy of equal parts of a tensor, to be bound as uniforms; good until the next call.
 * @param bytes - of a part
 * @param stride - bytes from the beginning of one part to that of the next
 */
export function copyToUniform(
  tensor: tf.Tensor,
  bytes: number,
  count: number,
  stride: number,
): OwnBuffer[] {
  const backend = internals();
  const { device } = backend;
  const { buffer: source } = resourceOf(backend, tensor);
  let target = uniformBuffers.get(device);
  if (target === undefined || target.size < count * stride) {
    // The old one may still be waited for: it goes when nobody holds it.
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    target = device.createBuffer({ size: count * stride, usage });
    uniformBuffers.set(device, target);
  }
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  const encoder = backend.commandEncoder as GPUCommandEncoder;
  const parts: OwnBuffer[] = [];
  for (let index = 0; index < count; index++) {
    encoder.copyBufferToBuffer(source, index * bytes, target, index * stride, bytes);
    parts.push({ buffer: target, offset: index * stride, size: stride });
  }
  backend.commandQueueOwnedIds.add(tensor.dataId);
  return parts;
}

/** @returns undefined for a buffer of ours */
export function tensorOf(bound: Bound): tf.Tensor | undefined {
  if ('offset' in bound) return undefined;
  return 'tensor' in bound ? bound.tensor : bound;
}

export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  /** Of the kernel, for messages of the device. */
  readonly name: string;
  /** Storage buffers 0, 1, ... */
  readonly bound: readonly Bound[];
  /** Those of them that the pipeline writes. */
  readonly written: readonly tf.Tensor[];
  /** Bound after them. */
  readonly uniform: GPUBuffer;
  readonly groups: readonly [number, number, number];
  readonly flops: number | undefined;
}

/** Records one dispatch of a pipeline of ours between those of tfjs, in order. */
export function recordDispatch(dispatch: Dispatch): void {
  const { pipeline, name, bound, written, uniform, groups, flops } = dispatch;
  const backend = internals();
  // Uploading may record a copy, which ends the pass: before the pass is opened.
  const resources = bound.map((one) => resourceOf(backend, one));
  const tensors = bound.flatMap((one) => tensorOf(one) ?? []);
  tellWork(backend.device, () => ({
    bytes: resources.reduce((sum, { size }) => sum + size, 0),
    flops,
  }));
  const bindGroup = backend.device.createBindGroup({
    label: name,
    layout: pipeline.getBindGroupLayout(0),
    entries: [...resources, { buffer: uniform }].map((resource, binding) => ({
      binding,
      resource,
    })),
  });
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= (backend.commandEncoder as GPUCommandEncoder).beginComputePass();
  backend.computePassEncoder.setPipeline(pipeline);
  backend.computePassEncoder.setBindGroup(0, bindGroup);
  backend.computePassEncoder.dispatchWorkgroups(...groups);
  // What tfjs has read of them before is no longer so.
  for (const tensor of written) backend.tensorMap.get(tensor.dataId).values = null;
  // tfjs recycles the buffers of these tensors only after the submit.
  for (const tensor of tensors) backend.commandQueueOwnedIds.add(tensor.dataId);
  backend.dispatchCountInPass += 1;
  if (backend.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}

/** Submits what was recorded, so that the buffers of disposed tensors can be used again. */
export function submitRecorded(): void {
  const backend = internals();
  if (backend.commandEncoder === null) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/**
 * Runs `work` without recording anything of tfjs's own: its programs are compiled beside each other,
 * and what it computes holds nothing.
 * @returns their compilation, under way; nothing of tfjs may run before it is done
 */
export function compileProgramsOf(work: () => void): Promise<void> {
  tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
  try {
    work();
  } finally {
    tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
  }
  return internals().checkCompileCompletionAsync();
}

/** Gradients by the name of the input; only those that are asked for are computed. */
export type Gradients<Inputs> = { readonly [Name in keyof Inputs]: () => tf.Tensor };

/**
 * A function of tensors with its own gradients, as `tf.customGrad`, but with several outputs and
 * with gradients computed on demand: tfjs asks for those on the way to what it differentiates by.
 * @param forward - may `save` tensors for `backward`; tfjs frees them with its tape
 * @param backward - takes the gradient of the first output; the others are not differentiated
 */
export function differentiable<Inputs extends Record<string, tf.Tensor>>(
  inputs: Inputs,
  forward: (save: (tensors: tf.Tensor[]) => void) => tf.Tensor[],
  backward: (gradient: tf.Tensor, saved: tf.Tensor[]) => Gradients<Inputs>,
): tf.Tensor[] {
  const engine = tf.engine() as unknown as {
    runKernelFunc(call: {
      forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => tf.Tensor[];
      /** Of a function with one output tfjs hands its gradient alone. */
      backwardsFunc: (gradients: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => Gradients<Inputs>;
      inputs: Inputs;
    }): tf.Tensor[];
  };
  return engine.runKernelFunc({
    inputs,
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (gradients, saved) =>
      backward((Array.isArray(gradients) ? gradients[0] : gradients) as tf.Tensor, saved),
  });
}

/** What we use of the backend's private members. */
interface Internals {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): { resource?: GPUBuffer; values: unknown } };
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  readonly bufferManager: {
    readonly freeBuffers: ReadonlyMap<string, readonly GPUBuffer[]>;
    acquireBuffer(size: number, usage: number): GPUBuffer;
  };
  readonly commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  checkCompileCompletionAsync(): Promise<void>;
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

function internals(): Internals {
  return tf.backend() as unknown as Internals;
}

/** @throws CapsuleError GPU_MEMORY when the device cannot bind so much: no fault would tell. */
function resourceOf(backend: Internals, bound: Bound): Required<GPUBufferBinding> {
  if ('offset' in bound) return bound;
  const tensor = 'tensor' in bound ? bound.tensor : bound;
  backend.uploadToGPU(tensor.dataId);
  const buffer = backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  const limit = backend.device.limits.maxStorageBufferBindingSize;
  const [offset, size] =
    'tensor' in bound ? [bound.from * BYTES, bound.count * BYTES] : [0, buffer.size];
  if (size > limit) {
    throw new CapsuleError('GPU_MEMORY', {
      expected: `at most ${limit} bytes in one binding`,
      found: `${size} bytes of shape [${tensor.shape.join(', ')}]`,
    });
  }
  return { buffer, offset, size };
}
