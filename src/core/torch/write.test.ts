import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { checkpointBytes, readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { DTYPES, type Dtype } from './dtypes.ts';
import { OrderedDict, PyFloat, PyTuple, type PyValue } from './python-values.ts';
import { readTorch } from './read.ts';
import { TorchTensor } from './tensor.ts';
import { archiveBytes, archiveStream, writeTorch } from './write.ts';
import { StoredZip } from './zip-reader.ts';
import { zipStored } from './zip-writer.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('writeTorch', () => {
  const tensor = fc
    .tuple(
      fc.constantFrom(...(Object.keys(DTYPES) as Dtype[])),
      fc.array(fc.nat(4), { maxLength: 4 }),
      fc.nat(255),
      fc.boolean(),
    )
    .map(([dtype, shape, seed, grad]) => {
      const length = shape.reduce((product, size) => product * size, 1) * DTYPES[dtype].bytes;
      return new TorchTensor(
        dtype,
        shape,
        Uint8Array.from({ length }, (_, i) => (i * 37 + seed) & 255),
        grad,
      );
    });
  const { value } = fc.letrec<{ value: PyValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom<PyValue>(null, true, false),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 90n }),
      fc.double({ noNaN: true }).map((number) => new PyFloat(number)),
      fc.string({ unit: 'binary' }),
      tensor,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(tie('value'), { maxLength: 4 }).map((items) => new PyTuple(items)),
      fc
        .array(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie('value')), { maxLength: 4 })
        .map((items) => new Map(items)),
      fc
        .array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 })
        .map((items) => new OrderedDict(items)),
    ),
  }));

  it('writes what it reads back, whatever the value', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(readTorch(archiveBytes(writeTorch(original)))).toEqual(original);
      }),
      { numRuns: 300 },
    );
  });

  it('holds the bytes of the tensors themselves, not copies', () => {
    const tensor = TorchTensor.float32([3], Float32Array.of(1, 2, 3));
    expect(writeTorch(tensor).chunks).toContain(tensor.bytes);
  });

  it('streams what it holds, and declares its size', async () => {
    const archive = writeTorch(['a', TorchTensor.int64([2], [1, -1])]);
    const streamed = new Uint8Array(await new Response(archiveStream(archive)).arrayBuffer());
    expect(streamed).toEqual(archiveBytes(archive));
    expect(streamed.length).toBe(archive.size);
  });

  it('copies a checkpoint of the reference tensor by tensor, metadata included', () => {
    const path = 'tests/fixtures/reference/synthetic/maps_ad/split-0/best-loss/model.pth.tar';
    const original = readCheckpoint(new Uint8Array(readFileSync(resolve(root, path))));
    const written = readCheckpoint(archiveBytes(checkpointBytes(original)));
    const summary = ({ model, ...rest }: Checkpoint) => ({
      ...rest,
      model: [...model].map(([key, { dtype, shape, bytes }]) => {
        return [key, dtype, shape, createHash('sha256').update(bytes).digest('hex')];
      }),
    });
    expect(summary(written)).toEqual(summary(original));
    expect(written.metadata?.size).toBeGreaterThan(10);
  });

  it('makes the same file from the same values', () => {
    const hash = () =>
      createHash('sha256')
        .update(archiveBytes(writeTorch([1, 'x'])))
        .digest('hex');
    expect(hash()).toBe(hash());
  });
});

describe('zipStored', () => {
  const content = (length: number) => [new Uint8Array(length).fill(length)];
  const entries = [
    { name: 'a/first', content: content(10) },
    { name: 'a/empty', content: [] },
    { name: 'a/second', content: [...content(100), ...content(3)] },
  ];

  it.each([0, 50, 0xffffffff])(
    'is read by us and by fflate with zip64 fields from %i bytes on',
    (limit) => {
      const bytes = archiveBytes(zipStored(entries, limit));
      const zip = new StoredZip(bytes);
      const other = unzipSync(bytes);
      for (const { name, content } of entries) {
        const expected = content.flatMap((chunk) => [...chunk]);
        expect([...(zip.read(name) ?? [])]).toEqual(expected);
        expect([...(other[name] ?? [])]).toEqual(expected);
        expect(expected.length === 0 || (zip.read(name)?.byteOffset ?? 1) % 64 === 0).toBe(true);
      }
    },
  );

  it('places entries beyond 4 GiB by zip64 offsets', () => {
    const block = new Uint8Array(2 ** 24);
    const big = { name: 'a/big', content: new Array<Uint8Array<ArrayBuffer>>(300).fill(block) };
    const small = { name: 'a/small', content: content(5) };
    const { chunks, size } = zipStored([big, small], undefined, () => 0);
    expect(size).toBeGreaterThan(300 * 2 ** 24);
    const directory = chunks.at(-2) as Uint8Array<ArrayBuffer>;
    const end = chunks.at(-1) as Uint8Array<ArrayBuffer>;
    const view = new DataView(directory.buffer);
    expect(view.getUint32(42, true)).toBe(0xffffffff);
    const extra = 46 + 'a/small'.length;
    expect([view.getUint16(extra, true), view.getUint16(extra + 2, true)]).toEqual([1, 8]);
    const offset = Number(view.getBigUint64(extra + 4, true));
    expect(offset).toBeGreaterThan(300 * 2 ** 24);
    const bigDirectory = chunks.at(-3) as Uint8Array<ArrayBuffer>;
    const directoryOffset = size - end.length - directory.length - bigDirectory.length;
    expect(Number(new DataView(end.buffer).getBigUint64(48, true))).toBe(directoryOffset);
    const bigView = new DataView(bigDirectory.buffer);
    expect(Number(bigView.getBigUint64(46 + 'a/big'.length + 4, true))).toBe(300 * 2 ** 24);
  });
});
