/**
 * What one training step needs. For a block that is computed at once, our kernels keep the
 * convolution or what a part of it takes, its pooled eighth (of an image, quarter) and the gradient
 * of that, and partial sums of the filter's gradient; for any other layer what it says of itself,
 * which is its result and the gradient of it in f32. The plain path (no device) keeps every
 * intermediate result until the gradients are done: a multiple of the feature maps, measured (bytes
 * held by the backend after two steps of Conv4_FC3 and Conv5_FC3). A buffer is never returned, so
 * all of it adds up. train.gpu.test.ts holds the estimate within 10 % of what is allocated for
 * networks of blocks, memory.gpu.test.ts within 20 % for others.
 */
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import { workspaceBytes } from './device/tfjs-backend.ts';
import { sameGeometryOf } from './kernels/convolution-geometry.ts';
import { partialSums } from './kernels/filter-gradient.ts';
import { budgetOf, convolvedBytes, partsOf } from './kernels/parts.ts';
import { bytesOf, quadsOf } from './kernels/storage.ts';
import { NO_MEMORY, type Layer, type LayerMemory as OwnMemory } from './layers/layer.ts';
import { parameterCount, type NetworkPlan } from './networks/network.ts';
import { groupsOf, type Precision } from './networks/steps.ts';
import { ruleNamed } from './optimizers/rules.ts';

const BYTES = 4;
/** Plain path, for each byte of a convolution's output: bias, normalisation, ReLU, padding, gradients. */
const KEPT_PER_FEATURE = 28;
/** Plain path, for each byte that other layers keep by kernels: in a block these would keep 6.4. */
const KEPT_PER_OWN = KEPT_PER_FEATURE / 6.4;
/** Intermediate results of the optimizer, in multiples of the parameters: the plain path, kernels. */
const OPTIMIZER_WORKSPACE = { plain: 11, kernels: 0 };
/**
 * What a loss of volumes keeps beside a squared error, in multiples of the output: logarithms, and
 * their gradients. Measured (memory-losses.gpu.test.ts).
 */
const KEPT_BY_LOSS: Readonly<Record<string, number>> = {
  ...{ HuberLoss: 10, SmoothL1Loss: 10, BCEWithLogitsLoss: 9, KLDivLoss: 4 },
  ...{ VAEBernoulliLoss: 14, VAEContinuousBernoulliLoss: 57 },
};
/** Above this most laptop GPUs have to give up. WebGPU does not tell how much memory there is. */
const COMMON_GPU_MEMORY = 6e9;

type Device = Pick<DeviceReport, 'kind' | 'maxBindingSize'>;

export interface MemoryOptions {
  readonly device: Device;
  /** Elements that go through the network at once. */
  readonly batchSize: number;
  readonly precision?: Precision;
  /** Name of the loss, which counts where the network makes volumes. */
  readonly loss?: string;
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
  const layers = placed(plan, batchSize).map(({ group, input, output }) => {
    if (group.length === 1) return ownMemory(group[0] as Layer, batchSize, kernels);
    return kernels
      ? blockMemory(asVolumes(input), asVolumes(output), options)
      : plainBlockMemory(output);
  });
  if (plan.flowMemory !== undefined) layers.push(inBytes(plan.flowMemory(batchSize), kernels));
  const input = product(plan.inputShape) * batchSize * BYTES;
  // Those made for a moment share the largest one's buffer.
  const momentary = Math.max(0, ...layers.flatMap((layer) => layer.momentary));
  const ofLoss = plan.outputs === 0 ? input * (KEPT_BY_LOSS[options.loss ?? ''] ?? 0) : 0;
  const activations = total(layers.map((layer) => layer.activations)) + momentary + ofLoss;
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

/**
 * The layers as they are computed, one by one or a block at once, with the shapes of what goes in and
 * of what the first of them makes, `[batch, ...spatial, channels]`.
 */
function placed(plan: NetworkPlan, batchSize: number) {
  let shape = plan.inputShape;
  return plan.sequentials.flatMap(groupsOf).map((group) => {
    const [first, last] = [group[0] as Layer, group.at(-1) as Layer];
    const input = [batchSize, ...shape];
    shape = last.outputShape;
    return { group, input, output: [batchSize, ...first.outputShape] };
  });
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

/** A layer that is computed by itself. */
function ownMemory(layer: Layer, batchSize: number, kernels: boolean): LayerMemory {
  const own = layer.memory(batchSize);
  if (kernels) return inBytes(own, kernels);
  if (layer.kind === 'Linear') return inBytes(NO_MEMORY, kernels);
  return inBytes(own, kernels, layer.kind === 'Flatten' ? 1 : KEPT_PER_OWN);
}

function inBytes(
  { kept, workspace = [], largest }: OwnMemory,
  kernels: boolean,
  multiple = 1,
): LayerMemory {
  return {
    activations: kept * BYTES * multiple,
    momentary: [],
    workspace: kernels ? workspace : [],
    largest: largest * BYTES,
  };
}

/** A block by stock operations. */
function plainBlockMemory(output: readonly number[]): LayerMemory {
  const map = product(output) * BYTES;
  return { activations: map * KEPT_PER_FEATURE, momentary: [], workspace: [], largest: map };
}

const total = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

function product(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
