import { expect, test } from 'vitest';
import type { JobEvent, ProgressEvent } from '../../src/jobs/events.ts';
import { LineView } from './progress.ts';

/** A view whose clock the test moves. */
function view(pause = 10_000) {
  const lines: string[] = [];
  const clock = { now: 5000 };
  const shown = new LineView(
    (line) => lines.push(line),
    () => clock.now,
    pause,
  );
  const at = (seconds: number, event: JobEvent) => {
    clock.now = 5000 + 1000 * seconds;
    shown.show(event);
  };
  return { lines, at };
}

const progress = (done: number, phase = 'Training', total = 100): ProgressEvent => ({
  ...{ kind: 'progress', steps: ['split-0'], unit: 'batches' },
  ...{ phase, done, total },
});

test('a progress line comes every ten seconds at most, and short phases have none', () => {
  const { lines, at } = view();
  for (let half = 0; half <= 100; half++) at(half / 2, progress(half));
  expect(lines).toEqual(
    [20, 40, 60, 80, 100].map((done) => `split-0 > Training: ${done}/100 batches\n`),
  );
  for (const phase of ['Reading', 'Evaluating', 'Applying']) at(51, progress(100, phase));
  expect(lines).toHaveLength(5);
});

test('a slow phase is told by tenths, or after a minute of silence', () => {
  const { lines, at } = view();
  for (let second = 0; second <= 300; second++) at(second, progress(second, 'Training', 3000));
  expect(lines.map((line) => /(\d+)\//.exec(line)?.[1])).toEqual(['10', '70', '130', '190', '250']);
});

test('results are told at once, in plain characters, and name their network', () => {
  const { lines, at } = view();
  at(0, { kind: 'best', split: 1, network: 3, epoch: 0, iteration: 1, metrics: ['BA'] });
  at(0, { kind: 'restart', split: 0, epoch: 1, batches: 2 });
  const figures = { loss: 1, meanLoss: 0.5, metrics: { BA: 0.75 } };
  at(0, {
    ...{ kind: 'evaluation', split: 0, network: 2, epoch: 0, iteration: 4, seconds: 1 },
    ...{ train: figures, validation: figures },
  });
  at(0, { kind: 'log', message: 'group "a\r\u001b[2Kb"' });
  expect(lines).toEqual([
    'split-1 network-3 epoch 1: best so far by BA\n',
    'split-0 goes on at epoch 2, batch 3\n',
    'split-0 network-2 epoch 1, batch 5: loss 0.5000, validation 0.5000, validation BA 0.750\n',
    'group "a  [2Kb"\n',
  ]);
});
