/**
 * What one training step needs. Our kernels keep, for each block, the convolution or what a part of
 * it takes, its pooled eighth (of an image, quarter) and the gradient of that, and partial sums of
 * the filter's gradient. The plain path (no device) keeps every intermediate result until the
 * gradients are done: a multiple of the feature maps, measured (bytes held by the backend after two
 * steps of Conv4_FC3 and Conv5_FC3). A buffer is never returned, so all of it adds up.
 * train.gpu.test.ts holds the estimate within 10 % of what is allocated.
 */
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import { workspaceBytes } from './device/tfjs-backend.ts';
import { densePartials } from './kernels/dense.ts';
import { sameGeometryOf } from './kernels/convolution-geometry.ts';
import { partialSums } from './kernels/filter-gradient.ts';
import { budgetOf, convolvedBytes, partsOf } from './kernels/parts.ts';
import { bytesOf, quadsOf } from './kernels/storage.ts';
import { layersOf, parameterCount, type NetworkPlan } from './networks/network.ts';
import type { Precision } from './networks/steps.ts';
import { ruleNamed } from './optimizers/rules.ts';

const BYTES = 4;
/** Plain path, for each byte of a convolution's output: bias, normalisation, ReLU, padding, gradients. */
const KEPT_PER_FEATURE = 28;
/** Intermediate results of the optimizer, in multiples of the parameters: the plain path, kernels. */
const OPTIMIZER_WORKSPACE = { plain: 11, kernels: 0 };
/** Above this most laptop GPUs have to give up. WebGPU does not tell how much memory there is. */
const COMMON_GPU_MEMORY = 6e9;

type Device = Pick<DeviceReport, 'kind' | 'maxBindingSize'>;

export interface MemoryOptions {
  readonly device: Device;
  /** Elements that go through the network at once. */
  readonly batchSize: number;
  readonly precision?: Precision;
  /** Name of the optimizer. */
  readonly optimizer?: string;
  /** Whether gradients of several batches, or parts of one, are added up. */
  readonly accumulates?: boolean;
  /** Whether convolutions are made again for the gradients instead of kept. */
  readonly checkpointed?: boolean;
}

export function estimateMemory(plan: NetworkPlan, options: MemoryOptions): MemoryEstimate {
  const { device, batchSize } = options;
  const count = parameterCount(plan);
  const parameters = count * BYTES;
  const kernels = device.kind !== 'none';
  const layers = placed(plan, batchSize).map(({ layer, input, output }) =>
    layer.kind.startsWith('Conv') && kernels
      ? blockMemory(asVolumes(input), asVolumes(output), options)
      : plainMemory(layer.kind, output, kernels, input),
  );
  const input = product(plan.inputShape) * batchSize * BYTES;
  // Those made for a moment share the largest one's buffer.
  const momentary = Math.max(0, ...layers.flatMap((layer) => layer.momentary));
  const activations = total(layers.map((layer) => layer.activations)) + momentary;
  // Freed at once, so that the next one of about the same size takes the same buffer.
  const sizes = layers.flatMap((layer) => layer.workspace.map(workspaceBytes));
  const workspace = total([...new Set(sizes)]);
  const moments = ruleNamed(options.optimizer ?? 'Adam').states.length;
  const optimizer = parameters * (moments + OPTIMIZER_WORKSPACE[kernels ? 'kernels' : 'plain']);
  const gradients = parameters * (options.accumulates === true ? 2 : 1);
  const all = parameters + gradients + optimizer + activations + workspace + input;
  const largestBuffer = Math.max(input, ...layers.map(({ largest }) => largest));
  const reasons: string[] = [];
  if (device.kind !== 'none' && largestBuffer > device.maxBindingSize) {
    reasons.push(
      `the largest tensor takes ${megabytes(largestBuffer)}, and this device binds ${megabytes(device.maxBindingSize)} at once`,
    );
  }
  if (all > COMMON_GPU_MEMORY) {
    reasons.push(`${megabytes(all)} is more than most laptop GPUs have`);
  }
  return {
    ...{ parameterCount: count, parameters, gradients, optimizer },
    ...{ activations, workspace, input, total: all, largestBuffer },
    ...{ fits: reasons.length === 0, reasons, microBatchSize: batchSize },
  };
}

/**
 * The estimate for the largest part of a batch that fits: the whole batch, or a half, a quarter, ...
 * of it, one element at the least. Without a GPU the batch stays whole: the memory is the computer's.
 * @param options - with the size of the whole batch
 * @returns `microBatchSize` is the part
 */
export function planMemory(plan: NetworkPlan, options: MemoryOptions): MemoryEstimate {
  const whole = estimateMemory(plan, options);
  if (options.device.kind !== 'gpu') return whole;
  let estimate = whole;
  for (let size = options.batchSize; !estimate.fits && size > 1;) {
    size = Math.ceil(size / 2);
    estimate = estimateMemory(plan, { ...options, batchSize: size, accumulates: true });
  }
  return estimate;
}

interface LayerMemory {
  /** What forward leaves for backward, and its gradients. */
  readonly activations: number;
  /** Bytes of what is made again for the gradients, and freed. */
  readonly momentary: readonly number[];
  /** Numbers in packed filters and partial sums. */
  readonly workspace: readonly number[];
  /** The largest buffer that is bound as a whole. */
  readonly largest: number;
}

/** The layers with the shapes of what goes in and comes out, `[batch, ...spatial, channels]`. */
function placed(plan: NetworkPlan, batchSize: number) {
  const layers = layersOf(plan);
  return layers.map((layer, index) => ({
    layer,
    input: [batchSize, ...(layers[index - 1]?.outputShape ?? plan.inputShape)],
    output: [batchSize, ...layer.outputShape],
  }));
}

/** An image is a volume of one plane. */
function asVolumes([batch = 1, ...rest]: readonly number[]): number[] {
  return rest.length === 3 ? [batch, 1, ...rest] : [batch, ...rest];
}

function isImage(shape: readonly number[]): boolean {
  return shape[1] === 1;
}

/** A block of ours: see src/engine/kernels/conv-block.ts. */
function blockMemory(
  input: readonly number[],
  output: readonly number[],
  { device, precision, checkpointed = false }: MemoryOptions,
): LayerMemory {
  const stored = bytesOf(precision === 'half' ? 'f16' : 'f32');
  const [inputs, outputs] = [input.at(-1) ?? 1, output.at(-1) ?? 1];
  const parts = partsOf(output, budgetOf(inputs, device.maxBindingSize, stored));
  // A buffer is used again for another part of the same size.
  const window = [isImage(output) ? 1 : 3, 3, 3];
  const shapes = [...new Map(parts.map(({ shape }) => [shape.join(), shape])).values()];
  const made = shapes.map((shape) => convolvedBytes(shape, stored));
  const sums = shapes.map((shape) => partialSums(shape, inputs, sameGeometryOf(shape, window)));
  const voxels = output
    .slice(1, 4)
    .reduce((all, length) => all * Math.ceil(length / 2), output[0] ?? 1);
  const pooled = voxels * 4 * quadsOf(outputs);
  const filters = [inputs * 8 * Math.ceil(outputs / 8), outputs * 8 * Math.ceil(inputs / 8)];
  return {
    // The output and its gradient, and a byte each for where the maximum was.
    activations: (checkpointed ? 0 : total(made)) + pooled * (2 * stored + 1),
    momentary: checkpointed ? made : [],
    workspace: [...sums, ...filters.map((size) => product(window) * size)],
    largest: Math.max(...made, pooled * stored),
  };
}

/** Stock operations, and the dense head. */
function plainMemory(
  kind: string,
  output: readonly number[],
  kernels: boolean,
  input: readonly number[],
): LayerMemory {
  const map = product(output) * BYTES;
  if (kind.startsWith('Conv')) {
    return { activations: map * KEPT_PER_FEATURE, momentary: [], workspace: [], largest: map };
  }
  if (kind === 'Flatten')
    return { activations: 4 * map, momentary: [], workspace: [], largest: map };
  if (kind !== 'Linear' || !kernels)
    return { activations: 0, momentary: [], workspace: [], largest: 0 };
  const sums = densePartials(input[0] ?? 1, input[1] ?? 1, output[1] ?? 1);
  // The weight is bound in ranges, so it is not among what must be bound as a whole.
  return {
    activations: 0,
    momentary: [],
    workspace: sums,
    largest: Math.max(...sums) * BYTES,
  };
}

const total = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

function product(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
