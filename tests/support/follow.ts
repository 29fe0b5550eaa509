/** Runs a job to its end. */
import type { Job, JobEvent } from '../../src/jobs/events.ts';

export async function follow<Result>(
  job: Job<Result>,
  onEvent: (event: JobEvent) => void = () => undefined,
): Promise<Result> {
  for (;;) {
    const step = await job.next();
    if (step.done === true) return step.value;
    onEvent(step.value);
  }
}
