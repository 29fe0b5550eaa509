/** Broken and hostile files: each kind has its own code, and no mutation leads anywhere else. */
import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CapsuleError, type ErrorCode } from '../errors.ts';
import { memoryFile } from '../files/memory-tree.ts';
import { gzipBytes } from './gunzip.ts';
import { readHeader, readVolume, type NiftiVolume } from './read.ts';
import { encode, FIELDS, rawNifti, type RawNifti } from './testing/raw-nifti.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const person = { participant: 'sub-01', session: 'ses-M000' };
const read = (bytes: Bytes): Promise<NiftiVolume> =>
  readVolume(memoryFile('t1.nii', bytes), person);
const text = (content: string): Bytes => new TextEncoder().encode(content);
const joined = (...parts: Bytes[]): Bytes => new Uint8Array(parts.flatMap((part) => [...part]));

async function problemOf(bytes: Bytes): Promise<CapsuleError['problem']> {
  const error: unknown = await read(bytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CapsuleError);
  return (error as CapsuleError).problem;
}

const sound = rawNifti({ slope: 2, qformCode: 1, ...encode(16, [...Array(24).keys()], true) });

/** Field by field: what is wrong, and the code it must give. */
const fields: readonly (readonly [string, ErrorCode, RawNifti])[] = [
  ['a header size of neither version', 'NIFTI_HEADER_SIZE', { sizeofHdr: 349 }],
  ['a header size of neither version (2)', 'NIFTI_HEADER_SIZE', { version: 2, sizeofHdr: 0 }],
  ['an Analyze file: no magic', 'NIFTI_MAGIC', { magic: '\0\0\0\0' }],
  ['a magic without its end', 'NIFTI_MAGIC', { magic: 'n+1x' }],
  [
    'the magic of a NIfTI-2 changed by text transfer',
    'NIFTI_MAGIC',
    { version: 2, magic: 'n+2\0\n\n' },
  ],
  ['a .hdr and .img pair', 'NIFTI_TWO_FILES', { magic: 'ni1\0' }],
  ['a .hdr and .img pair (2)', 'NIFTI_TWO_FILES', { version: 2, magic: 'ni2\0\r\n\x1a\n' }],
  ['no dimension', 'NIFTI_DIMENSIONS', { dims: [0, 2, 3, 4] }],
  ['eight dimensions', 'NIFTI_DIMENSIONS', { dims: [8, 2, 3, 4] }],
  ['a negative dimension', 'NIFTI_DIMENSIONS', { dims: [3, 2, -3, 4] }],
  ['a dimension of zero', 'NIFTI_DIMENSIONS', { dims: [3, 2, 0, 4] }],
  ['too many voxels', 'NIFTI_TOO_LARGE', { dims: [3, 32767, 32767, 32767] }],
  ['too many voxels (2)', 'NIFTI_TOO_LARGE', { version: 2, dims: [3, 2 ** 40, 2 ** 12, 9] }],
  ['two dimensions', 'NIFTI_NOT_3D', { dims: [2, 6, 4] }],
  ['a series of volumes', 'NIFTI_NOT_3D', { dims: [4, 2, 3, 2, 2] }],
  ['complex numbers', 'NIFTI_DATATYPE', { datatype: 32, bitpix: 64 }],
  ['colours', 'NIFTI_DATATYPE', { datatype: 128, bitpix: 24 }],
  ['float128', 'NIFTI_DATATYPE', { datatype: 1536, bitpix: 128 }],
  ['a type that does not exist', 'NIFTI_DATATYPE', { datatype: 5 }],
  ['bits that do not fit the type', 'NIFTI_BITPIX', { bitpix: 16 }],
  ['an offset inside the header', 'NIFTI_OFFSET', { voxOffset: 348 }],
  ['an offset of 352 in NIfTI-2', 'NIFTI_OFFSET', { version: 2, voxOffset: 352 }],
  ['an offset that is no whole number', 'NIFTI_OFFSET', { voxOffset: 352.5 }],
  ['an offset that is no number', 'NIFTI_OFFSET', { voxOffset: NaN, version: 1 }],
  ['an infinite offset', 'NIFTI_OFFSET', { voxOffset: Infinity, version: 1 }],
  ['an offset beyond the file', 'NIFTI_OFFSET', { voxOffset: 2_000_000 }],
  ['an infinite slope', 'NIFTI_SCALING', { slope: Infinity }],
  ['an infinite intercept', 'NIFTI_SCALING', { intercept: -Infinity }],
  ['an intercept that is no number', 'NIFTI_SCALING', { intercept: NaN }],
  ['a voxel size of zero', 'NIFTI_VOXEL_SIZE', { pixdims: [1, 1, 0, 1] }],
  ['a negative voxel size', 'NIFTI_VOXEL_SIZE', { pixdims: [1, 1, 1, -1] }],
  ['a voxel size that is no number', 'NIFTI_VOXEL_SIZE', { pixdims: [1, NaN, 1, 1] }],
  ['an affine with NaN', 'NIFTI_AFFINE', { srows: [NaN, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }],
  ['a flat affine', 'NIFTI_AFFINE', { srows: [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0] }],
  ['an affine of zeros', 'NIFTI_AFFINE', { srows: Array<number>(12).fill(0) }],
  [
    'a quaternion longer than 1',
    'NIFTI_AFFINE',
    { sformCode: 0, qformCode: 1, quaternion: [1, 1, 0] },
  ],
];

describe('a header with', () => {
  it.each(fields)('%s is refused', async (_, code, raw) => {
    for (const littleEndian of [true, false]) {
      const bytes = rawNifti({ littleEndian, ...raw });
      for (const file of [bytes, await gzipBytes(bytes)]) {
        if (raw.voxOffset === 2_000_000 && file !== bytes) continue;
        const problem = await problemOf(file);
        expect(problem).toMatchObject({ code, ...person, file: 't1.nii', severity: 'error' });
        expect(problem.expected).toBeTruthy();
        expect(problem.found).toBeTruthy();
        await expect(readHeader(memoryFile('t1.nii', file))).rejects.toMatchObject({ code });
      }
    }
  });
});

describe('a file that', () => {
  const corpus: readonly (readonly [string, ErrorCode, Bytes])[] = [
    ['is empty', 'NIFTI_TRUNCATED', text('')],
    ['is cut inside the header', 'NIFTI_TRUNCATED', sound.slice(0, 300)],
    ['is cut behind the header', 'NIFTI_TRUNCATED', sound.slice(0, 352)],
    ['is cut before its last voxel', 'NIFTI_TRUNCATED', sound.slice(0, -1)],
    ['goes on behind its last voxel', 'NIFTI_TRAILING', joined(sound, text('x'))],
    ['is text', 'NIFTI_MAGIC', text('participant_id\tsession_id\nsub-01\tses-M000\n')],
    ['is another image format', 'NIFTI_MAGIC', joined(text('\x89PNG\r\n'), new Uint8Array(900))],
    ['is all zeros', 'NIFTI_MAGIC', new Uint8Array(5000)],
  ];

  it.each(corpus)('%s is refused, with what was expected and found', async (_, code, bytes) => {
    const problem = await problemOf(bytes);
    expect(problem).toMatchObject({ code, ...person, file: 't1.nii' });
    expect(problem.expected).toBeTruthy();
    expect(problem.found).toBeTruthy();
    expect((await problemOf(await gzipBytes(bytes))).code).toBe(code);
  });

  it('is gzip but cut or damaged is refused as such', async () => {
    const whole = await gzipBytes(sound);
    for (const length of [2, 9, 10, 20, whole.length - 9, whole.length - 1]) {
      expect((await problemOf(whole.slice(0, length))).code).toBe('NIFTI_GZIP');
    }
    const crc = whole.slice();
    crc[crc.length - 6] = (crc[crc.length - 6] as number) ^ 1;
    expect((await problemOf(crc)).code).toBe('NIFTI_GZIP');
    expect((await problemOf(joined(new Uint8Array([0x1f, 0x8b]), text('not gzip')))).code).toBe(
      'NIFTI_GZIP',
    );
  });

  it('has the wrong ending is read by its content', async () => {
    const zipped = await readVolume(memoryFile('zipped.nii', await gzipBytes(sound)));
    const plain = await readVolume(memoryFile('plain.nii.gz', sound));
    expect(zipped.volume).toEqual(plain.volume);
  });

  it('is a gzip bomb is left soon after the first byte too many', async () => {
    // 16 GiB of zeros behind a sound volume: blocks that end on a byte can be repeated.
    const block = (bytes: Bytes): Uint8Array =>
      deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH });
    const zeros = block(new Uint8Array(2 ** 24));
    const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
    const bomb = Buffer.concat([gzipHeader, block(sound), ...Array(1024).fill(zeros)]);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const problem = await problemOf(new Uint8Array(bomb));
    expect(problem).toMatchObject({ code: 'NIFTI_TRAILING', found: 'more' });
    expect(performance.now() - start).toBeLessThan(3000);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29);
  });

  it('declares a gigabyte in a small gzip is refused before memory is taken', async () => {
    const bytes = await gzipBytes(rawNifti({ dims: [3, 1024, 1024, 1024] }));
    const problem = await problemOf(bytes);
    expect(problem).toMatchObject({
      code: 'NIFTI_TRUNCATED',
      found: expect.stringMatching(/bytes/),
    });
  });

  it('cannot be read to its end says so, gzip or not', async () => {
    for (const content of [sound, await gzipBytes(sound)]) {
      const broken = new CapsuleError('FILE_UNREADABLE', { file: 't1.nii' });
      const stream = new ReadableStream<Bytes>({
        start(controller) {
          controller.enqueue(content.slice(0, 40));
        },
        pull(controller) {
          controller.error(broken);
        },
      });
      const file = { ...memoryFile('t1.nii', content), stream: async () => stream };
      await expect(readVolume(file)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    }
  });
});

describe('mutations', () => {
  /** A multiplicative generator (Park and Miller, 1988): the same mutations on every machine. */
  const random = (seed: number) => {
    let state = seed;
    return (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  };

  /** Refuses any outcome but a whole volume of the declared size, or a NIFTI_ code naming the file. */
  async function judge(bytes: Bytes): Promise<boolean> {
    try {
      const { volume, header } = await read(bytes);
      const [x, y, z] = volume.shape;
      expect(volume.data.length).toBe(x * y * z);
      expect(header.dataLength).toBe(x * y * z * header.datatype.bytes);
      expect(volume.affine.length === 16 && volume.affine.every(Number.isFinite)).toBe(true);
      return true;
    } catch (error) {
      if (!(error instanceof CapsuleError)) throw error;
      expect(error.problem.code).toMatch(/^NIFTI_/);
      expect(error.problem).toMatchObject({ ...person, file: 't1.nii' });
      expect(error.problem.expected).toBeTruthy();
      expect(error.problem.found).toBeTruthy();
      return false;
    }
  }

  const kinds = ([1, 2] as const).flatMap((version) =>
    [true, false].map((littleEndian) => ({ version, littleEndian })),
  );

  it.each(kinds)('of NIfTI-$version, little-endian $littleEndian', async (kind) => {
    const whole = rawNifti({ ...kind, qformCode: 1 });
    const header = kind.version === 1 ? 352 : 544;
    const next = random(11);
    const read = { yes: 0, no: 0 };
    for (let round = 0; round < 1500; round++) {
      const bytes = whole.slice();
      const changes = 1 + next(4);
      for (let change = 0; change < changes; change++) bytes[next(header)] = next(256);
      read[(await judge(bytes)) ? 'yes' : 'no']++;
    }
    expect(read.yes).toBeGreaterThan(100);
    expect(read.no).toBeGreaterThan(100);
  });

  it('of each field that matters, through every byte value', async () => {
    for (const at of Object.values(FIELDS[1])) {
      for (let value = 0; value < 256; value++) {
        const bytes = sound.slice();
        bytes[at + 1] = value;
        await judge(bytes);
      }
    }
  });

  it('of every length', async () => {
    for (let length = 0; length < sound.length; length++) {
      expect(await judge(sound.slice(0, length))).toBe(false);
    }
  });

  it('of the gzip stream, and of every length of it', async () => {
    const whole = await gzipBytes(sound);
    const next = random(13);
    for (let round = 0; round < 800; round++) {
      const bytes = whole.slice();
      bytes[next(bytes.length)] = next(256);
      await judge(bytes);
    }
    for (let length = 0; length < whole.length; length++) {
      expect(await judge(whole.slice(0, length))).toBe(false);
    }
  });

  it('of the header inside gzip', async () => {
    const next = random(17);
    for (let round = 0; round < 400; round++) {
      const bytes = sound.slice();
      bytes[next(352)] = next(256);
      await judge(await gzipBytes(bytes));
    }
  });
});
