import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryFile } from '../files/memory-tree.ts';
import type { Affine, Shape3 } from '../volume.ts';
import { gzipBytes } from './gunzip.ts';
import { orientationLetters } from './matrix.ts';
import { readHeader, readVolume, type NiftiVolume } from './read.ts';
import nibabel from './testing/nibabel.json';
import { encode, NUMBER_TYPES, rawNifti, type RawNifti } from './testing/raw-nifti.ts';
import { niftiBytes } from './write.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const read = (bytes: Bytes, name = 'a.nii'): Promise<NiftiVolume> =>
  readVolume(memoryFile(name, bytes));
const readRaw = (raw: RawNifti): Promise<NiftiVolume> => read(rawNifti(raw));
/** Voxel x, y, z has the value x + 10 y + 100 z; in the order of a file. */
const coded = ([x, y, z]: Shape3): number[] =>
  Array.from({ length: x * y * z }, (_, i) => {
    return (i % x) + 10 * (Math.floor(i / x) % y) + 100 * Math.floor(i / (x * y));
  });
const close = (actual: Affine, expected: Affine): void =>
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 4));

describe('order of voxels', () => {
  it.each([
    [2, 3, 4],
    [5, 1, 16],
    [3, 4, 17],
    [1, 1, 1],
    [7, 2, 33],
  ] as Shape3[])('of %i x %i x %i puts Z fastest', async (...shape) => {
    const values = encode(768, coded(shape), true);
    const { volume } = await readRaw({ dims: [3, ...shape], ...values });
    expect(volume.shape).toEqual(shape);
    let at = 0;
    for (let x = 0; x < shape[0]; x++)
      for (let y = 0; y < shape[1]; y++)
        for (let z = 0; z < shape[2]; z++) {
          expect(volume.data[at++]).toBe(x + 10 * y + 100 * z);
        }
  });
});

describe('number types', () => {
  const cases = NUMBER_TYPES.flatMap((type) =>
    ([1, 2] as const).flatMap((version) =>
      [true, false].map((littleEndian) => ({ type, version, littleEndian })),
    ),
  );

  it.each(cases)(
    'reads $type.name, NIfTI-$version, little-endian $littleEndian',
    async ({ type, version, littleEndian }) => {
      const top = 2 ** Math.min(type.bits - 1, 53) - 1;
      const real = type.name.startsWith('float');
      const values = real
        ? [0.5, -1.25, 1e10, -3e-5, 1, 2]
        : [0, 1, 2, 3, top, type.name.startsWith('u') ? top + 1 : -top];
      const { volume, header } = await readRaw({
        version,
        littleEndian,
        dims: [3, 1, 1, 6],
        ...encode(type.code, values, littleEndian),
      });
      expect([...volume.data]).toEqual(values.map(Math.fround));
      expect(header).toMatchObject({ version, littleEndian, datatype: { name: type.name } });
    },
  );

  it('rounds 64-bit integers once', async () => {
    const big = [2 ** 53 + 2, -(2 ** 62), 2 ** 40 + 1];
    const { volume } = await readRaw({ dims: [3, 1, 1, 3], ...encode(1024, big, true) });
    expect([...volume.data]).toEqual(big.map(Math.fround));
  });
});

describe('scaling', () => {
  const three = (slope: number, intercept: number): RawNifti => ({
    dims: [3, 3, 1, 1],
    slope,
    intercept,
    ...encode(4, [-2, 0, 7], true),
  });

  it('is slope times stored plus intercept, in double precision', async () => {
    const { volume } = await readRaw(three(0.5, 100));
    expect([...volume.data]).toEqual([99, 100, 103.5]);
    const slope = Math.fround(0.1);
    const fine = await readRaw(three(slope, 1));
    expect([...fine.volume.data]).toEqual([-2, 0, 7].map((v) => Math.fround(slope * v + 1)));
  });

  it.each([0, NaN])('does not happen for slope %d, whatever the intercept', async (slope) => {
    expect([...(await readRaw(three(slope, NaN))).volume.data]).toEqual([-2, 0, 7]);
    expect([...(await readRaw(three(slope, 5))).volume.data]).toEqual([-2, 0, 7]);
  });
});

describe('shape', () => {
  it('takes further dimensions of 1 for three-dimensional', async () => {
    expect((await readRaw({ dims: [4, 2, 3, 4, 1] })).volume.shape).toEqual([2, 3, 4]);
    expect((await readRaw({ dims: [7, 2, 3, 4, 1, 1, 1, 1] })).volume.shape).toEqual([2, 3, 4]);
  });

  it('skips header extensions', async () => {
    const { volume } = await readRaw({ voxOffset: 400, ...encode(2, coded([2, 3, 4]), true) });
    expect(volume.data[1]).toBe(100);
  });
});

describe('files written by nibabel', () => {
  it.each(nibabel.cases)('$name: same affine, axes and values', async (wanted) => {
    const bytes = new Uint8Array(Buffer.from(wanted.file, 'base64'));
    for (const file of [bytes, await gzipBytes(bytes)]) {
      const { volume, problems } = await read(file);
      close(volume.affine, wanted.affine);
      expect(orientationLetters(volume.affine)).toBe(wanted.axes);
      expect([...volume.data]).toEqual(wanted.values);
      const disagree = wanted.name === 'sform before qform';
      expect(problems.map(({ code }) => code)).toEqual(disagree ? ['NIFTI_AFFINES_DISAGREE'] : []);
    }
  });

  it.each(nibabel.volumes)('reads a volume of the reference cohort: $path', async (wanted) => {
    const { volume, affineFrom } = await read(new Uint8Array(readFileSync(wanted.path)));
    expect(volume.shape).toEqual(wanted.shape);
    close(volume.affine, wanted.affine);
    expect(affineFrom).toBe('sform');
    const [, sizeY, sizeZ] = volume.shape;
    for (const { at, value } of wanted.voxels) {
      const [x = 0, y = 0, z = 0] = at;
      expect(volume.data[(x * sizeY + y) * sizeZ + z]).toBe(value);
    }
    expect(volume.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(wanted.sum, 0);
  });

  it('reads every volume of the reference cohort', async () => {
    const root = 'tests/fixtures/reference/synthetic/caps/subjects';
    const all = await readdir(root, { recursive: true });
    const files = all.filter((path) => path.endsWith('.nii.gz'));
    expect(files.length).toBe(20);
    for (const path of files) {
      const bytes = new Uint8Array(readFileSync(`${root}/${path}`));
      const { volume, problems } = await read(bytes, path);
      expect(problems).toEqual([]);
      expect(volume.shape).toEqual(nibabel.volumes[0]?.shape);
      expect(volume.data.every((value) => Number.isFinite(value))).toBe(true);
    }
  });
});

describe('header alone', () => {
  it('is read without the voxels', async () => {
    const bytes = rawNifti({ dims: [3, 100, 100, 100], data: new Uint8Array(4_000_000) });
    for (const content of [bytes, await gzipBytes(bytes)]) {
      let pulled = 0;
      const whole = memoryFile('a', content);
      const file = {
        ...whole,
        bytes: () => Promise.reject(new Error('not the whole file')),
        stream: async () =>
          new ReadableStream<Bytes>(
            {
              pull(controller) {
                controller.enqueue(content.slice(pulled, (pulled += 1000)));
                if (pulled >= content.length) controller.close();
              },
            },
            { highWaterMark: 0 },
          ),
      };
      expect((await readHeader(file)).header.shape).toEqual([100, 100, 100]);
      expect(pulled).toBeLessThan(Math.min(content.length + 1000, 300_000));
    }
  });
});

describe('speed', () => {
  it('a whole brain, int16 and gzip, takes well under a second', async () => {
    const dims = [3, 169, 208, 179];
    const stored = new Int16Array(169 * 208 * 179).map((_, i) => (i * 7919) % 3000);
    const data = new Uint8Array(stored.buffer);
    const bytes = await gzipBytes(rawNifti({ dims, datatype: 4, bitpix: 16, data }));
    const start = performance.now();
    const { volume } = await read(bytes);
    // Twice the aim, for a machine that does other things.
    expect(performance.now() - start).toBeLessThan(2000);
    for (let at = 0; at < volume.data.length; at += 9973) {
      const [x, y, z] = [Math.floor(at / (208 * 179)), Math.floor(at / 179) % 208, at % 179];
      expect(volume.data[at]).toBe(stored[(z * 208 + y) * 169 + x]);
    }
  });
});

describe('written and read again', () => {
  const shapes = fc.tuple(...([6, 6, 40] as const).map((max) => fc.integer({ min: 1, max })));
  const value = fc.float({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0);
  const angle = fc.float({ min: -3, max: 3, noNaN: true });
  const size = fc.float({ min: 0.25, max: 8, noNaN: true });
  const place = fc.float({ min: -300, max: 300, noNaN: true });

  it('a volume is the same: voxels, shape, affine, no warning', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes.chain((shape) =>
          fc.record({
            shape: fc.constant(shape as unknown as Shape3),
            data: fc.array(value, { minLength: 8, maxLength: 8 }).map((some) =>
              Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => {
                return (some[i % 8] as number) + (i % 97);
              }),
            ),
          }),
        ),
        fc.tuple(angle, angle, size, size, size, place, place, place, fc.boolean()),
        fc.boolean(),
        async (one, [a, b, i, j, k, x, y, z, flip], zipped) => {
          const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
          const third = flip ? -k : k;
          const affine = [
            ...[ca * i, -sa * cb * j, sa * sb * third, x],
            ...[sa * i, ca * cb * j, -ca * sb * third, y],
            ...[0, sb * j, cb * third, z],
            ...[0, 0, 0, 1],
          ].map(Math.fround);
          const bytes = niftiBytes({ ...one, affine });
          const again = await read(zipped ? await gzipBytes(bytes) : bytes);
          expect(again.volume.shape).toEqual(one.shape);
          expect(again.volume.affine).toEqual(affine);
          expect(again.volume.data).toEqual(one.data);
          expect(again.problems).toEqual([]);
          expect(again.header).toMatchObject({ sformCode: 2, qformCode: 2 });
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('a dimension of one in front', () => {
  const shape: Shape3 = [3, 4, 5];
  const stored = (dims: readonly number[], pixdims?: readonly number[]) =>
    memoryFile(
      'mask.nii',
      rawNifti({
        ...{
          dims,
          ...encode(
            2,
            coded(shape).map((value) => value % 256),
            true,
          ),
        },
        ...(pixdims === undefined ? {} : { pixdims }),
      }),
    );
  const options = { leadingOne: true };

  it('is left out when asked for', async () => {
    const { volume } = await readVolume(stored([4, 1, ...shape], [1, 9, 2, 3, 0]), {}, options);
    const plain = await readVolume(stored([3, ...shape], [1, 2, 3, 1]));
    expect(volume.shape).toEqual(shape);
    expect(volume.data).toEqual(plain.volume.data);
  });

  it('is refused otherwise', async () => {
    await expect(readVolume(stored([4, 1, ...shape]))).rejects.toMatchObject({
      code: 'NIFTI_NOT_3D',
    });
  });

  it('changes nothing where three dimensions are meant', async () => {
    const flat = rawNifti({ dims: [4, 1, 6, 10, 1], ...encode(2, new Array(60).fill(1), true) });
    const { volume } = await readVolume(memoryFile('a.nii', flat), {}, options);
    expect(volume.shape).toEqual([1, 6, 10]);
  });
});
