/**
 * Runs kernels: compiles each once a device, keeps the small uniform buffers, and records the
 * dispatch into tfjs's command encoder, so that our kernels and those of tfjs run in the order of
 * the program. Output buffers are recycled and dirty: a kernel writes every element.
 */
import { CapsuleError } from '../../core/errors.ts';
import { currentDevice, recordDispatch, tensorOf, type Bound } from '../device/tfjs-backend.ts';
import { DEFAULT_GROUP_SIZE } from '../../core/tuning.ts';
import { shaderOf, type Kernel } from './kernel.ts';

/** WebGPU's limit of groups in one axis, on every device. */
const MAX_GROUPS = 65_535;

interface Compiled {
  /** Threads a workgroup. */
  readonly groupSize: number;
  readonly pipelines: Map<string, GPUComputePipeline>;
  readonly uniforms: Map<string, GPUBuffer>;
}

const compiled = new WeakMap<GPUDevice, Compiled>();

/**
 * @param bound - tensors or slices of them, in the order of the kernel's bindings
 * @param sizes - values of the uniform, `items` among them
 * @param layers - how often the items are gone through, with another `layer` each time
 */
export function dispatch<Size extends string>(
  kernel: Kernel<Size>,
  bound: readonly Bound[],
  sizes: Readonly<Record<NoInfer<Size> | 'items', number>>,
  layers = 1,
): void {
  const device = currentDevice();
  const { pipelines, uniforms, groupSize } = cacheOf(device);
  let pipeline = pipelines.get(kernel.key);
  if (collected !== undefined) {
    if (pipeline === undefined) collected.set(kernel.key, kernel);
    return;
  }
  if (pipeline === undefined) {
    pipeline = compile(device, kernel);
    pipelines.set(kernel.key, pipeline);
  }
  const written = bound.filter((_, i) => kernel.bindings[i]?.access === 'read_write');
  const changed = written.flatMap((one) => tensorOf(one) ?? []);
  const flops = kernel.flops?.(sizes, layers);
  for (const [first, end] of piecesOf(sizes.items, flops, groupSize)) {
    const values = [...kernel.sizes.map((name) => sizes[name]), first, end];
    const key = values.join();
    let uniform = uniforms.get(key);
    if (uniform === undefined) {
      uniform = uniformBuffer(device, values);
      uniforms.set(key, uniform);
    }
    const groups = [...fold(end - first, groupSize), layers] as const;
    const share = flops === undefined ? undefined : (flops * (end - first)) / sizes.items;
    recordDispatch({
      pipeline,
      name: kernel.key,
      bound,
      written: changed,
      uniform,
      groups,
      flops: share,
    });
  }
}

const listeners = new WeakMap<GPUDevice, (found: string) => void>();

/** @param listener - told of a kernel that does not compile, by its name; the device would not say it */
export function onRefusedKernel(device: GPUDevice, listener: (found: string) => void): void {
  listeners.set(device, listener);
}

function compile(device: GPUDevice, kernel: Kernel): GPUComputePipeline {
  device.pushErrorScope('validation');
  const pipeline = device.createComputePipeline(descriptor(device, kernel));
  const told = device.popErrorScope().then((error) => {
    if (error !== null) listeners.get(device)?.(`${kernel.key}: ${error.message}`);
  });
  // A device that is lost before it answers has told so itself.
  told.catch(() => undefined);
  return pipeline;
}

/** Kernels that were asked for and are not compiled, while nothing is dispatched. */
let collected: Map<string, Kernel> | undefined;

/**
 * Runs `work` without dispatching anything: tensors are made, and hold nothing.
 * @returns the compilation of each kernel that it needs, under way; each may reject with
 *   CapsuleError GPU_ERROR naming the kernel
 */
export function compileKernelsOf(work: () => void): Promise<void>[] {
  const device = currentDevice();
  const { pipelines } = cacheOf(device);
  const needed = (collected = new Map<string, Kernel>());
  try {
    work();
  } finally {
    collected = undefined;
  }
  return [...needed.values()].map(async (kernel) => {
    try {
      const pipeline = await device.createComputePipelineAsync(descriptor(device, kernel));
      pipelines.set(kernel.key, pipeline);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new CapsuleError('GPU_ERROR', { found: `${kernel.key}: ${message}` });
    }
  });
}

/**
 * Operating systems reset a device that is silent for about two seconds. With so much arithmetic a
 * dispatch takes a third of a second on the slowest adapter that was measured (lavapipe on two cores,
 * 12 GFLOP/s).
 */
const MAX_FLOPS = 4e9;

/** @returns ranges of items that together are all; one where there is little to do */
export function piecesOf(
  items: number,
  flops = 0,
  groupSize = DEFAULT_GROUP_SIZE,
): [first: number, end: number][] {
  const count = Math.max(1, Math.ceil(flops / MAX_FLOPS));
  const length = Math.max(groupSize, Math.ceil(items / count / groupSize) * groupSize);
  return Array.from({ length: Math.max(1, Math.ceil(items / length)) }, (_, index) => [
    index * length,
    Math.min(items, (index + 1) * length),
  ]);
}

/** @returns numbers of groups in two axes that together hold the items. */
export function fold(items: number, groupSize = DEFAULT_GROUP_SIZE): [number, number] {
  const groups = Math.max(1, Math.ceil(items / groupSize));
  const high = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / high), high];
}

/** From now on; what was compiled with another size is forgotten. */
export function setGroupSize(device: GPUDevice, groupSize: number): void {
  const { uniforms } = cacheOf(device);
  compiled.set(device, { groupSize, pipelines: new Map(), uniforms });
}

function cacheOf(device: GPUDevice): Compiled {
  let cache = compiled.get(device);
  if (cache === undefined) {
    cache = { groupSize: DEFAULT_GROUP_SIZE, pipelines: new Map(), uniforms: new Map() };
    compiled.set(device, cache);
  }
  return cache;
}

function descriptor(device: GPUDevice, kernel: Kernel): GPUComputePipelineDescriptor {
  const module = device.createShaderModule({
    label: kernel.key,
    code: shaderOf(kernel, cacheOf(device).groupSize),
  });
  return { label: kernel.key, layout: 'auto', compute: { module, entryPoint: 'main' } };
}

/** A few numbers; as many buffers as there are shapes, so they are kept. */
function uniformBuffer(device: GPUDevice, values: readonly number[]): GPUBuffer {
  const buffer = device.createBuffer({
    size: Math.ceil(values.length / 4) * 16,
    usage: GPUBufferUsage.UNIFORM,
    mappedAtCreation: true,
  });
  new Uint32Array(buffer.getMappedRange()).set(values);
  buffer.unmap();
  return buffer;
}
