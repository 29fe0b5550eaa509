/** Damaged and hostile files: whatever the bytes, the reader ends soon, with a value or a coded error. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { OP } from './pickle-opcodes.ts';
import { readPickle } from './pickle-reader.ts';
import { readTorch } from './read.ts';
import { TorchTensor } from './tensor.ts';
import { archiveBytes } from './write.ts';
import { zipStored } from './zip-writer.ts';

const fixtures = resolve(import.meta.dirname, '../../../tests/fixtures/torch');
const files = ['values.pt', 'optimizer.pth.tar'].map(
  (name) => new Uint8Array(readFileSync(resolve(fixtures, name))),
);

/** @returns the code of the refusal, or 'read'; anything but a CapsuleError fails the test. */
function outcome(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof CapsuleError) return error.code;
    throw error;
  }
}

const CODES = ['read', 'TORCH_FORMAT', 'TORCH_FORBIDDEN', 'FILE_TOO_LARGE'];

const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 });

function mutate(bytes: Uint8Array<ArrayBuffer>, changes: readonly (readonly [number, number])[]) {
  const copy = bytes.slice();
  for (const [at, value] of changes) copy[at % copy.length] = value;
  return copy;
}

/** An archive with this pickle and correct checksums, so that mutations reach the machine. */
function archiveOf(pickle: Uint8Array<ArrayBuffer>, storage = new Uint8Array(256)) {
  return archiveBytes(
    zipStored([
      { name: 'a/data.pkl', content: [pickle] },
      { name: 'a/data/0', content: [storage] },
    ]),
  );
}

const pickles = files.map((bytes) => {
  const start = bytes.indexOf(0x80);
  return bytes.slice(start, bytes.lastIndexOf(OP.STOP));
});

describe('hostile files', () => {
  it('gives a value or a coded error for mutated archives', () => {
    fc.assert(
      fc.property(fc.constantFrom(...files), mutations, (bytes, changes) => {
        expect(CODES).toContain(outcome(() => readTorch(mutate(bytes, changes))));
      }),
      { numRuns: 1500 },
    );
  });

  it('gives a value or a coded error for mutated pickles', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pickles), mutations, (pickle, changes) => {
        expect(CODES).toContain(outcome(() => readTorch(archiveOf(mutate(pickle, changes)))));
      }),
      { numRuns: 1500 },
    );
  });

  it('gives a value or a coded error for any sequence of instructions', () => {
    const instruction = fc.constantFrom(...Object.values(OP));
    fc.assert(
      fc.property(fc.array(fc.oneof(instruction, fc.nat(255)), { maxLength: 60 }), (bytes) => {
        const build = () => TorchTensor.int64([], [0]);
        expect(CODES).toContain(outcome(() => readPickle(Uint8Array.from(bytes), build)));
      }),
      { numRuns: 3000 },
    );
  });

  const text = (value: string) => [
    OP.BINUNICODE,
    value.length,
    0,
    0,
    0,
    ...new TextEncoder().encode(value),
  ];
  const global = (module: string, name: string) => [
    OP.GLOBAL,
    ...new TextEncoder().encode(`${module}\n${name}\n`),
  ];
  const int = (value: number) => [
    OP.BININT,
    value & 255,
    (value >> 8) & 255,
    (value >> 16) & 255,
    (value >>> 24) & 255,
  ];

  const tensor = (shape: number[], strides: number[], offset = 0, length = 64) =>
    Uint8Array.from([
      OP.PROTO, 2,
      ...global('torch._utils', '_rebuild_tensor_v2'), OP.MARK,
      OP.MARK, ...text('storage'), ...global('torch', 'FloatStorage'), ...text('0'), ...text('cpu'), ...int(length), OP.TUPLE, OP.BINPERSID,
      ...int(offset),
      OP.MARK, ...shape.flatMap(int), OP.TUPLE,
      OP.MARK, ...strides.flatMap(int), OP.TUPLE,
      OP.NEWFALSE, ...global('collections', 'OrderedDict'), OP.EMPTY_TUPLE, OP.REDUCE, OP.TUPLE, OP.REDUCE, OP.STOP,
    ]); // prettier-ignore

  it('reads an honest hand-made tensor, and refuses one that reaches beyond its storage', () => {
    expect(outcome(() => readTorch(archiveOf(tensor([8, 8], [8, 1]))))).toBe('read');
    expect(outcome(() => readTorch(archiveOf(tensor([8, 9], [8, 1]))))).toBe('TORCH_FORMAT');
    expect(outcome(() => readTorch(archiveOf(tensor([8, 8], [8, 1], 1))))).toBe('TORCH_FORMAT');
    expect(outcome(() => readTorch(archiveOf(tensor([8, 8], [8, 1], 0, 65))))).toBe('TORCH_FORMAT');
    expect(outcome(() => readTorch(archiveOf(tensor([8], [8, 1]))))).toBe('TORCH_FORMAT');
    expect(outcome(() => readTorch(archiveOf(tensor([-8, -8], [8, 1]))))).toBe('TORCH_FORMAT');
  });

  it('refuses a few bytes that declare billions of elements', () => {
    const huge = 0x7fffffff;
    expect(outcome(() => readTorch(archiveOf(tensor([huge], [0]))))).toBe('FILE_TOO_LARGE');
    expect(outcome(() => readTorch(archiveOf(tensor([huge, huge, huge], [0, 0, 0]))))).toBe(
      'TORCH_FORMAT',
    );
  });

  it('refuses zip entries that overlap', () => {
    const bytes = archiveOf(tensor([8, 8], [8, 1]));
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 6, true);
    for (const field of [20, 24]) view.setUint32(directory + field, bytes.length - 200, true);
    expect(outcome(() => readTorch(bytes))).toBe('TORCH_FORMAT');
  });

  it('keeps keys such as __proto__ away from any object', () => {
    const pickle = Uint8Array.from([
      OP.PROTO,
      2,
      OP.EMPTY_DICT,
      ...text('__proto__'),
      ...text('x'),
      OP.SETITEM,
      OP.STOP,
    ]);
    const value = readTorch(archiveOf(pickle));
    expect(value).toEqual(new Map([['__proto__', 'x']]));
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});
