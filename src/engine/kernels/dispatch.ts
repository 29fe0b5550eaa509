/**
 * Runs kernels: compiles each once a device, keeps the small uniform buffers, and records the
 * dispatch into tfjs's command encoder, so that our kernels and those of tfjs run in the order of
 * the program. Output buffers are recycled and dirty: a kernel writes every element.
 */
import { currentDevice, recordDispatch, tensorOf, type Bound } from '../device/tfjs-backend.ts';
import { GROUP, shaderOf, type Kernel } from './kernel.ts';

/** WebGPU's limit of groups in one axis, on every device. */
const MAX_GROUPS = 65_535;

interface Compiled {
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
  const { pipelines, uniforms } = cacheOf(device);
  let pipeline = pipelines.get(kernel.key);
  if (pipeline === undefined) {
    pipeline = device.createComputePipeline(descriptor(device, kernel));
    pipelines.set(kernel.key, pipeline);
  }
  const values = kernel.sizes.map((name) => sizes[name]);
  const key = values.join();
  let uniform = uniforms.get(key);
  if (uniform === undefined) {
    uniform = uniformBuffer(device, values);
    uniforms.set(key, uniform);
  }
  const written = bound.filter((_, i) => kernel.bindings[i]?.access === 'read_write');
  const groups = [...fold(sizes.items), layers] as const;
  const flops = kernel.flops?.(sizes, layers);
  const changed = written.flatMap((one) => tensorOf(one) ?? []);
  recordDispatch(pipeline, bound, changed, uniform, groups, flops);
}

/** @returns numbers of groups in two axes that together hold the items. */
export function fold(items: number): [number, number] {
  const groups = Math.max(1, Math.ceil(items / GROUP));
  const high = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / high), high];
}

function cacheOf(device: GPUDevice): Compiled {
  let cache = compiled.get(device);
  if (cache === undefined) {
    cache = { pipelines: new Map(), uniforms: new Map() };
    compiled.set(device, cache);
  }
  return cache;
}

function descriptor(device: GPUDevice, kernel: Kernel): GPUComputePipelineDescriptor {
  const module = device.createShaderModule({ label: kernel.key, code: shaderOf(kernel) });
  return { label: kernel.key, layout: 'auto', compute: { module, entryPoint: 'main' } };
}

/** 64 bytes at most; as many as there are shapes, so they are kept. */
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
