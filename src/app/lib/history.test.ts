import { expect, test } from 'vitest';
import { History } from './history.ts';

const step = (before: number, after: number, kind?: string) => ({
  ...{ label: `${before} to ${after}`, before, after, kind },
});

test('steps are taken back in reverse, and brought back in order', () => {
  let history = new History<number>().record(step(0, 1)).record(step(1, 2));
  expect(history.last).toMatchObject({ before: 1, after: 2 });
  history = history.undo();
  expect(history.last?.after).toBe(1);
  expect(history.next?.after).toBe(2);
  history = history.undo();
  expect(history.last).toBeUndefined();
  expect(history.undo()).toBe(history);
  history = history.redo().redo();
  expect(history.last?.after).toBe(2);
  expect(history.next).toBeUndefined();
  expect(history.redo()).toBe(history);
});

test('what was taken back is gone after a new step', () => {
  const history = new History<number>().record(step(0, 1)).undo().record(step(0, 5));
  expect(history.next).toBeUndefined();
  expect(history.past).toHaveLength(1);
});

test('digits typed into one field are one step, another field another', () => {
  let history = new History<number>();
  history = history.record(step(0, 1, 'seed')).record(step(1, 12, 'seed'));
  history = history.record(step(12, 13, 'share')).record(step(13, 14, 'seed'));
  expect(history.past.map(({ before, after }) => [before, after])).toEqual([
    ...[
      [0, 12],
      [12, 13],
    ],
    [13, 14],
  ]);
  expect(history.record(step(14, 15)).record(step(15, 16)).past).toHaveLength(5);
});

test('a step after one was taken back does not run into the one before', () => {
  const history = new History<number>()
    .record(step(0, 1, 'seed'))
    .record(step(1, 2, 'share'))
    .undo()
    .redo();
  expect(history.record(step(2, 3, 'share')).last).toMatchObject({ before: 2, after: 3 });
});

test('the oldest steps are forgotten', () => {
  let history = new History<number>();
  for (let index = 0; index < 250; index += 1) history = history.record(step(index, index + 1));
  expect(history.past).toHaveLength(200);
  expect(history.past[0]?.before).toBe(50);
});
