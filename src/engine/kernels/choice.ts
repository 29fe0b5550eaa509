/** Whether our kernels compute, or stock tfjs operations, which are the reference for them. */
import { onWebGpu } from '../device/tfjs-backend.ts';

let wanted = true;

/** Turns our kernels off and on again, to compare with the plain path. */
export function useKernels(on: boolean): void {
  wanted = on;
}

/** Kernels need a device, and are not asked for by tests of the plain path. */
export function kernelsInUse(): boolean {
  return wanted && onWebGpu();
}
