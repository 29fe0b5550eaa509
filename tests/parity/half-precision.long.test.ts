import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadExtraction } from '../../src/core/caps/extraction-file.ts';
import { mergeConfig } from '../../src/core/config/parse.ts';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import type { BatchEvent } from '../../src/jobs/events.ts';
import { train } from '../../src/jobs/train.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { follow } from '../support/follow.ts';
import { openTestDevice } from '../support/gpu.ts';

// ClinicaDL's default network learns sex from 40 real brains with its default batches and learning
// rate, once in single and once in half precision, from the same weights in the same order. The
// brains may not be part of this repository: they are read beside it. (With batches of six, where
// single losses jump more, the mean of the last ten steps is 8 % off; PyTorch with its convolutions
// rounded to halves is 8 % off there, too.)
const data = resolve('../shared/data/brains-3mm-rigid');
const there = existsSync(data);
const EPOCHS = 6;
const LAST_STEPS = 10;

test('the rigidly registered brains are there (clone them beside the project)', (context) => {
  if (!there) context.skip();
  expect(there).toBe(true);
});

if (there) {
  let device: EngineDevice;
  const runs = new Map<boolean, Awaited<ReturnType<typeof run>>>();

  beforeAll(async () => {
    device = await openTestDevice();
    for (const amp of [false, true]) runs.set(amp, await run(amp));
  }, 3_600_000);
  afterAll(() => device.close());

  async function run(amp: boolean) {
    const caps = new DiskTree(`${data}/caps`);
    const maps = new MemoryTree('maps');
    const losses: number[] = [];
    const job = train(
      {
        config: mergeConfig('classification', {
          ...{
            architecture: 'Conv5_FC3',
            label: 'sex',
            diagnoses: ['control', 'depr'],
            n_splits: 3,
          },
          ...{ split: [0], epochs: EPOCHS, batch_size: 8, learning_rate: 1e-4, seed: 7, amp },
          selection_metrics: ['loss', 'BA'],
        }),
        ...{
          extraction: await loadExtraction(caps, 'image_3mm.json'),
          caps,
          capsDirectory: 'caps',
        },
        ...{
          tables: new DiskTree(`${data}/split`),
          tablesFolder: '3_fold',
          tsvDirectory: '3_fold',
        },
        ...{ maps, mapsDirectory: 'maps', unreadable: 'stop', runtime: 'test' },
      },
      { device, clock: systemClock, signal: new AbortController().signal },
    );
    await follow(job, (event) => {
      if (event.kind === 'batch') losses.push((event as BatchEvent).loss);
    });
    const [split] = (await openMaps(maps)).wholeSplits();
    const [metrics] = (await split?.groupMetrics('loss', 'validation', 'image')) ?? [];
    return { losses, ba: metrics?.find(({ name }) => name === 'BA') };
  }

  test('the loss of the last steps is within 5 % of that in single precision', () => {
    const [single, half] = [runs.get(false), runs.get(true)];
    const count = single?.losses.length ?? 0;
    expect(count).toBeGreaterThanOrEqual(30);
    const mean = (losses: number[] = []) =>
      losses.slice(-LAST_STEPS).reduce((sum, loss) => sum + loss, 0) / LAST_STEPS;
    console.info(`last steps: ${mean(single?.losses)} in single, ${mean(half?.losses)} in half`);
    expect(Math.abs(mean(half?.losses) / mean(single?.losses) - 1)).toBeLessThan(0.05);
    for (let step = count - LAST_STEPS; step < count; step++) {
      const ratio = (half?.losses[step] ?? NaN) / (single?.losses[step] ?? NaN);
      expect(Math.abs(ratio - 1), `step ${step}`).toBeLessThan(0.05);
    }
  });

  test('the balanced accuracy stays within the interval', () => {
    const [single, half] = [runs.get(false)?.ba, runs.get(true)?.ba];
    console.info(`BA ${single?.value} in single, ${half?.value} in half`);
    expect(Number(half?.value)).toBeGreaterThanOrEqual(single?.interval?.lower ?? NaN);
    expect(Number(half?.value)).toBeLessThanOrEqual(single?.interval?.upper ?? NaN);
  });
}
