import { afterAll, beforeAll, expect, test } from 'vitest';
import { readExtraction } from '../../src/core/caps/extraction.ts';
import { mergeConfig, parseFlat } from '../../src/core/config/parse.ts';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { readText } from '../../src/core/files/read.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import type { MapsSplit } from '../../src/core/maps/split-reader.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { resume } from '../../src/jobs/resume.ts';
import { train } from '../../src/jobs/train.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { follow } from '../support/follow.ts';
import { openTestDevice } from '../support/gpu.ts';
import { expectSameLosses, expectSamePredictions, expectSameWeights } from './reference.ts';

// The reference's training, broken off after its first epoch and left as ClinicaDL leaves it: with
// the checkpoints of tmp/ and a training.tsv without rows. The second epoch is then the reference's.
const FOLDER = 'tests/fixtures/reference/synthetic';
const LEARNING_RATE = 1e-4;
const TRAINING_TSV = 'split-0/training_logs/training.tsv';

class Killed extends Error {}

let device: EngineDevice;
let ours: MapsSplit;
let reference: MapsSplit;
const maps = new MemoryTree('ours');
const caps = new DiskTree(`${FOLDER}/caps`);

beforeAll(async () => {
  device = await openTestDevice();
  const opened = await openMaps(new DiskTree(`${FOLDER}/maps_ad`));
  [reference] = opened.wholeSplits() as [MapsSplit];
  const context = { device, clock: systemClock, signal: new AbortController().signal };
  await leave(opened, context);
  await maps.remove('split-0/tmp/resume');
  await maps.remove('leakage.json');
  const [header = ''] = (await readText(maps, TRAINING_TSV)).split('\n');
  await maps.write(TRAINING_TSV, `${header}\n`);
  await follow(resume({ maps, caps, capsDirectory: 'caps', splits: [] }, context));
  [ours] = (await openMaps(maps)).wholeSplits() as [MapsSplit];
}, 600_000);
afterAll(() => device.close());

async function leave(
  { parameters: { config, extra } }: Awaited<ReturnType<typeof openMaps>>,
  context: Parameters<typeof train>[1],
): Promise<void> {
  const options = { ...config, split: [], transfer_path: 'maps_init' } as Record<string, unknown>;
  delete options['network_task'];
  delete options['label_code'];
  const job = train(
    {
      config: mergeConfig('classification', parseFlat(options, 'classification')),
      extraction: readExtraction(extra.preprocessing_dict, 'maps.json'),
      ...{ caps, capsDirectory: 'caps', unreadable: 'stop', runtime: 'test' },
      ...{ tables: new DiskTree(FOLDER), tablesFolder: 'split', tsvDirectory: extra.tsv_path },
      ...{ maps, mapsDirectory: 'ours', transfer: new DiskTree(`${FOLDER}/maps_init`) },
    },
    context,
  );
  const killed = follow(job, (event) => {
    if (event.kind === 'batch' && event.epoch === 1) throw new Killed();
  });
  await expect(killed).rejects.toThrow(Killed);
}

test('the second epoch has the losses of PyTorch', async () => {
  const { rows, metrics } = await reference.trainingLog();
  const isTold = (row: (typeof rows)[number]) => row.epoch === 1 || row.iteration === 2;
  const told = { trainingLog: async () => ({ metrics, rows: rows.filter(isTold) }) };
  expect((await told.trainingLog()).rows).toHaveLength(4);
  await expectSameLosses(ours, told as unknown as MapsSplit);
});

test('its models and predictions are those of PyTorch', async () => {
  await expectSameWeights(ours, reference, LEARNING_RATE);
  await expectSamePredictions(ours, reference);
});
