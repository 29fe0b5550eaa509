/**
 * WebGPU on Node: Dawn, through the npm package `webgpu`. tfjs asks for `navigator.gpu` and for the
 * WebGPU globals, so both are set.
 */
import { tmpdir } from 'node:os';

/** Dawn's instance: while it works somebody must hold it, or it is collected and the device lost. */
let instance: GPU | undefined;

/** @returns Dawn's entry point, or undefined with a reason where the native module does not load. */
export async function nodeGpu(): Promise<{ gpu: GPU | undefined; remark: string }> {
  const remark =
    'No Vulkan, Metal or Direct3D driver was found: computing on the processor, which is very slow.';
  if (instance !== undefined) return { gpu: instance, remark };
  // Vulkan loaders complain without it.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    // Browsers round timestamps for privacy; here it would blur short kernels in a profile.
    instance = create(['disable-dawn-features=timestamp_quantization']) as GPU;
    const known = globalThis.navigator as Navigator | undefined;
    Object.defineProperty(globalThis, 'navigator', {
      value: Object.assign(Object.create(known ?? null) as object, { gpu: instance }),
      configurable: true,
    });
    return { gpu: instance, remark };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { gpu: undefined, remark: `${remark} (${reason.split('\n')[0]})` };
  }
}

/** Drops Dawn, which otherwise keeps the process alive. */
export function releaseNodeGpu(): void {
  instance = undefined;
  Object.defineProperty(globalThis, 'navigator', { value: undefined, configurable: true });
}
