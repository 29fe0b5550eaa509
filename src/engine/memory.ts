/**
 * What one training step needs. Our kernels keep, for each block in three dimensions, the
 * convolution or what a part of it takes, its pooled eighth and the gradient of that, and partial
 * sums of the filter's gradient. The plain path (slices, or no device) keeps every intermediate result until the
 * gradients are done: a multiple of the feature maps, measured (bytes held by the backend after two
 * steps of Conv4_FC3 and Conv5_FC3). A buffer is never returned, so all of it adds up.
 * train.gpu.test.ts holds the estimate within 25 % of what is allocated.
 */
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import { partialSums } from './kernels/filter-gradient.ts';
import { budgetOf, convolvedBytes, partsOf } from './kernels/parts.ts';
import { layersOf, parameterCount, type NetworkPlan } from './networks/network.ts';

const BYTES = 4;
/** Plain path, for each byte of a convolution's output: bias, normalisation, ReLU, padding, gradients. */
const KEPT_PER_FEATURE = 28;
/** A pooled output and its gradient, for each byte of a convolution: two eighths. */
const POOLED_PER_FEATURE = 2 / 8;
/** Intermediate results of the optimizer, in multiples of the parameters: the plain path, kernels. */
const OPTIMIZER_WORKSPACE = { plain: 11, kernels: 1 };
const MOMENTS = 2;
/** Above this most laptop GPUs have to give up. WebGPU does not tell how much memory there is. */
const COMMON_GPU_MEMORY = 6e9;

export function estimateMemory(
  plan: NetworkPlan,
  batchSize: number,
  device: Pick<DeviceReport, 'kind' | 'maxBindingSize'>,
): MemoryEstimate {
  const count = parameterCount(plan);
  const parameters = count * BYTES;
  const blocks = blocksOf(plan, batchSize, device);
  const input = product(plan.inputShape) * batchSize * BYTES;
  const kernels = device.kind !== 'none';
  const activations = blocks.reduce((sum, block) => sum + block.bytes, 0);
  const workspace = OPTIMIZER_WORKSPACE[kernels ? 'kernels' : 'plain'];
  const optimizer = parameters * (MOMENTS + workspace);
  const total = 2 * parameters + optimizer + activations + input;
  const dense = layersOf(plan).flatMap((layer) =>
    layer.states.map((state) => product(state.shape) * BYTES),
  );
  const largestBuffer = Math.max(input, ...blocks.map((block) => block.largest), ...dense);
  const reasons: string[] = [];
  if (device.kind !== 'none' && largestBuffer > device.maxBindingSize) {
    reasons.push(
      `the largest tensor takes ${megabytes(largestBuffer)}, and this device binds ${megabytes(device.maxBindingSize)} at once`,
    );
  }
  if (total > COMMON_GPU_MEMORY) {
    reasons.push(`${megabytes(total)} is more than most laptop GPUs have`);
  }
  return {
    parameterCount: count,
    parameters,
    gradients: parameters,
    optimizer,
    activations,
    input,
    total,
    largestBuffer,
    fits: reasons.length === 0,
    reasons,
  };
}

/** For each convolution: bytes of what its block keeps and its gradients take, and of the largest tensor. */
function blocksOf(
  plan: NetworkPlan,
  batchSize: number,
  device: Pick<DeviceReport, 'kind' | 'maxBindingSize'>,
): { bytes: number; largest: number }[] {
  let inputShape = plan.inputShape;
  const blocks = [];
  for (const layer of layersOf(plan)) {
    const shape = [batchSize, ...layer.outputShape];
    const map = product(shape) * BYTES;
    if (layer.kind === 'Conv3d' && device.kind !== 'none') {
      const inputs = inputShape.at(-1) ?? 1;
      const parts = partsOf(shape, budgetOf(inputs, device.maxBindingSize));
      // A buffer is used again for another part of the same size.
      const sizes = new Map(parts.map((part) => [part.shape.join(), part.shape]));
      const sums = [...sizes.values()].map(
        (part) => partialSums([...part.slice(0, 4), inputs], part[4] ?? 1) * BYTES,
      );
      const made = [...sizes.values()].map((part) => convolvedBytes(part, BYTES));
      const bytes = [...sums, ...made, map * POOLED_PER_FEATURE].reduce((all, one) => all + one);
      blocks.push({ bytes, largest: Math.max(...made, (map * POOLED_PER_FEATURE) / 2) });
    } else if (layer.kind.startsWith('Conv')) {
      blocks.push({ bytes: map * KEPT_PER_FEATURE, largest: map });
    }
    inputShape = layer.outputShape;
  }
  return blocks;
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
