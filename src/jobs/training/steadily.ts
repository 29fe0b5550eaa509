/**
 * Work on a device that may fail: done again, on a device opened anew, as long as `Recovery` knows a
 * remedy. Numbers of work that was begun and not finished do not count.
 */
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import type { Recovery } from './recovery.ts';

export interface SteadyWork<Result> {
  readonly work: () => Job<Result>;
  /** Puts everything back to where the work goes on; the device is open again by then. */
  readonly restore: () => Job<void>;
  /** Lets go of what is on the device, before it is opened anew. */
  readonly release: () => void;
  /** Where it is, for messages. */
  readonly steps: readonly string[];
}

/** @throws what the work threw, when there is no remedy */
export async function* steadily<Result>(
  { device }: JobContext,
  recovery: Recovery,
  { work, restore, release, steps }: SteadyWork<Result>,
): Job<Result> {
  for (let isLost = false; ; isLost = true) {
    try {
      if (isLost) {
        release();
        await device.reopen();
        yield* restore();
      }
      return yield* work();
    } catch (thrown) {
      const error = await device.faultBehind(thrown);
      const remedy = recovery.from(error);
      if (remedy === undefined) throw error;
      yield { kind: 'problem', problem: { ...remedy, steps } };
    }
  }
}
