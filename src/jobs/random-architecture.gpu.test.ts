/** A MAPS as ClinicaDL's random search leaves it: everything that opens a MAPS opens it. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import {
  TINY_SHAPE,
  TINY_SUFFIX,
  tinyCaps,
  tinyParticipants,
} from '../../tests/support/tiny-caps.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readJson } from '../core/files/read.ts';
import { parseMapsJson } from '../core/maps/maps-json.ts';
import { openMaps } from '../core/maps/reader.ts';
import { readVolume } from '../core/nifti/read.ts';
import { stream } from '../core/random/philox.ts';
import { checkpointBytes } from '../core/torch/checkpoint.ts';
import { readTorch } from '../core/torch/read.ts';
import { TorchTensor } from '../core/torch/tensor.ts';
import { readWeights } from '../core/torch/weights-file.ts';
import { archiveStream } from '../core/torch/write.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import { exportOnnx, exportSafetensors } from './export/weights.ts';
import { interpret } from './interpret.ts';
import { predict } from './predict.ts';
import { TinyTrainings } from './training/testing/tiny-training.ts';

const PEOPLE = tinyParticipants(12);
const BLOCKS = {
  conv0: { in_channels: null, out_channels: 4, n_conv: 2, d_reduction: 'MaxPooling' },
  conv1: { in_channels: 4, out_channels: 6, n_conv: 1, d_reduction: 'stride' },
};
/** Keys of the search stand beside those of the training. */
const PARAMETERS = {
  ...{ network_task: 'classification', architecture: 'RandomArchitecture', dropout: 0.2 },
  ...{ multi_network: false, epochs: 1, batch_size: 4, learning_rate: 1e-3, weight_decay: 0 },
  ...{ label: 'diagnosis', label_code: { AD: 0, CN: 1 }, diagnoses: ['AD', 'CN'], seed: 3 },
  ...{ selection_metrics: ['loss'], n_splits: 0, split: [], normalize: true, sampler: 'random' },
  ...{ n_convblocks: 2, n_conv: [1, 2], first_conv_width: [4], channels_limit: 512 },
  ...{ d_reduction: ['MaxPooling', 'stride'], wd_bool: true },
  ...{ caps_directory: 'caps', tsv_path: 'split', mode: 'image', num_networks: 1 },
  preprocessing_dict: {
    ...{ preprocessing: 'custom', mode: 'image', use_uncropped_image: null, prepare_dl: false },
    ...{ custom_suffix: TINY_SUFFIX, extract_json: 'x.json' },
    file_type: { pattern: `*${TINY_SUFFIX}`, description: 'Custom suffix' },
  },
  ...{ output_size: 2, input_size: [1, ...TINY_SHAPE] },
  ...{ convolutions_dict: BLOCKS, n_fcblocks: 2, network_normalization: 'InstanceNorm' },
};
const TEXT = JSON.stringify(PARAMETERS, null, 4);

// 36 x 18 x 17 is halved twice, rounded up: 9 x 5 x 5. Widths fall by the same ratio each.
const FEATURES = 6 * 9 * 5 * 5;
const HIDDEN = Math.round(FEATURES / Math.sqrt(FEATURES / 2));
const SHAPES: readonly (readonly [string, readonly number[]])[] = [
  ['convolutions.conv0.0.weight', [1, 1, 3, 3, 3]],
  ['convolutions.conv0.0.bias', [1]],
  ['convolutions.conv0.3.weight', [4, 1, 3, 3, 3]],
  ['convolutions.conv0.3.bias', [4]],
  ['convolutions.conv1.0.weight', [6, 4, 3, 3, 3]],
  ['convolutions.conv1.0.bias', [6]],
  ['fc.2.weight', [HIDDEN, FEATURES]],
  ['fc.2.bias', [HIDDEN]],
  ['fc.4.weight', [2, HIDDEN]],
  ['fc.4.bias', [2]],
];

let device: EngineDevice;
let caps: MemoryTree;
let weights: Map<string, TorchTensor>;
const maps = new MemoryTree('searched');
beforeAll(async () => {
  device = await openTestDevice();
  caps = await tinyCaps(PEOPLE);
  weights = new Map(
    SHAPES.map(([name, shape], index) => {
      const random = stream(5, 'weights', index);
      const fan = shape.slice(1).reduce((product, size) => product * size, 1);
      const count = shape.reduce((product, size) => product * size, 1);
      const values = Float32Array.from(
        { length: count },
        () => (2 * random.uniform() - 1) / Math.sqrt(fan),
      );
      return [name, TorchTensor.float32(shape, values)];
    }),
  );
  await maps.write('maps.json', TEXT);
  const checkpoint = { model: weights, epoch: 0, name: 'RandomArchitecture' };
  await maps.write('split-0/best-loss/model.pth.tar', archiveStream(checkpointBytes(checkpoint)));
  const rows = PEOPLE.slice(0, 3).map((one) => `${one.participant}\tses-M000\t${one.diagnosis}`);
  const header = 'participant_id\tsession_id\tdiagnosis\tcohort';
  const table = [header, ...rows.map((row) => `${row}\tsingle`), ''].join('\n');
  await maps.write('groups/test/data.tsv', table);
  await maps.write('groups/test/maps.json', JSON.stringify({ caps_directory: 'caps' }));
});
afterEach(() => device.check());
afterAll(() => device.close());

const clock = { now: () => 0, elapsed: () => 0 };
const context = () => ({ device, clock, signal: new AbortController().signal });

async function scaled(participant: string): Promise<Float32Array> {
  const path = (await listPaths(caps)).find((one) => one.includes(`${participant}/`)) ?? '';
  const {
    volume: { data },
  } = await readVolume(await needFile(caps, path));
  const [least, most] = [
    data.reduce((a, b) => Math.min(a, b)),
    data.reduce((a, b) => Math.max(a, b)),
  ];
  return Float32Array.from(data, (value) => (value - least) / (most - least));
}

test('predicts what onnxruntime makes of its export', async () => {
  const output = new MemoryTree('out');
  await follow(exportOnnx({ maps }, output, context()));
  const bytes = await (await needFile(output, 'model.onnx')).bytes();
  const session = await InferenceSession.create(bytes);
  await follow(
    predict(
      {
        ...{ maps, caps, capsDirectory: 'caps', group: 'test', unreadable: 'stop' },
        ...{ selectionMetrics: [], splits: [], batchSize: 2 },
      },
      context(),
    ),
  );
  const [split] = (await openMaps(maps)).wholeSplits();
  const predictions = (await split?.predictions('loss', 'test', 'image')) ?? [];
  expect(predictions).toHaveLength(3);
  for (const { participant, probabilities } of predictions) {
    const input = new Tensor('float32', await scaled(participant), [1, 1, ...TINY_SHAPE]);
    const { scores } = await session.run({ input });
    const [first = NaN, second = NaN] = scores?.data as Float32Array;
    expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(second - first)), 5);
  }
  await session.release();
});

test('exports the weights key by key', async () => {
  const output = new MemoryTree('out');
  await follow(exportSafetensors({ maps }, output, context()));
  const bytes = await (await needFile(output, 'model.safetensors')).bytes();
  const read = readWeights(bytes);
  expect([...read.keys()]).toEqual(SHAPES.map(([name]) => name));
  for (const [name, tensor] of weights) {
    expect(read.get(name)?.toFloat32(), name).toEqual(tensor.toFloat32());
  }
});

test('is interpreted', async () => {
  await follow(
    interpret(
      {
        ...{ maps, caps, capsDirectory: 'caps', group: 'test', name: 'gradients' },
        ...{ selectionMetrics: [], targetNode: 1, overwriteName: false, unreadable: 'stop' },
        ...{ saveIndividual: false, saveNifti: false },
      },
      context(),
    ),
  );
  const path = 'split-0/best-loss/test/interpret-gradients/mean_image-0_map.pt';
  const map = readTorch(await (await needFile(maps, path)).bytes()) as TorchTensor;
  expect(map.shape).toEqual([1, ...TINY_SHAPE]);
  expect(map.toFloat32().some((value) => value > 0)).toBe(true);
});

test('is trained once more from its maps.json, from its own weights too', async () => {
  const { config } = parseMapsJson(TEXT);
  const trainings = new TinyTrainings(device, caps, PEOPLE);
  const bytes = await (await needFile(maps, 'split-0/best-loss/model.pth.tar')).bytes();
  const files = new MemoryTree('files');
  await files.write('w.pth.tar', bytes);
  const { maps: again, opened } = await trainings.run('classification', {
    request: {
      config: { ...config, transfer_path: 'w.pth.tar', learning_rate: 0 },
      transfer: await needFile(files, 'w.pth.tar'),
    },
  });
  expect(await readJson(again, 'maps.json')).toMatchObject({
    ...{ architecture: 'RandomArchitecture', convolutions_dict: BLOCKS, n_fcblocks: 2 },
    network_normalization: 'InstanceNorm',
  });
  const trained = (await opened.wholeSplits()[0]?.checkpoint('loss'))?.model;
  expect([...(trained?.keys() ?? [])]).toEqual(SHAPES.map(([name]) => name));
  for (const [name, tensor] of weights) {
    expect(trained?.get(name)?.toFloat32(), name).toEqual(tensor.toFloat32());
  }
}, 60_000);
