/**
 * Time, arithmetic and traffic of each kernel in one training step, from the device's timestamps,
 * after two steps in which programs are compiled and buffers made. Browsers make these timestamps
 * coarse, so the step of their clock is told with them.
 */
import type { Precision } from '../../engine/networks/steps.ts';
import type { Dispatch } from '../../engine/profiler/gpu-profiler.ts';
import { profileOf, traceOf } from '../../engine/profiler/profile.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { adapterName } from './adapter-name.ts';
import type { KernelMeasurement } from './bench-api.ts';
import { reopen } from './engine.ts';
import { Trainer, type Case } from './trainer.ts';

const PHASE = 'Timing kernels';
const WARM_UP = 2;

/**
 * The device is opened anew and is left open.
 * @returns undefined where the device has no timestamp queries
 * @throws CapsuleError as `measureEngine`
 */
export async function* profileKernels(
  chosen: Case & { readonly precision: Precision },
  context: JobContext,
): Job<KernelMeasurement | undefined> {
  const { network, shape, precision } = chosen;
  const { clock, device } = context;
  await reopen(device);
  if (!device.report.timestamps) return undefined;
  const meter = new ProgressMeter(clock, 'steps', WARM_UP + 1);
  const trainer = new Trainer(context, precision, chosen);
  try {
    for (let step = 0; step < WARM_UP; step++) {
      yield meter.event(PHASE, step, [precision]);
      await trainer.step();
    }
    const profiler = device.profiler();
    yield meter.event(PHASE, WARM_UP, [precision]);
    await trainer.step();
    const dispatches = (await profiler?.read()) ?? [];
    profiler?.detach();
    return {
      ...{ adapter: adapterName(device.report), precision, profile: profileOf(dispatches) },
      trace: traceOf(dispatches, `${network} ${shape.join('x')} ${precision}`),
      clockStep: clockStepOf(dispatches),
    };
  } finally {
    trainer.dispose();
  }
}

/** @returns the largest number of nanoseconds that divides the time between any two timestamps */
export function clockStepOf(dispatches: readonly Pick<Dispatch, 'start' | 'end'>[]): number {
  const origin = dispatches[0]?.start ?? 0;
  const times = dispatches.flatMap(({ start, end }) => [start - origin, end - origin]);
  return times.reduce((common, time) => commonDivisor(common, Math.abs(time)), 0);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
