import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapsuleError } from '../errors.ts';
import { DTYPES, type Dtype } from './dtypes.ts';
import { repeatedKey } from './repeated-key.ts';
import { isSafetensors, readSafetensors, safetensorsBytes } from './safetensors.ts';
import { TorchTensor } from './tensor.ts';
import { archiveBytes } from './write.ts';

/** A file by the letter of the format, whatever the header says. */
function fileOf(header: string | object, data: Uint8Array | number, declared?: bigint) {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = typeof data === 'number' ? Uint8Array.from({ length: data }, (_, i) => i) : data;
  const file = new Uint8Array(8 + json.length + bytes.length);
  new DataView(file.buffer).setBigUint64(0, declared ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(bytes, 8 + json.length);
  return file;
}

const place = (dtype: string, shape: number[], start: number, end: number) => ({
  ...{ dtype, shape, data_offsets: [start, end] },
});

const anyDict = fc
  .uniqueArray(
    fc.tuple(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(...(Object.keys(DTYPES) as Dtype[])),
      fc.array(fc.nat(3), { maxLength: 4 }),
      fc.nat(255),
    ),
    { selector: ([name]) => name, maxLength: 6 },
  )
  .map((entries) => {
    const named = entries.filter(([name]) => name !== '__metadata__');
    return new Map(
      named.map(([name, dtype, shape, seed]) => {
        const length = shape.reduce((product, size) => product * size, 1) * DTYPES[dtype].bytes;
        const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + seed) & 255);
        return [name, new TorchTensor(dtype, shape, bytes)] as const;
      }),
    );
  });

describe('safetensors', () => {
  it('reads a file that was made from the words of the format', () => {
    const data = new Uint8Array(20);
    new DataView(data.buffer).setFloat32(0, 1.5, true);
    new DataView(data.buffer).setFloat32(8, -2, true);
    new DataView(data.buffer).setBigInt64(12, 7n, true);
    const header = {
      __metadata__: { format: 'pt' },
      steps: place('I64', [], 12, 20),
      'fc.weight': place('F32', [1, 3], 0, 12),
    };
    const { tensors, metadata } = readSafetensors(fileOf(header, data));
    expect([...tensors.keys()]).toEqual(['steps', 'fc.weight']);
    expect(tensors.get('fc.weight')?.shape).toEqual([1, 3]);
    expect([...(tensors.get('fc.weight')?.toFloat32() ?? [])]).toEqual([1.5, 0, -2]);
    expect(tensors.get('steps')?.item()).toBe(7);
    expect([...metadata]).toEqual([['format', 'pt']]);
  });

  it('writes what it reads back, whatever the tensors, each aligned to its elements', () => {
    fc.assert(
      fc.property(anyDict, (tensors) => {
        const bytes = archiveBytes(safetensorsBytes(tensors, { format: 'pt', '"': '\\' }));
        const read = readSafetensors(bytes);
        expect(read.tensors).toEqual(tensors);
        expect([...read.metadata]).toEqual([
          ['format', 'pt'],
          ['"', '\\'],
        ]);
        for (const { bytes: view, dtype } of read.tensors.values()) {
          expect(view.byteOffset % DTYPES[dtype].bytes).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('copies no tensor', () => {
    const tensor = TorchTensor.float32([2], Float32Array.of(1, 2));
    const { chunks, size } = safetensorsBytes(new Map([['a', tensor]]));
    expect(chunks).toContain(tensor.bytes);
    expect(size).toBe(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  });

  it.each([
    ['a header longer than the file', fileOf({}, 4, 100n), /longer than the file/],
    ['a header of 2^63 bytes', fileOf({}, 4, 2n ** 63n), /longer than the file/],
    ['seven bytes', new Uint8Array(7), /longer than the file/],
    ['no JSON', fileOf('{"a": ', 0), /not JSON/],
    ['text that is not UTF-8', fileOf('{}', 0).fill(0xff, 8), /not JSON/],
    ['a list', fileOf('[]', 0), /no object/],
    ['offsets beyond the end', fileOf({ a: place('F32', [2], 0, 8) }, 4), /4 bytes/],
    ['bytes that nobody declares', fileOf({ a: place('F32', [1], 0, 4) }, 8), /8 bytes/],
    ['a gap', fileOf({ a: place('U8', [1], 1, 2) }, 2), /byte 1/],
    ['an overlap', fileOf({ a: place('U8', [2], 0, 2), b: place('U8', [2], 1, 3) }, 3), /byte 1/],
    ['offsets back to front', fileOf({ a: place('U8', [1], 2, 1) }, 2), /-1 bytes/],
    ['a negative length', fileOf({ a: place('U8', [-1, -4], 0, 4) }, 4), /no dtype/],
    ['half a length', fileOf({ a: place('U8', [0.5, 8], 0, 4) }, 4), /no dtype/],
    ['a shape beyond numbers', fileOf({ a: place('U8', [2 ** 52, 2 ** 52], 0, 4) }, 4), /4 bytes/],
    ['an unknown type', fileOf({ a: place('F8_E4M3', [4], 0, 4) }, 4), /unknown type F8_E4M3/],
    ['too few bytes for the shape', fileOf({ a: place('F32', [2], 0, 4) }, 4), /in 4 bytes/],
    ['no offsets', fileOf({ a: { dtype: 'U8', shape: [] } }, 0), /no dtype/],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }, 0), /more than texts/],
    [
      'a key twice',
      fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{}}', 1),
      /the key "a" twice/,
    ],
  ])('refuses %s', (_, file, reason) => {
    expect(() => readSafetensors(file, 'x.safetensors')).toThrow(
      /^SAFETENSORS_FORMAT.*x\.safetensors/,
    );
    expect(() => readSafetensors(file)).toThrow(reason);
  });

  it('gives tensors or a coded error for mutated files', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(anyDict, fc.array(change, { minLength: 1, maxLength: 6 }), (tensors, changes) => {
        const bytes = archiveBytes(safetensorsBytes(tensors, { format: 'pt' }));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          readSafetensors(bytes);
        } catch (error) {
          expect((error as CapsuleError).code).toBe('SAFETENSORS_FORMAT');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('tells its files from others', () => {
    expect(isSafetensors(archiveBytes(safetensorsBytes(new Map())))).toBe(true);
    expect(isSafetensors(new TextEncoder().encode('PK\u0003\u0004 and then a long zip'))).toBe(
      false,
    );
    expect(isSafetensors(new Uint8Array(3))).toBe(false);
  });
});

describe('repeatedKey', () => {
  it.each([
    ['{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}', undefined],
    ['{"a": {"b": 1, "b": 2}}', 'b'],
    ['{"x": ["{", "\\"}:"], "y": "x", "x" : 1}', 'x'],
  ])('of %s is %s', (json, key) => {
    JSON.parse(json);
    expect(repeatedKey(json)).toBe(key);
  });
});

const hasNumpy = (() => {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

// An independent reader, where there is a Python with numpy.
it.skipIf(!hasNumpy)('numpy finds the same numbers', () => {
  const tensors = new Map([
    ['conv.weight', TorchTensor.float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6.5))],
    ['norm.num_batches_tracked', TorchTensor.int64([], [12])],
    ['half', new TorchTensor('float16', [2], Uint8Array.of(0, 0x3c, 0, 0xc0))],
  ]);
  const script = `
import json, struct, sys
import numpy as np
data = sys.stdin.buffer.read()
length, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + length])
types = {'F32': '<f4', 'I64': '<i8', 'F16': '<f2'}
for name, place in header.items():
    if name == '__metadata__':
        print(name, place)
        continue
    start, end = (8 + length + offset for offset in place['data_offsets'])
    array = np.frombuffer(data[start:end], types[place['dtype']]).reshape(place['shape'])
    print(name, array.tolist())
`;
  const input = archiveBytes(safetensorsBytes(tensors, { format: 'pt' }));
  const printed = execFileSync('python3', ['-c', script], { input, encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual([
    "__metadata__ {'format': 'pt'}",
    'conv.weight [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]',
    'norm.num_batches_tracked 12',
    'half [1.0, -2.0]',
  ]);
});
