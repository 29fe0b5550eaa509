/**
 * What one training step needs on the plain tfjs path. tfjs keeps every intermediate result until
 * the gradients are done and never returns a buffer, so the estimate is a multiple of the feature
 * maps and of the parameters. The two factors were measured (bytes held by the backend after two
 * steps of Conv4_FC3 and Conv5_FC3 at 34^3 to 48^3, batch 2 and 4; memory.gpu.test.ts holds the
 * estimate within 25 % of what is allocated).
 */
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import { layersOf, parameterCount, type NetworkPlan } from './networks/network.ts';

const BYTES = 4;
/** Bytes kept for each byte of a convolution's output: bias, normalisation, ReLU, padding, gradients. */
const KEPT_PER_FEATURE = 28;
/** Intermediate results of the optimizer, in multiples of the parameters. */
const OPTIMIZER_WORKSPACE = 11;
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
  const product = (shape: readonly number[]) => shape.reduce((all, length) => all * length, 1);
  const maps = layersOf(plan)
    .filter((layer) => layer.kind.startsWith('Conv'))
    .map((layer) => product(layer.outputShape) * batchSize * BYTES);
  const input = product(plan.inputShape) * batchSize * BYTES;
  const activations = maps.reduce((sum, bytes) => sum + bytes, 0) * KEPT_PER_FEATURE;
  const optimizer = parameters * (MOMENTS + OPTIMIZER_WORKSPACE);
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

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
