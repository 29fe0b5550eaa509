/** What every job is given beside its request: the engine, the time and a way to be stopped. */
import type { Clock } from '../../core/clock.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import type { Onlooker } from '../training/onlooker.ts';

export interface JobContext {
  readonly device: EngineDevice;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Who looks on while networks are trained; nobody when absent. */
  readonly onlooker?: Onlooker | undefined;
}

/** For jobs that need no engine; a context that has one serves as well. */
export type PlainContext = Pick<JobContext, 'clock' | 'signal'> & Partial<JobContext>;
