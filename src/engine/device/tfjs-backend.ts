/**
 * The one place that touches tfjs's WebGPU backend from the inside (version 4.22.0, pinned: the
 * constructor and the members used here are not public). We make the `GPUDevice` ourselves, with
 * the adapter's limits and features, and hand it over; stock tfjs would ask for its own.
 */
import * as tf from '@tensorflow/tfjs';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** Makes tfjs compute on `device`; kernels are registered by tfjs under the name `webgpu`. */
export async function useDevice(device: GPUDevice, info: GPUAdapterInfo): Promise<void> {
  tf.enableProdMode();
  if (tf.findBackend('webgpu') !== null) tf.removeBackend('webgpu');
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
  await tf.setBackend('cpu');
  await tf.ready();
}

/** Frees the buffers of the WebGPU backend. */
export function releaseBackend(): void {
  if (tf.findBackend('webgpu') !== null) tf.removeBackend('webgpu');
}

/** @returns bytes of GPU buffers that tfjs holds, recycled ones included; 0 without WebGPU. */
export function allocatedBytes(): number {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU?: number };
  return memory.numBytesAllocatedInGPU ?? 0;
}
