import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import { tinyCaps, tinyParticipants } from '../../../tests/support/tiny-caps.ts';
import type { PartialConfig } from '../../core/config/schema.ts';
import type { Content } from '../../core/files/file-tree.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../../core/files/read.ts';
import { readCheckpoint, type StateDict } from '../../core/torch/checkpoint.ts';
import { OrderedDict } from '../../core/torch/python-values.ts';
import { safetensorsBytes } from '../../core/torch/safetensors.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import { archiveStream, writeTorch } from '../../core/torch/write.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import { parseRecord } from '../audit/leakage-record.ts';
import { TinyTrainings, type TinyResult } from './testing/tiny-training.ts';

/** Nothing moves but running statistics. */
const STILL: PartialConfig = { learning_rate: 0, weight_decay: 0 };

let device: EngineDevice;
let trainings: TinyTrainings;
let cnn: TinyResult;
let model: StateDict;
beforeAll(async () => {
  device = await openTestDevice();
  const people = tinyParticipants(12);
  trainings = new TinyTrainings(device, await tinyCaps(people), people);
  cnn = await trainings.run('classification', {});
  model = await modelOf(cnn);
}, 60_000);
afterAll(() => device.close());

async function modelOf({ maps }: TinyResult, path = 'split-0/best-loss/model.pth.tar') {
  return readCheckpoint(await (await needFile(maps, path)).bytes(), path).model;
}

const valuesOf = (weights: StateDict, name: string) => [...(weights.get(name)?.toFloat32() ?? [])];
const trainedIn = (weights: StateDict) =>
  [...weights.keys()].filter((name) => /weight$|bias$/.test(name));

/** Of the twelve, four validate in each. */
function twoSplits(): MemoryTree {
  const people = tinyParticipants(12);
  const table = (wanted: (index: number) => boolean) => {
    const rows = people
      .filter((_, index) => wanted(index))
      .map(({ participant, diagnosis }) => `${participant}\tses-M000\t${diagnosis}`);
    return ['participant_id\tsession_id\tdiagnosis', ...rows, ''].join('\n');
  };
  const files = [0, 1].flatMap((split) => {
    const isValidating = (index: number) => Math.floor(index / 4) === split;
    return [
      [`split/split-${split}/train.tsv`, table((index) => !isValidating(index))],
      [`split/split-${split}/validation_baseline.tsv`, table(isValidating)],
    ];
  });
  return new MemoryTree('tables', Object.fromEntries(files) as Record<string, string>);
}

describe('weights in a file', () => {
  const transfer = async (name: string, content: Content) => {
    const tree = new MemoryTree('files');
    await tree.write(name, content);
    return needFile(tree, name);
  };
  const prefixed = () =>
    new OrderedDict([...model].map(([key, tensor]) => [`module.${key}`, tensor] as const));
  test.each<[string, () => Content | Promise<Content>]>([
    ['w.safetensors', () => archiveStream(safetensorsBytes(model))],
    ['w.pth', () => archiveStream(writeTorch(prefixed(), 'w'))],
    [
      'w.pth.tar',
      async () => (await needFile(cnn.maps, 'split-0/best-loss/model.pth.tar')).bytes(),
    ],
  ])(
    '%s start every split, and nobody can say whom they have seen',
    async (name, content) => {
      const problems: string[] = [];
      const given = { ...STILL, transfer_path: name, n_splits: 2, seed: 7 };
      const file = await transfer(name, await content());
      const done = await trainings.run('classification', {
        ...{ given, request: { transfer: file, tables: twoSplits() } },
        onEvent: (event) => void (event.kind === 'problem' && problems.push(event.problem.code)),
      });
      for (const split of [0, 1]) {
        const started = await modelOf(done, `split-${split}/best-loss/model.pth.tar`);
        for (const key of trainedIn(model)) {
          expect(valuesOf(started, key), key).toEqual(valuesOf(model, key));
        }
      }
      // The first since weights shall not move here.
      expect(problems).toEqual(['CONFIG_LEARNING_RATE', 'LEAKAGE_UNKNOWN']);
      const { sources } = parseRecord(await readText(done.maps, 'leakage.json'));
      expect(sources).toEqual([{ name: `the weights of "${name}"`, participants: 'not known' }]);
    },
    60_000,
  );

  test('of a CNN start the encoder of an autoencoder', async () => {
    const coder = await trainings.run('reconstruction', {
      given: { ...STILL, transfer_path: 'w', architecture: 'AE_Conv4_FC3' },
      request: { transfer: await transfer('w', archiveStream(safetensorsBytes(model))) },
    });
    const encoder = await modelOf(coder);
    const shared = trainedIn(model).filter((name) => name.startsWith('convolutions.'));
    expect(shared).toHaveLength(20);
    for (const name of shared) {
      const other = name.replace('convolutions.', 'encoder.');
      expect(valuesOf(encoder, other), name).toEqual(valuesOf(model, name));
    }
  }, 60_000);

  test.each<[string, (weights: StateDict) => StateDict, RegExp]>([
    [
      'with a key more',
      (weights) =>
        new Map([...weights, ['head.bias', TorchTensor.float32([1], new Float32Array(1))]]),
      /WEIGHTS_MISMATCH.*w\.pt.*head\.bias/,
    ],
    [
      'of another shape',
      (weights) =>
        new Map([...weights, ['fc.6.bias', TorchTensor.float32([3], new Float32Array(3))]]),
      /WEIGHTS_MISMATCH.*fc\.6\.bias of shape \[2\].*shape \[3\]/,
    ],
  ])('%s are refused before anything is written', async (_name, change, message) => {
    const maps = new MemoryTree('maps');
    const bytes = writeTorch(new OrderedDict(change(model)), 'w');
    const file = await transfer('w.pt', archiveStream(bytes));
    const given = { transfer_path: 'w.pt' };
    await expect(
      trainings.run('classification', { given, request: { maps, transfer: file } }),
    ).rejects.toThrow(message);
    expect(await listPaths(maps)).toEqual([]);
  });
});

test.each<[string, PartialConfig, boolean, string]>([
  ['the split', { n_splits: 2 }, true, 'MAPS_UNFINISHED'],
  ['the metric', { transfer_selection_metric: 'BA' }, false, 'SELECTION_METRIC'],
])('a MAPS without %s is refused before anything is written', async (_name, more, isTwo, code) => {
  const maps = new MemoryTree('maps');
  const tables = isTwo ? { tables: twoSplits() } : {};
  await expect(
    trainings.run('classification', {
      given: { ...more, transfer_path: 'maps' },
      request: { maps, transfer: cnn.maps, ...tables },
    }),
  ).rejects.toMatchObject({ code });
  expect(await listPaths(maps)).toEqual([]);
});
