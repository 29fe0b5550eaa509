/** Runs a job to its end, passing on what it tells. */
import type { Job } from '../events.ts';
import type { OnEvent } from '../session-api.ts';
import type { Pause } from './pause.ts';

/** @param pause - where the job may rest between two events */
export async function followJob<Result>(
  job: Job<Result>,
  onEvent: OnEvent,
  pause?: Pause,
): Promise<Result> {
  for (;;) {
    const step = await job.next();
    if (step.done === true) return step.value;
    onEvent(step.value);
    await pause?.at(step.value);
  }
}
