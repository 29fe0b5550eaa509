import { expect, test } from 'vitest';
import type { ProgressEvent } from '../events.ts';
import { stepsOf, withSteps } from './map-steps.ts';

const clock = { now: () => 0, elapsed: () => 0 };
const told = stepsOf(clock, ['split-0']);

async function follow<Result>(job: AsyncGenerator<ProgressEvent, Result, void>) {
  const done: number[] = [];
  for (;;) {
    const step = await job.next();
    if (step.done === true) return { done, result: step.value };
    done.push(step.value.done);
    expect(step.value).toMatchObject({ unit: 'steps', total: 3, steps: ['split-0'] });
  }
}

test('steps are told as they come, and the result at the end', async () => {
  const work = async (onStep: (done: number, total: number) => void) => {
    for (const step of [0, 1, 2]) {
      onStep(step, 3);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return 'map';
  };
  expect(await follow(withSteps(work, told))).toEqual({ done: [0, 1, 2], result: 'map' });
});

test('of steps that nobody waited for the last one is told', async () => {
  const work = (onStep: (done: number, total: number) => void) => {
    for (const step of [0, 1, 2]) onStep(step, 3);
    return Promise.resolve('map');
  };
  expect(await follow(withSteps(work, told))).toEqual({ done: [2], result: 'map' });
});

test('what goes wrong goes on', async () => {
  const work = (onStep: (done: number, total: number) => void) => {
    onStep(0, 3);
    return Promise.reject(new Error('lost'));
  };
  await expect(follow(withSteps(work, told))).rejects.toThrow('lost');
});
