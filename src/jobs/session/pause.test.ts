import { expect, test } from 'vitest';
import type { Job, JobEvent } from '../events.ts';
import { followJob } from './follow-job.ts';
import { Pause } from './pause.ts';

const place = { kind: 'save-point', split: 0, epoch: 0, isSaved: true } as const;

/** Ten steps, saved after the third and the sixth; what it is asked for is counted. */
async function* steps(asked: { count: number }): Job<string> {
  for (let done = 1; done <= 10; done++) {
    asked.count += 1;
    yield progress('Training', done);
    if (done % 3 === 0) yield { ...place, batches: done };
  }
  return 'done';
}

const progress = (phase: string, done: number): JobEvent => {
  return { kind: 'progress', phase, steps: [], done, total: 10, unit: 'batches' };
};

function world() {
  const time = { at: 100 };
  const controller = new AbortController();
  const clock = { now: () => 7, elapsed: () => time.at };
  return { time, controller, pause: new Pause(clock, controller.signal) };
}

test('a training rests where it was saved, and is asked for nothing until it goes on', async () => {
  const { pause, time } = world();
  const asked = { count: 0 };
  const events: JobEvent[] = [];
  const job = followJob(steps(asked), (event) => events.push(event), pause);
  expect(await pause.ask()).toBe(true);
  expect(asked.count).toBe(3);
  expect(events.at(-1)).toEqual({ ...place, batches: 3 });
  // Whoever asks again is told the same.
  expect(await pause.ask()).toBe(true);
  time.at = 5100;
  expect(pause.clock.elapsed()).toBe(100);
  expect(pause.clock.now()).toBe(7);
  pause.goOn();
  expect(await job).toBe('done');
  expect(asked.count).toBe(10);
  time.at = 5150;
  // The job has seen fifty milliseconds pass.
  expect(pause.clock.elapsed()).toBe(150);
});

test('other work rests between any two of its events', async () => {
  const { pause } = world();
  async function* evaluation(): Job<void> {
    yield progress('Evaluating the training set', 1);
    yield progress('Evaluating the training set', 2);
  }
  const events: JobEvent[] = [];
  const job = followJob(evaluation(), (event) => events.push(event), pause);
  expect(await pause.ask()).toBe(true);
  expect(events).toHaveLength(1);
  pause.goOn();
  await job;
  expect(events).toHaveLength(2);
});

test('cancelling ends a rest', async () => {
  const { pause, controller } = world();
  const asked = { count: 0 };
  const job = followJob(steps(asked), () => undefined, pause);
  expect(await pause.ask()).toBe(true);
  controller.abort();
  expect(await job).toBe('done');
  expect(pause.isWanted).toBe(false);
});

test('who changes their mind before it rests is told that it does not', async () => {
  const { pause } = world();
  const asking = pause.ask();
  pause.goOn();
  expect(await asking).toBe(false);
  expect(await followJob(steps({ count: 0 }), () => undefined, pause)).toBe('done');
});
