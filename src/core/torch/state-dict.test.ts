import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import digests from '../../../tests/fixtures/torch/reference-digests.json';
import { readCheckpoint } from './checkpoint.ts';
import { OrderedDict, PyFloat, type PyValue } from './python-values.ts';
import { readStateDict } from './state-dict.ts';
import { TorchTensor } from './tensor.ts';
import { archiveBytes, writeTorch } from './write.ts';

const vector = (...values: number[]) =>
  TorchTensor.float32([values.length], Float32Array.from(values));
const saved = (value: PyValue) => archiveBytes(writeTorch(value));
const values = (tensors: Map<string, TorchTensor>) =>
  [...tensors].map(([key, tensor]) => [key, ...tensor.toFloat32()]);

const NAMES = ['conv1.weight', 'bn1.num_batches_tracked', 'fc.bias'];
const dict = (prefix = '') =>
  new OrderedDict([
    [`${prefix}conv1.weight`, vector(1, 2)],
    [`${prefix}bn1.num_batches_tracked`, TorchTensor.int64([], [7])],
    [`${prefix}fc.bias`, vector(3)],
  ]);
const PLAIN = [
  ['conv1.weight', 1, 2],
  ['bn1.num_batches_tracked', 7],
  ['fc.bias', 3],
];
const of = (entries: Record<string, PyValue>) => new Map(Object.entries(entries));

describe('readStateDict', () => {
  it.each<[string, PyValue]>([
    ['by itself', dict()],
    ['under state_dict', of({ epoch: 3, state_dict: dict(), best: new PyFloat(0.5) })],
    ['under model, as ClinicaDL saves it', of({ model: dict(), epoch: 0, name: 'Conv5_FC3' })],
    ['under net, beside an optimizer', of({ net: dict(), optimizer: of({ state: new Map() }) })],
    ['under a name of the user', of({ resnet: dict(), epoch: 1 })],
    ['under two names', of({ model: of({ state_dict: dict(), step: 2 }) })],
    ['of DataParallel', dict('module.')],
    ['of DataParallel, under state_dict', of({ state_dict: dict('module.') })],
    ['of a compiled network', dict('_orig_mod.')],
    ['of both', dict('module._orig_mod.')],
  ])('reads one %s, in its order', (_name, value) => {
    expect(values(readStateDict(saved(value)))).toEqual(PLAIN);
  });

  it('keeps a prefix that is part of the names', () => {
    expect([...readStateDict(saved(dict('model.'))).keys()]).toEqual(
      NAMES.map((name) => `model.${name}`),
    );
    const mixed = new Map([
      ['module.a', vector(1)],
      ['b', vector(2)],
    ]);
    expect([...readStateDict(saved(mixed)).keys()]).toEqual(['module.a', 'b']);
  });

  it('reads what a checkpoint of ClinicaDL holds', () => {
    const folder = resolve(import.meta.dirname, '../../../tests/fixtures/torch');
    const [bytes, name] = [checkpointIn(folder), 'model.pth.tar'];
    const { model } = readCheckpoint(bytes, name);
    const read = readStateDict(bytes, name);
    expect([...read.keys()]).toEqual([...model.keys()]);
    for (const [key, { shape, bytes: theirs }] of model) {
      expect(read.get(key)?.shape, key).toEqual(shape);
      expect(Buffer.compare(read.get(key)?.bytes ?? new Uint8Array(), theirs), key).toBe(0);
    }
  });

  it.each<[string, PyValue, RegExp]>([
    ['a list', [vector(1)], /holds no dict/],
    ['an empty dict', new Map(), /a dict with nothing/],
    ['a dict of numbers', of({ epoch: 1, loss: new PyFloat(1) }), /a dict with epoch, loss/],
    ['two networks', of({ generator: dict(), critic: dict() }), /generator, critic/],
    ['an empty state dict', of({ state_dict: new Map(), epoch: 2 }), /a dict with nothing/],
  ])('refuses %s', (_name, value, found) => {
    expect(() => readStateDict(saved(value), 'weights.pt')).toThrow(found);
    expect(() => readStateDict(saved(value), 'weights.pt')).toThrow(/TORCH_FORMAT.*weights\.pt/s);
  });

  it('refuses a whole pickled module, which is code', () => {
    const path = resolve(import.meta.dirname, '../../../tests/fixtures/torch/whole-module.pt');
    const bytes = new Uint8Array(readFileSync(path));
    expect(() => readStateDict(bytes)).toThrow(/TORCH_FORBIDDEN/);
  });
});

/** A model saved by ClinicaDL, among the reference MAPS. */
function checkpointIn(folder: string): Uint8Array<ArrayBuffer> {
  const maps = resolve(folder, '../reference/synthetic');
  const path = Object.keys(digests.files).find((name) => name.endsWith('model.pth.tar')) ?? '';
  return new Uint8Array(readFileSync(resolve(maps, path)));
}
