/**
 * What one training step needs. Our kernels keep, for each block in three dimensions, the
 * convolution, its pooled eighth and the gradient of that, and partial sums of the filter's
 * gradient. The plain path (slices, or no device) keeps every intermediate result until the
 * gradients are done: a multiple of the feature maps, measured (bytes held by the backend after two
 * steps of Conv4_FC3 and Conv5_FC3). A buffer is never returned, so all of it adds up.
 * train.gpu.test.ts holds the estimate within 25 % of what is allocated.
 */
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import { partialSums } from './kernels/filter-gradient.ts';
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
  const maps = layersOf(plan)
    .filter((layer) => layer.kind.startsWith('Conv'))
    .map((layer) => product(layer.outputShape) * batchSize * BYTES);
  const input = product(plan.inputShape) * batchSize * BYTES;
  const kernels = device.kind !== 'none';
  const activations = kernels ? keptByKernels(plan, batchSize) : sumOf(maps) * KEPT_PER_FEATURE;
  const workspace = OPTIMIZER_WORKSPACE[kernels ? 'kernels' : 'plain'];
  const optimizer = parameters * (MOMENTS + workspace);
  const total = 2 * parameters + optimizer + activations + input;
  const dense = layersOf(plan).flatMap((layer) =>
    layer.states.map((state) => product(state.shape) * BYTES),
  );
  const largestBuffer = Math.max(...maps, ...dense);
  const reasons: string[] = [];
  if (device.kind !== 'none' && largestBuffer > device.maxBindingSize) {
    reasons.push(
      `the largest feature map takes ${megabytes(largestBuffer)}, and this device binds ${megabytes(device.maxBindingSize)} at once`,
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

/** Bytes of the blocks' feature maps and of what their gradients take. */
function keptByKernels(plan: NetworkPlan, batchSize: number): number {
  let inputShape = plan.inputShape;
  let bytes = 0;
  for (const layer of layersOf(plan)) {
    if (layer.kind.startsWith('Conv')) {
      const map = product(layer.outputShape) * batchSize * BYTES;
      const outputs = layer.outputShape.at(-1) ?? 1;
      bytes +=
        layer.kind === 'Conv3d'
          ? map * (1 + POOLED_PER_FEATURE) +
            partialSums([batchSize, ...inputShape], outputs) * BYTES
          : map * KEPT_PER_FEATURE;
    }
    inputShape = layer.outputShape;
  }
  return bytes;
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
