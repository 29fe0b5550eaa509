/** Ways out of the reference's own MAPS, read back by programs that are not ours. */
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { follow } from '../../../tests/support/follow.ts';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, needFile, readJson, readText } from '../../core/files/read.ts';
import { openZip } from '../../core/files/zip-tree.ts';
import { openMaps } from '../../core/maps/reader.ts';
import { referenceFolder, treeOf } from '../../core/maps/testing/reference.ts';
import { readWeights } from '../../core/torch/weights-file.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import { exportModelCard } from './card.ts';
import { exportMaps } from './maps.ts';
import { exportOnnx, exportSafetensors } from './weights.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

const maps = treeOf(referenceFolder);
const clock = { now: () => Date.UTC(2026, 10, 23, 12), elapsed: () => 0 };
const context = () => ({ device, clock, signal: new AbortController().signal });
const bytesOf = async (tree: MemoryTree, path: string) => (await needFile(tree, path)).bytes();

/** A `.npy` of float32 by the words of its format. */
async function npy(
  tree: MemoryTree,
  path: string,
): Promise<{ shape: number[]; data: Float32Array }> {
  const file = (await bytesOf(tree, path)).slice();
  const length = new DataView(file.buffer).getUint16(8, true);
  const header = new TextDecoder().decode(file.subarray(10, 10 + length));
  const [, shape = ''] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  return {
    shape: shape.split(',').filter(Boolean).map(Number),
    data: new Float32Array(file.buffer, 10 + length),
  };
}

test('onnxruntime makes of the test vector what Capsule makes of it', async () => {
  const output = new MemoryTree('out');
  const paths = await follow(exportOnnx({ maps, metric: 'BA' }, output, context()));
  expect(paths).toEqual(['model.onnx', 'test-input.npy', 'test-output.npy', 'preprocessing.json']);
  const [input, expected] = [
    await npy(output, 'test-input.npy'),
    await npy(output, 'test-output.npy'),
  ];
  expect(input.shape).toEqual([1, 1, 44, 40, 36]);
  expect(expected.shape).toEqual([1, 2]);
  const session = await InferenceSession.create(await bytesOf(output, 'model.onnx'));
  const results = await session.run({ input: new Tensor('float32', input.data, input.shape) });
  const scores = results['scores']?.data as Float32Array;
  for (const [at, value] of expected.data.entries()) expect(scores[at]).toBeCloseTo(value, 5);
  // And of a batch of two, one of them turned round.
  const twice = Float32Array.from([...input.data, ...input.data.toReversed()]);
  const both = await session.run({ input: new Tensor('float32', twice, [2, 1, 44, 40, 36]) });
  expect(both['scores']?.dims).toEqual([2, 2]);
  expect((both['scores']?.data as Float32Array)[0]).toBeCloseTo(expected.data[0] ?? NaN, 5);
  await session.release();
});

test('preprocessing.json says what the network was fed with, and what its scores mean', async () => {
  const output = new MemoryTree('out');
  await follow(exportOnnx({ maps }, output, context()));
  expect(await readJson(output, 'preprocessing.json')).toMatchObject({
    model: { architecture: 'Conv4_FC3', task: 'classification', label: 'diagnosis', split: 0 },
    input: { shape: ['batch', 1, 44, 40, 36], axes: ['batch', 'channel', 'X', 'Y', 'Z'] },
    outputs: [{ name: 'scores', shape: ['batch', 2] }],
    ...{ label_code: { AD: 0, CN: 1 }, classes_by_code: ['AD', 'CN'] },
    volumes: { preprocessing: 't1-linear' },
    steps: ['read', 'extract', 'replace', 'normalise', 'shape'].map((step) => ({ step })),
    voxel_grid: { shape: [44, 40, 36], affine: null },
  });
});

test('safetensors hold the checkpoint, key by key and bit by bit', async () => {
  const output = new MemoryTree('out');
  await follow(exportSafetensors({ maps }, output, context()));
  const [split] = (await openMaps(maps)).wholeSplits();
  const checkpoint = await split?.checkpoint('loss');
  const read = readWeights(await bytesOf(output, 'model.safetensors'));
  expect([...read.keys()]).toEqual([...(checkpoint?.model.keys() ?? [])]);
  for (const [name, tensor] of checkpoint?.model ?? []) {
    expect(read.get(name)?.shape, name).toEqual(tensor.shape);
    expect(Buffer.compare(read.get(name)?.bytes ?? Buffer.of(), tensor.bytes), name).toBe(0);
  }
});

test('the model card has the hash of the weights', async () => {
  const output = new MemoryTree('out');
  await exportModelCard({ maps }, output, { clock });
  const card = await readText(output, 'model-card.md');
  expect(card).toContain('Written on 2026-11-23 by Capsule');
  const weights = readFileSync(`${referenceFolder}/split-0/best-loss/model.pth.tar`);
  expect(card).toContain(createHash('sha256').update(weights).digest('hex'));
  // Five convolutions with their normalisations, and the head on 128 x 2 x 2 x 2 features.
  const convolutions = [1, 8, 16, 32, 64].reduce((sum, from, at) => {
    const to = 8 * 2 ** at;
    return sum + 27 * from * to + to + 2 * to;
  }, 0);
  const head = 1024 * 50 + 50 + 50 * 40 + 40 + 40 * 2 + 2;
  const count = (convolutions + head).toLocaleString('en');
  expect(card).toContain(`| trained parameters | ${count} |`);
  expect(card).toContain('matrix size 169×208×179');
});

test('a MAPS leaves without its participants, or with them when asked', async () => {
  const output = new MemoryTree('out');
  const without = await exportMaps({ maps, file: 'a.zip', withParticipants: false }, output);
  const all = await exportMaps({ maps, file: 'b.zip', withParticipants: true }, output);
  expect(all.leftOut).toBe(0);
  expect(without.written + without.leftOut).toBe(all.written);
  const open = async (path: string) => openMaps(await openZip(path, await needFile(output, path)));
  expect((await open('a.zip')).groups).toEqual([]);
  expect((await open('b.zip')).groups).toEqual(['train', 'validation', 'test']);
  expect((await (await open('b.zip')).trainValidation()).length).toBe(16);
});

test('what is not there is refused by name', async () => {
  const output = new MemoryTree('out');
  await expect(follow(exportOnnx({ maps, metric: 'MCC' }, output, context()))).rejects.toThrow(
    /SELECTION_METRIC.*MCC/,
  );
  await expect(follow(exportOnnx({ maps, split: 3 }, output, context()))).rejects.toThrow(
    /MAPS_SPLIT.*split-3/,
  );
  const stopped = { ...context(), signal: AbortSignal.abort() };
  await expect(follow(exportOnnx({ maps }, output, stopped))).rejects.toThrow(/CANCELLED/);
  expect(await listPaths(output)).toEqual([]);
});
