/**
 * Trainings that are killed and go on: what they leave must be, byte for byte, what a training leaves
 * that nobody has disturbed. Killed means that nothing is written any more from one moment on.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { tinyCaps, tinyParticipants } from '../../tests/support/tiny-caps.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile } from '../core/files/read.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import type { JobEvent } from './events.ts';
import { resume, type ResumeRequest } from './resume.ts';
import { TinyTrainings, type TinyTraining } from './training/testing/tiny-training.ts';

const people = tinyParticipants(12);
const clock = { now: () => 1_795_414_813_000, elapsed: () => 0 };
const SLICES = { mode: 'slice', direction: 2, channels: 'single', discarded: [1, 1] } as const;
const PATCHES = { mode: 'patch', patchSize: 17, strideSize: 17 } as const;

let device: EngineDevice;
let caps: MemoryTree;
let trainings: TinyTrainings;
beforeAll(async () => {
  device = await openTestDevice();
  caps = await tinyCaps(people);
  trainings = new TinyTrainings(device, caps, people);
});
afterAll(() => device.close());

class Killed extends Error {}

async function contents(tree: MemoryTree): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const path of (await listPaths(tree)).sort()) {
    const bytes = await (await needFile(tree, path)).bytes();
    all.set(path, Buffer.from(bytes).toString('base64'));
  }
  return all;
}

/** @param isIt - whether it dies at this event */
async function killed(
  task: 'classification' | 'regression' | 'reconstruction',
  of: TinyTraining,
  isIt: (event: JobEvent) => boolean,
): Promise<MemoryTree> {
  const maps = new MemoryTree('maps');
  const onEvent = (event: JobEvent) => {
    if (isIt(event)) throw new Killed();
  };
  const request = { ...of.request, maps, checkpointSeconds: 0 };
  await expect(trainings.run(task, { ...of, request, onEvent })).rejects.toThrow(Killed);
  return maps;
}

async function goOn(
  maps: MemoryTree,
  more: Partial<ResumeRequest> = {},
  onEvent: (event: JobEvent) => void = () => undefined,
) {
  const job = resume(
    { maps, caps, capsDirectory: 'caps', splits: [], checkpointSeconds: 0, ...more },
    { device, clock, signal: new AbortController().signal },
  );
  return follow(job, onEvent);
}

const batch = (epoch: number, iteration: number, network?: number) => (event: JobEvent) =>
  event.kind === 'batch' &&
  event.epoch === epoch &&
  event.iteration === iteration &&
  event.network === network;

describe('a training that was killed goes on as if nothing had been', () => {
  const changing = {
    ...{ epochs: 4, batch_size: 1, dropout: 0.3, sampler: 'weighted', patience: 3 },
    ...{ selection_metrics: ['loss', 'BA'], adaptive_learning_rate: true },
  } as const;
  test.each<[string, Parameters<typeof killed>]>([
    [
      'within the first epoch',
      ['classification', { given: { epochs: 2, batch_size: 1, dropout: 0.3 } }, batch(0, 5)],
    ],
    [
      'with everything that changes from epoch to epoch',
      ['classification', { given: changing }, batch(2, 3)],
    ],
    [
      'in half precision, with accumulated gradients and evaluations within the epoch',
      [
        'classification',
        {
          given: {
            ...{ epochs: 2, batch_size: 1, amp: true, accumulation_steps: 2, evaluation_steps: 4 },
            ...{ optimizer: 'RMSprop', dropout: 0.2 },
          },
        },
        batch(1, 6),
      ],
    ],
    [
      'in half precision, within an epoch',
      [
        'classification',
        { given: { epochs: 1, batch_size: 2, amp: true, dropout: 0.2 }, mode: SLICES },
        batch(0, 41),
      ],
    ],
    [
      'between two epochs',
      [
        'regression',
        { given: { epochs: 2, batch_size: 2, label: 'age', optimizer: 'SGD' } },
        (event) => event.kind === 'best',
      ],
    ],
    [
      'while the best models are applied',
      [
        'classification',
        { given: { epochs: 2 } },
        (event) => event.kind === 'progress' && event.phase.startsWith('Applying'),
      ],
    ],
    [
      'in the second of several networks',
      [
        'classification',
        { given: { epochs: 2, batch_size: 2, multi_network: true }, mode: PATCHES },
        batch(1, 1, 1),
      ],
    ],
  ])('%s', async (_name, [task, of, isIt]) => {
    const calm = await trainings.run(task, of);
    const maps = await killed(task, of, isIt);
    expect(await contents(maps)).not.toEqual(await contents(calm.maps));
    await goOn(maps);
    expect(await contents(maps)).toEqual(await contents(calm.maps));
  });

  test('killed again and again', async () => {
    const of = { given: { epochs: 2, batch_size: 2, dropout: 0.3 } };
    const calm = await trainings.run('classification', of);
    const maps = await killed('classification', of, batch(0, 1));
    for (const isIt of [batch(0, 3), batch(1, 1)]) {
      const onEvent = (event: JobEvent) => {
        if (isIt(event)) throw new Killed();
      };
      await expect(goOn(maps, {}, onEvent)).rejects.toThrow(Killed);
    }
    await goOn(maps);
    expect(await contents(maps)).toEqual(await contents(calm.maps));
  });

  test('before anything was saved', async () => {
    const of = { given: { epochs: 1 } };
    const calm = await trainings.run('classification', of);
    const maps = await killed('classification', of, batch(0, 0));
    const events: JobEvent[] = [];
    await goOn(maps, {}, (event) => events.push(event));
    expect(events.some(({ kind }) => kind === 'restart')).toBe(false);
    expect(await contents(maps)).toEqual(await contents(calm.maps));
  });
});

test('says where it goes on', async () => {
  const maps = await killed('classification', { given: { epochs: 2, batch_size: 2 } }, batch(1, 2));
  const events: JobEvent[] = [];
  await goOn(maps, {}, (event) => events.push(event));
  // The third batch was told, and not saved.
  expect(events.find(({ kind }) => kind === 'restart')).toEqual({
    ...{ kind: 'restart', split: 0, epoch: 1, batches: 2 },
  });
  const first = events.find((event) => event.kind === 'batch');
  expect(first).toMatchObject({ epoch: 1, iteration: 2 });
});

test('a finished MAPS stays as it is', async () => {
  const { maps } = await trainings.run('classification', {});
  const before = await contents(maps);
  const events: JobEvent[] = [];
  await goOn(maps, {}, (event) => events.push(event));
  expect(events).toMatchObject([{ kind: 'log', message: expect.stringContaining('finished') }]);
  expect(await contents(maps)).toEqual(before);
});

test('a split that there is not is refused', async () => {
  const { maps } = await trainings.run('classification', {});
  await expect(goOn(maps, { splits: [3] })).rejects.toMatchObject({ code: 'SPLIT_MISSING' });
});

test('a session whose volume is gone stops it: it would be another training', async () => {
  const maps = await killed('classification', { given: { epochs: 2 } }, batch(1, 0));
  const rest = await tinyCaps(people.slice(1));
  await expect(goOn(maps, { caps: rest })).rejects.toMatchObject({ code: 'CAPS_NO_VOLUME' });
});

test('a slot whose manifest tells nonsense is refused by name', async () => {
  const maps = await killed('classification', { given: { epochs: 2 } }, batch(1, 0));
  for (const path of await listPaths(maps)) {
    if (!path.endsWith('manifest.json')) continue;
    const text = new TextDecoder().decode(await (await needFile(maps, path)).bytes());
    await maps.write(path, text.replace('"epoch":', '"epoque":'));
  }
  await expect(goOn(maps)).rejects.toMatchObject({ code: 'MAPS_DAMAGED' });
});
