/** The files and digests were made by a real PyTorch (tests/fixtures/torch/make.py). */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import golden from '../../../tests/fixtures/torch/gold-digests.json';
import committed from '../../../tests/fixtures/torch/reference-digests.json';
import { CapsuleError } from '../errors.ts';
import { optimizerCheckpointBytes, readCheckpoint, readOptimizerCheckpoint } from './checkpoint.ts';
import { OrderedDict, PyFloat, PyTuple, type PyDict, type PyValue } from './python-values.ts';
import { readTorch } from './read.ts';
import type { TorchTensor } from './tensor.ts';
import { archiveBytes } from './write.ts';

const root = resolve(import.meta.dirname, '../../..');
const gold = resolve(root, '../shared/gold');
const load = (...path: string[]) => new Uint8Array(readFileSync(resolve(root, ...path)));
const fixture = (name: string) => load('tests/fixtures/torch', name);

type Digest = readonly [string, readonly number[], string];

interface FileDigests {
  readonly tensor?: unknown;
  readonly epoch?: number;
  readonly name?: string;
  readonly tensors?: unknown;
  readonly metadata?: number;
}

const digest = (tensor: TorchTensor): Digest => [
  tensor.dtype,
  tensor.shape,
  createHash('sha256').update(tensor.bytes).digest('hex').slice(0, 32),
];

function expectDigests(bytes: Uint8Array<ArrayBuffer>, expected: FileDigests): void {
  if (expected.tensor !== undefined) {
    expect(digest(readTorch(bytes) as TorchTensor)).toEqual(expected.tensor);
    return;
  }
  const { model, epoch, name, metadata } = readCheckpoint(bytes);
  expect({ epoch, name, metadata: metadata?.size }).toEqual({
    epoch: expected.epoch,
    name: expected.name,
    metadata: expected.metadata,
  });
  expect([...model].map(([key, tensor]) => [key, ...digest(tensor)])).toEqual(expected.tensors);
}

describe('checkpoints and maps of ClinicaDL', () => {
  it.each(Object.entries<FileDigests>(committed.files))('reads %s to the bit', (path, expected) => {
    expectDigests(load('tests/fixtures/reference/synthetic', path), expected);
  });

  it.skipIf(!existsSync(gold))(
    'reads every checkpoint and tensor of ../shared/gold to the bit (skipped: ../shared/gold is absent)',
    () => {
      const files = Object.entries<FileDigests>(golden.files);
      expect(files.length).toBeGreaterThan(100);
      for (const [path, expected] of files) {
        expectDigests(new Uint8Array(readFileSync(resolve(gold, path))), expected);
      }
    },
  );
});

describe('readTorch', () => {
  const floats = (value: PyValue | undefined) => [...(value as TorchTensor).toFloat32()];

  it.each(['values.pt', 'values-protocol-4.pt'])('reads values of every kind from %s', (name) => {
    const values = readTorch(fixture(name)) as PyDict;
    expect(values.get('int')).toBe(-3);
    expect(values.get('long')).toBe(2 ** 40);
    expect(values.get('longer')).toBe(2n ** 80n);
    expect(values.get('float')).toEqual(new PyFloat(1));
    expect(values.get('none')).toBeNull();
    expect(values.get('true')).toBe(true);
    expect(values.get('list')).toEqual([1, [new PyFloat(2.5), 'x']]);
    expect(values.get('tuple')).toEqual(new PyTuple([1]));
    expect(values.get('size')).toEqual(new PyTuple([2, 3]));
    expect(values.get('text')).toBe('é\u2014');
    expect(values.get('ints')).toEqual(
      new Map([
        [0, 'a'],
        [1, 'b'],
      ]),
    );
    expect(values.get('ordered')).toBeInstanceOf(OrderedDict);
  });

  it('puts transposed, offset and expanded tensors into C order, and reads shared storages', () => {
    const values = readTorch(fixture('values.pt')) as PyDict;
    const transposed = values.get('transposed') as TorchTensor;
    expect(transposed.shape).toEqual([4, 2, 3]);
    // Element [i, j, k] of the permuted tensor is [j, k, i] of 0..23 as [2, 3, 4].
    const expected = [0, 1, 2, 3].flatMap((i) =>
      [0, 1].flatMap((j) => [0, 1, 2].map((k) => j * 12 + k * 4 + i)),
    );
    expect(floats(transposed)).toEqual(expected);
    expect(floats(values.get('shared'))).toEqual([4, 5, 6, 7, 8, 9]);
    expect(floats(values.get('offset'))).toEqual([6, 8, 10, 12, 14, 16]);
    expect(floats(values.get('expanded'))).toEqual([1.5, 1.5, 1.5, 1.5, 1.5, 1.5]);
    expect((values.get('empty') as TorchTensor).shape).toEqual([0, 3]);
    expect((values.get('param') as TorchTensor).requiresGrad).toBe(true);
  });

  it('reads every element type', () => {
    const values = readTorch(fixture('values.pt')) as PyDict;
    expect((values.get('scalar') as TorchTensor).item()).toBe(7);
    expect(floats(values.get('f64'))).toEqual([Math.fround(1 / 3), -2]);
    expect(floats(values.get('f16'))).toEqual([0.333251953125, -2, 2 ** -24, 65504]);
    expect(floats(values.get('bf16'))).toEqual([0.333984375, -2]);
    for (const name of ['i32', 'i16', 'i8']) expect(floats(values.get(name))).toEqual([-5, 7]);
    expect(floats(values.get('u8'))).toEqual([5, 250]);
    expect(floats(values.get('bool'))).toEqual([1, 0]);
    const dtypes = ['f64', 'f16', 'bf16', 'i32', 'i16', 'i8', 'u8', 'bool'].map(
      (name) => (values.get(name) as TorchTensor).dtype,
    );
    expect(dtypes).toEqual([
      'float64',
      'float16',
      'bfloat16',
      'int32',
      'int16',
      'int8',
      'uint8',
      'bool',
    ]);
  });

  it('reads back the scale of a loss, which not every optimizer has', () => {
    const scaler = new Map<string, PyValue>([
      ['scale', new PyFloat(1024)],
      ['_growth_tracker', 7],
    ]);
    const parts = { optimizer: new Map(), epoch: 1, name: 'x' };
    const read = (given: object) =>
      readOptimizerCheckpoint(archiveBytes(optimizerCheckpointBytes({ ...parts, ...given })));
    expect(read({ scaler }).scaler?.get('_growth_tracker')).toBe(7);
    expect(read({})).not.toHaveProperty('scaler');
  });

  it("reads an optimizer's state with its integer keys and hyper-parameters", () => {
    const { optimizer, epoch, name } = readOptimizerCheckpoint(fixture('optimizer.pth.tar'));
    expect([epoch, name]).toEqual([3, 'Linear']);
    const state = optimizer.get('state') as PyDict;
    expect([...state.keys()]).toEqual([0, 1]);
    expect(((state.get(0) as PyDict).get('exp_avg') as TorchTensor).shape).toEqual([2, 3]);
    const [group] = optimizer.get('param_groups') as PyDict[];
    expect(group?.get('lr')).toEqual(new PyFloat(1e-4));
    expect(group?.get('betas')).toEqual(new PyTuple([new PyFloat(0.9), new PyFloat(0.999)]));
    expect(group?.get('params')).toEqual([0, 1]);
  });

  const refusal = (bytes: Uint8Array<ArrayBuffer>) => {
    try {
      readTorch(bytes, 'model.pth.tar');
    } catch (error) {
      if (error instanceof CapsuleError) return error.problem;
      throw error;
    }
    throw new Error('was read');
  };

  it('refuses code by the name it asks for', () => {
    const { code, found, file } = refusal(fixture('forbidden.pt'));
    expect([code, found, file]).toEqual(['TORCH_FORBIDDEN', 'posix.system', 'model.pth.tar']);
    expect(refusal(fixture('whole-module.pt')).found).toBe('torch.nn.modules.linear.Linear');
  });

  it('refuses the format before 1.6, other files and truncated ones', () => {
    expect(refusal(fixture('legacy.pt'))).toMatchObject({
      code: 'TORCH_FORMAT',
      found: 'the format of PyTorch before 1.6',
    });
    expect(refusal(new Uint8Array(0)).code).toBe('TORCH_FORMAT');
    expect(refusal(new TextEncoder().encode('not a checkpoint at all')).code).toBe('TORCH_FORMAT');
    const whole = fixture('values.pt');
    for (const length of [10, 1000, whole.length - 30, whole.length - 1]) {
      expect(refusal(whole.slice(0, length)).code).toBe('TORCH_FORMAT');
    }
  });

  it('refuses a storage whose bytes were changed', () => {
    const bytes = load(
      'tests/fixtures/reference/synthetic/maps_ad/split-0/best-loss/model.pth.tar',
    );
    bytes[700_000] = (bytes[700_000] as number) ^ 1;
    expect(refusal(bytes).found).toMatch(/wrong checksum$/);
  });
});
