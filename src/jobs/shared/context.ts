/** What every job is given beside its request: the engine, the time and a way to be stopped. */
import type { Clock } from '../../core/clock.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';

export interface JobContext {
  readonly device: EngineDevice;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** For jobs that need no engine; a context that has one serves as well. */
export type PlainContext = Pick<JobContext, 'clock' | 'signal'> & Partial<JobContext>;
