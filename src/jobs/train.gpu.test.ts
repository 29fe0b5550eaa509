import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import {
  tinyCaps,
  tinyParticipants,
  tinyTable,
  TINY_SUFFIX,
} from '../../tests/support/tiny-caps.ts';
import { makeExtraction, type ModeOptions } from '../core/caps/extraction.ts';
import { mergeConfig } from '../core/config/parse.ts';
import type { PartialConfig } from '../core/config/schema.ts';
import { CapsuleError } from '../core/errors.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { needFile, readText } from '../core/files/read.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import { openMaps } from '../core/maps/reader.ts';
import { readOptimizerCheckpoint, type OptimizerCheckpoint } from '../core/torch/checkpoint.ts';
import type { PyDict } from '../core/torch/python-values.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import { currentDevice } from '../engine/device/tfjs-backend.ts';
import type { JobEvent } from './events.ts';
import { train, type TrainRequest } from './train.ts';

const people = tinyParticipants(12);
const clock = { now: () => 0, elapsed: () => 0 };
const signal = new AbortController().signal;

let device: EngineDevice;
let caps: MemoryTree;
beforeAll(async () => {
  device = await openTestDevice();
  caps = await tinyCaps(people);
});
afterAll(() => device.close());

const oneSplit = () =>
  new MemoryTree('tables', {
    'split/train.tsv': tinyTable(people.slice(0, 8)),
    'split/validation_baseline.tsv': tinyTable(people.slice(8)),
    'train.tsv': tinyTable(people),
  });

interface Options extends Partial<TrainRequest> {
  readonly given?: PartialConfig;
  readonly mode?: ModeOptions;
}

async function run(options: Options = {}, onEvent?: (event: JobEvent) => void) {
  const { given = {}, mode = { mode: 'image' }, ...rest } = options;
  const maps = (options.maps as MemoryTree | undefined) ?? new MemoryTree('maps');
  const config = mergeConfig('classification', {
    ...{ architecture: 'Conv4_FC3', epochs: 1, batch_size: 4, learning_rate: 1e-3 },
    ...given,
  });
  const preprocessing = { pipeline: 'custom', suffix: TINY_SUFFIX } as const;
  const job = train(
    {
      ...{ config, caps, capsDirectory: 'caps', maps, mapsDirectory: 'maps' },
      extraction: makeExtraction(preprocessing, mode, 'tiny'),
      ...{ tables: oneSplit(), tablesFolder: 'split', tsvDirectory: 'split' },
      ...{ unreadable: 'stop', runtime: 'test' },
      ...rest,
    },
    { device, clock, signal },
  );
  const outcome = await follow(job, onEvent);
  return { maps, outcome, opened: await openMaps(maps) };
}

describe('a device that fails', () => {
  const weights = async (maps: MemoryTree) => {
    const [split] = (await openMaps(maps)).wholeSplits();
    const { model } = (await split?.checkpoint('loss')) ?? {};
    return [...(model ?? [])].map(([name, tensor]) => [name, [...tensor.toFloat32()]]);
  };
  /** Fails once, at the batch named. */
  const at = (epoch: number, iteration: number, fail: () => void) => {
    let isDone = false;
    return (event: JobEvent) => {
      if (isDone || event.kind !== 'batch') return;
      if (event.epoch !== epoch || event.iteration !== iteration) return;
      isDone = true;
      fail();
    };
  };

  test.each([
    ['in the first epoch', [0, 0], {}, 0],
    ['in a later epoch, in half precision', [2, 0], {}, 0],
    // The batch that was told last was not saved yet: it is trained again.
    ['within an epoch, where it was saved', [1, 1], { checkpointSeconds: 0 }, 1],
  ] as const)('is opened anew, and training goes on as if nothing had been: %s', async (...of) => {
    const [, [epoch, iteration], how, batches] = of;
    const given = { epochs: 3, amp: epoch > 1, dropout: 0.3, batch_size: 2 };
    const calm = await run({ given });
    const events: JobEvent[] = [];
    const fail = at(epoch, iteration, () => currentDevice().destroy());
    const upset = await run({ given, ...how }, (event) => {
      events.push(event);
      fail(event);
    });
    const told = events.flatMap((event) => (event.kind === 'problem' ? event.problem.code : []));
    expect(told).toEqual(['GPU_RECOVERED']);
    const restarts = events.filter(({ kind }) => kind === 'restart');
    expect(restarts).toEqual([{ kind: 'restart', split: 0, epoch, batches }]);
    expect(await weights(upset.maps)).toEqual(await weights(calm.maps));
    const rows = async (maps: MemoryTree) =>
      await readText(maps, 'split-0/training_logs/training.tsv');
    expect(await rows(upset.maps)).toEqual(await rows(calm.maps));
  });

  test('that has too little memory gets a batch in parts', async () => {
    const check = device.check.bind(device);
    let isShort = false;
    const spy = vi.spyOn(device, 'check').mockImplementation(() => {
      if (!isShort) return check();
      isShort = false;
      throw new CapsuleError('GPU_MEMORY', { found: 'for the test' });
    });
    const problems: string[] = [];
    const fail = at(0, 0, () => (isShort = true));
    const { maps } = await run({ given: { epochs: 2 } }, (event) => {
      fail(event);
      if (event.kind === 'problem') problems.push(event.problem.found ?? '');
    });
    spy.mockRestore();
    expect(problems).toEqual(['batches of 4 in parts of 2']);
    const asked = await run({ given: { epochs: 2 }, memory: { microBatchSize: 2 } });
    expect(await weights(maps)).toEqual(await weights(asked.maps));
    expect(await readText(asked.maps, 'environment.txt')).toContain('# batches of 4 in parts of 2');
  });

  test('again and again is given up', async () => {
    const lose = (event: JobEvent) => {
      if (event.kind === 'batch') currentDevice().destroy();
    };
    await expect(run({ given: { epochs: 2 } }, lose)).rejects.toMatchObject({ code: 'GPU_LOST' });
    await device.reopen();
  });
});

test('checkpointing gives the same bits', async () => {
  const model = async (options: Options) => {
    const { maps } = await run(options);
    return (await needFile(maps, 'split-0/best-loss/model.pth.tar')).bytes();
  };
  expect(await model({ memory: { checkpointed: true } })).toEqual(await model({}));
});

describe('modes', () => {
  test.each<[ModeOptions, number, number[]]>([
    [{ mode: 'patch', patchSize: 17, strideSize: 19 }, 2, [1, 17, 17, 17]],
    [{ mode: 'slice', direction: 2, channels: 'rgb', discarded: [6, 8] }, 3, [3, 36, 18]],
    [
      {
        ...{ mode: 'roi', regions: ['low'], uncropped: false },
        ...{ customTemplate: 'MNI152NLin2009cSym', customMaskPattern: 'res-4x4x4' },
      },
      1,
      [1, 36, 18, 6],
    ],
  ])('trains on %j', async (mode, parts, inputSize) => {
    const { opened } = await run({ mode });
    const { extra } = opened.parameters;
    expect(extra.input_size).toEqual(inputSize);
    expect(extra.num_networks).toBe(parts);
    const [split] = opened.wholeSplits();
    const ofParts = await split?.predictions('loss', 'validation', mode.mode);
    expect(ofParts).toHaveLength(4 * parts);
    if (parts === 1) return;
    const voted = (await split?.predictions('loss', 'validation', 'image')) ?? [];
    expect(voted).toHaveLength(4);
    const [first] = voted;
    expect((first?.probabilities[0] ?? NaN) + (first?.probabilities[1] ?? NaN)).toBeCloseTo(1, 5);
  });
});

test('trains each fold on its own tables, with the classes of the first', async () => {
  const tables = new MemoryTree('tables', {
    'folds/split-0/train.tsv': tinyTable(people.slice(0, 8)),
    'folds/split-0/validation_baseline.tsv': tinyTable(people.slice(8)),
    'folds/split-1/train.tsv': tinyTable(people.slice(4)),
    'folds/split-1/validation_baseline.tsv': tinyTable(people.slice(0, 4)),
  });
  const { opened, outcome } = await run({
    ...{ tables, tablesFolder: 'folds', given: { n_splits: 2 } },
  });
  expect(opened.wholeSplits().map(({ name }) => name)).toEqual(['split-0', 'split-1']);
  expect([...outcome.bestEpochs.keys()]).toEqual([0, 1]);
  const second = opened.splits[1];
  const rows = (await opened.group('validation', second)).rows;
  expect(rows.map(({ participant }) => participant)).toEqual(
    people.slice(0, 4).map(({ participant }) => participant),
  );
  expect(await opened.trainValidation()).toHaveLength(12);
});

test('defines the groups of every fold, also of those that are not trained', async () => {
  const folds = ['split-0', 'split-1'].flatMap((name) => [
    [`folds/${name}/train.tsv`, tinyTable(people.slice(0, 8))],
    [`folds/${name}/validation_baseline.tsv`, tinyTable(people.slice(8))],
  ]);
  const tables = new MemoryTree('tables', Object.fromEntries(folds) as Record<string, string>);
  const given = { n_splits: 2, split: [1] };
  const { maps, opened } = await run({ tables, tablesFolder: 'folds', given });
  expect(opened.wholeSplits().map(({ name }) => name)).toEqual(['split-1']);
  for (const group of ['train', 'validation']) {
    for (const name of ['split-0', 'split-1']) {
      expect(await maps.file(`groups/${group}/${name}/data.tsv`), `${group} ${name}`).toBeDefined();
    }
  }
});

test('trains on volumes with holes when intensities are left as they are', async () => {
  const holed = await tinyCaps(people);
  const [first] = people;
  const folder = `subjects/${first?.participant}/ses-M000/custom`;
  const path = `${folder}/${first?.participant}_ses-M000_space-MNI152NLin2009cSym_${TINY_SUFFIX}`;
  const data = new Float32Array(36 * 18 * 17).fill(1);
  data[7] = NaN;
  const affine = [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1];
  await holed.write(path, niftiBytes({ data, shape: [36, 18, 17], affine }));
  const { opened } = await run({ caps: holed, given: { normalize: false } });
  expect(opened.wholeSplits()).toHaveLength(1);
});

test('writes a row at the end of each epoch, and stops early when validation does not improve', async () => {
  const given = { epochs: 30, patience: 2, tolerance: 0.9, selection_metrics: ['loss', 'BA'] };
  const { opened } = await run({ given });
  const [split] = opened.wholeSplits();
  const rows = (await split?.trainingLog())?.rows ?? [];
  // With a tolerance of 90 % nothing counts as better than the first epoch.
  expect(rows.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  expect(rows.map(({ iteration }) => iteration)).toEqual([1, 1, 1]);
});

test('starts from the weights of another MAPS, whose participants count as seen', async () => {
  const first = await run();
  const others = people.slice(0, 8);
  const tables = new MemoryTree('tables', {
    'split/train.tsv': tinyTable(others.slice(0, 6)),
    'split/validation_baseline.tsv': tinyTable(others.slice(6)),
  });
  const given = { transfer_path: 'maps', epochs: 1, learning_rate: 0, weight_decay: 0 };
  const { opened } = await run({ tables, given, transfer: first.maps });
  const weights = async (maps: typeof opened) =>
    (await maps.wholeSplits()[0]?.checkpoint('loss'))?.model.get('fc.6.weight')?.toFloat32();
  expect(await weights(opened)).toEqual(await weights(first.opened));
  expect(await opened.trainValidation()).toHaveLength(12);
});

/** A training, and the optimizer at the end of each of its epochs. */
async function runWatched(given: PartialConfig) {
  const seen: OptimizerCheckpoint[] = [];
  const maps = new MemoryTree('maps');
  const path = 'split-0/tmp/optimizer.pth.tar';
  const write = maps.write.bind(maps);
  maps.write = async (to, content) => {
    await write(to, content);
    if (to !== path) return;
    const file = await maps.file(path);
    if (file !== undefined) seen.push(readOptimizerCheckpoint(await file.bytes()));
  };
  return { seen, ...(await run({ maps, given })) };
}

test('trains in half precision, and keeps the scale of the loss with the optimizer', async () => {
  const { seen, opened } = await runWatched({ amp: true, epochs: 2 });
  expect(opened.parameters.config.amp).toBe(true);
  expect(seen.map(({ scaler }) => scaler?.get('_growth_tracker'))).toEqual([2, 4]);
});

test('trains with another optimizer, keeps what it keeps, and says which', async () => {
  const { seen, opened } = await runWatched({ optimizer: 'Adagrad' });
  expect(opened.parameters.config.optimizer).toBe('Adagrad');
  const first = (seen[0]?.optimizer.get('state') as PyDict).get(0) as PyDict;
  expect([...first.keys()]).toEqual(['step', 'sum']);
});

test.each([false, true])(
  'profiles the batches after the first four, changing no weight; amp: %s',
  async (amp) => {
    const plain = await run({ given: { epochs: 4, amp } });
    const messages: string[] = [];
    const { maps, opened } = await run({ given: { epochs: 4, amp, profiler: true } }, (event) => {
      if (event.kind === 'log') messages.push(event.message);
    });
    if (!device.report.timestamps) {
      expect(messages).toContain('This device has no timestamp queries: nothing is profiled.');
      return;
    }
    expect(messages).toContain(
      'GPU time by kernel over 4 batches is in profiler/split-0_trace.json.',
    );
    const trace = await maps.file('profiler/split-0_trace.json');
    expect(await new Response(await trace?.stream()).text()).toContain('convolution');
    const table = await maps.file('profiler/split-0_kernels.tsv');
    expect(await new Response(await table?.stream()).text()).toMatch(/^kernel\tcount\tmilli/);
    const weights = async (of: typeof opened) =>
      (await of.wholeSplits()[0]?.checkpoint('loss'))?.model.get('fc.6.weight')?.toFloat32();
    expect(await weights(opened)).toEqual(await weights(plain.opened));
    await run({ given: { epochs: 2, amp, profiler: true } }, (event) => {
      if (event.kind === 'log') messages.push(event.message);
    });
    expect(messages.at(-1)).toContain('more than 4 batches');
  },
);

test('gives the same bits for the same seed', async () => {
  const weights = async () => {
    const { opened } = await run({ given: { seed: 5, epochs: 2, dropout: 0.2 } });
    const checkpoint = await opened.wholeSplits()[0]?.checkpoint('loss');
    return [...(checkpoint?.model.values() ?? [])].map((tensor) => tensor.toFloat32());
  };
  expect(await weights()).toEqual(await weights());
});

describe('refuses before anything is written', () => {
  const shared = new MemoryTree('tables', {
    'split/train.tsv': tinyTable(people.slice(0, 8)),
    'split/validation_baseline.tsv': tinyTable(people.slice(7)),
  });
  const oneClass = new MemoryTree('tables', {
    'split/train.tsv': tinyTable(people.filter(({ diagnosis }) => diagnosis === 'AD').slice(0, 4)),
    'split/validation_baseline.tsv': tinyTable(people.slice(10)),
  });
  const missing = new MemoryTree('tables', {
    'split/train.tsv': tinyTable([
      ...people.slice(0, 8),
      { participant: 'sub-X', diagnosis: 'AD' },
    ]),
    'split/validation_baseline.tsv': tinyTable(people.slice(8)),
  });
  test.each<[string, Options, string]>([
    ['a participant in both sets', { tables: shared }, 'LEAKAGE_PARTICIPANTS'],
    ['a single class', { tables: oneClass }, 'LABEL_ONE_CLASS'],
    ['a session without a volume', { tables: missing }, 'CAPS_NO_VOLUME'],
    ['no tables', { tables: new MemoryTree('tables') }, 'SPLIT_MISSING'],
    ['another column', { given: { label: 'handedness' } }, 'TSV_COLUMN'],
    ['a metric of another task', { given: { selection_metrics: ['MAE'] } }, 'SELECTION_METRIC'],
    ['an unknown network', { given: { architecture: 'Conv6' } }, 'NETWORK_UNKNOWN'],
    ['what is not there yet', { given: { track_exp: 'wandb' } }, 'CONFIG_NOT_YET'],
  ])('%s', async (_, options, code) => {
    const maps = new MemoryTree('maps');
    await expect(run({ ...options, maps })).rejects.toMatchObject({ code });
    const written: string[] = [];
    for await (const path of maps.paths()) written.push(path);
    expect(written).toEqual([]);
  });

  test('goes on without a session that has no volume when told to, and says which', async () => {
    const problems: string[] = [];
    const { outcome } = await run({ tables: missing, unreadable: 'leave-out' }, (event) => {
      if (event.kind === 'problem') problems.push(`${event.problem.participant}`);
    });
    expect(problems).toEqual(['sub-X']);
    expect(outcome.leftOut.map(({ code }) => code)).toEqual(['CAPS_NO_VOLUME']);
  });
});
