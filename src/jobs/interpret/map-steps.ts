/**
 * The steps of one map: methods that put many variants of a scan through the network take minutes,
 * and "0 of 1 maps" is no progress. Callbacks become events of the job that waits.
 */
import type { Clock } from '../../core/clock.ts';
import { mapBy, type Method } from '../../engine/interpret/methods.ts';
import type { ElementMap, Subject } from '../../engine/interpret/subject.ts';
import type { ProgressEvent } from '../events.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';

/** What a number of steps is told as. */
export type Told = (done: number, total: number) => ProgressEvent;

export function stepsOf(clock: Clock, steps: readonly string[]): Told {
  let meter: ProgressMeter | undefined;
  return (done, total) => {
    meter ??= new ProgressMeter(clock, 'steps', total);
    return meter.event('Computing the map', done, steps);
  };
}

/** @param told - nothing is told of the steps when undefined */
export async function* mapWithSteps(
  method: Method,
  subject: Subject,
  told: Told | undefined,
): AsyncGenerator<ProgressEvent, ElementMap, void> {
  if (told === undefined) return await mapBy(method, subject);
  return yield* withSteps((onStep) => mapBy(method, { ...subject, onStep }), told);
}

/** Waits for `work`, and yields what it says of its steps; of several at once the last. */
export async function* withSteps<Result>(
  work: (onStep: (done: number, total: number) => void) => Promise<Result>,
  told: Told,
): AsyncGenerator<ProgressEvent, Result, void> {
  let said: ProgressEvent | undefined;
  let isDone = false;
  let wake = (): void => undefined;
  const result = work((done, total) => {
    said = told(done, total);
    wake();
  });
  const end = (): void => {
    isDone = true;
    wake();
  };
  result.then(end, end);
  for (;;) {
    if (said !== undefined) {
      const event = said;
      said = undefined;
      yield event;
    } else if (isDone) {
      return await result;
    } else {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}
