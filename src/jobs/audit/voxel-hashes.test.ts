import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { follow } from '../../../tests/support/follow.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import type { Affine, Volume } from '../../core/volume.ts';
import type { JobEvent } from '../events.ts';
import { hashScans, voxelHash } from './voxel-hashes.ts';

const AFFINE: Affine = [2, 0, 0, -4, 0, 2, 0, -4, 0, 0, 2, -4, 0, 0, 0, 1];
const context = {
  clock: { now: () => 0, elapsed: () => 0 },
  signal: new AbortController().signal,
};

const volume = (data: readonly number[], shape = [2, 2, 2] as Volume['shape']): Volume => ({
  ...{ data: Float32Array.from(data), shape, affine: AFFINE },
});
const ramp = (offset = 0) => volume(Array.from({ length: 8 }, (_, index) => index * 2 + offset));
const suffix = 'space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';
const pathOf = (session: string, name = suffix) =>
  `subjects/${session}/t1_linear/${session.replace('/', '_')}_${name}`;

/** The same voxels as 16-bit numbers that the header scales. */
function asInt16({ data, shape, affine }: Volume, slope: number): Uint8Array<ArrayBuffer> {
  const bytes = niftiBytes({ data, shape, affine }).slice(0, 352 + 2 * data.length);
  const view = new DataView(bytes.buffer);
  view.setInt16(70, 4, true);
  view.setInt16(72, 16, true);
  view.setFloat32(112, slope, true);
  const inFile = new Float32Array(niftiBytes({ data, shape, affine }).slice(352).buffer);
  inFile.forEach((value, index) => view.setInt16(352 + 2 * index, value / slope, true));
  return bytes;
}

async function hash(caps: MemoryTree, names: readonly string[], preprocessing?: string) {
  const events: JobEvent[] = [];
  const sessions = names.map((name) => {
    const [participant = '', session = ''] = name.split('/');
    return { participant, session };
  });
  const job = hashScans({ caps, sessions, preprocessing }, context);
  const scans = await follow(job, (event) => events.push(event));
  return { scans, events };
}

describe('the hash of voxels', () => {
  test('is that of shape and values', async () => {
    const one = await voxelHash(ramp());
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await voxelHash(ramp())).toBe(one);
    expect(await voxelHash(ramp(1))).not.toBe(one);
    expect(await voxelHash({ ...ramp(), shape: [4, 2, 1] })).not.toBe(one);
    expect(await voxelHash({ ...ramp(), affine: AFFINE.map((value) => value * 2) })).toBe(one);
  });

  test('knows one zero and one hole', async () => {
    const [zero, minus] = [volume([0, 1, 2, 3, 4, 5, 6, 7]), volume([-0, 1, 2, 3, 4, 5, 6, 7])];
    expect(await voxelHash(minus)).toBe(await voxelHash(zero));
    const holes = volume([NaN, 1, 2, 3, 4, 5, 6, 7]);
    const bits = new Uint32Array([0x7fc00001, ...new Uint32Array(holes.data.slice(1).buffer)]);
    const other = { ...holes, data: new Float32Array(bits.buffer) };
    expect(await voxelHash(other)).toBe(await voxelHash(holes));
    expect(await voxelHash(holes)).not.toBe(await voxelHash(zero));
  });

  test('is none where all voxels are alike', async () => {
    expect(await voxelHash(volume(new Array<number>(8).fill(3)))).toBeUndefined();
  });
});

describe('scans of a CAPS', () => {
  test('are the same under another name, compression or data type', async () => {
    const bytes = niftiBytes(ramp());
    const caps = new MemoryTree('caps', {
      [pathOf('sub-1/ses-M000')]: bytes,
      [pathOf('sub-2/ses-M000')]: new Uint8Array(gzipSync(bytes)),
      [pathOf('sub-3/ses-M006')]: asInt16(ramp(), 2),
      [pathOf('sub-4/ses-M000')]: niftiBytes(ramp(1)),
    });
    const names = ['sub-1/ses-M000', 'sub-2/ses-M000', 'sub-3/ses-M006', 'sub-4/ses-M000'];
    const { scans, events } = await hash(caps, names);
    const [one, two, three, four] = scans.map((scan) => scan.hash);
    expect([two, three]).toEqual([one, one]);
    expect(four).not.toBe(one);
    expect(scans[2]).toMatchObject({ participant: 'sub-3', session: 'ses-M006' });
    expect(scans[2]?.file).toBe(pathOf('sub-3/ses-M006'));
    expect(events.at(-1)).toMatchObject({ kind: 'progress', done: 4, total: 4 });
    expect(events[0]).toEqual({
      ...{ kind: 'log', message: `Comparing the voxels of 4 *${suffix}` },
    });
  });

  test('are those of the wanted sessions, however these are spelled', async () => {
    const caps = new MemoryTree('caps', {
      [pathOf('sub-1/ses-M00')]: niftiBytes(ramp()),
      [pathOf('sub-1/ses-M000')]: niftiBytes(ramp(1)),
      [pathOf('sub-2/ses-M000')]: niftiBytes(ramp(2)),
    });
    const { scans, events } = await hash(caps, ['sub-1/ses-M000', 'sub-3/ses-M000']);
    expect(scans.map(({ session }) => session)).toEqual(['ses-M00', 'ses-M000']);
    expect(events[0]).toMatchObject({ message: expect.stringContaining('without one: 1') });
  });

  test('are the last run, or all where files differ by more than that', async () => {
    const caps = new MemoryTree('caps', {
      [pathOf('sub-1/ses-M000', `run-1_${suffix}`)]: niftiBytes(ramp()),
      [pathOf('sub-1/ses-M000', `run-2_${suffix}`)]: niftiBytes(ramp(1)),
      [pathOf('sub-2/ses-M000', `acq-a_${suffix}`)]: niftiBytes(ramp(2)),
      [pathOf('sub-2/ses-M000', `acq-b_${suffix}`)]: niftiBytes(ramp(3)),
    });
    const { scans } = await hash(caps, ['sub-1/ses-M000', 'sub-2/ses-M000']);
    expect(scans.map(({ file }) => /_(run-2|acq-a|acq-b)_/.exec(file)?.[1])).toEqual([
      ...['run-2', 'acq-a', 'acq-b'],
    ]);
  });

  test('that are empty or damaged are told and left out', async () => {
    const caps = new MemoryTree('caps', {
      [pathOf('sub-1/ses-M000')]: niftiBytes(volume(new Array<number>(8).fill(0))),
      [pathOf('sub-2/ses-M000')]: niftiBytes(ramp()).slice(0, 360),
      [pathOf('sub-3/ses-M000')]: niftiBytes(ramp()),
    });
    const names = ['sub-1/ses-M000', 'sub-2/ses-M000', 'sub-3/ses-M000'];
    const { scans, events } = await hash(caps, names);
    expect(scans.map(({ participant }) => participant)).toEqual(['sub-3']);
    const problems = events.flatMap((event) => (event.kind === 'problem' ? [event.problem] : []));
    expect(problems.map(({ code, participant }) => [code, participant])).toEqual([
      ['VOLUME_CONSTANT', 'sub-1'],
      ['NIFTI_TRUNCATED', 'sub-2'],
    ]);
  });

  test('are those of a preprocessing that is named; an unknown one is refused', async () => {
    const caps = new MemoryTree('caps', {
      [pathOf('sub-1/ses-M000')]: niftiBytes(ramp()),
      [pathOf('sub-1/ses-M000', 'mine.nii.gz')]: niftiBytes(ramp(1)),
    });
    await expect(hash(caps, ['sub-1/ses-M000'], 'other')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    await expect(
      hash(new MemoryTree('caps', { 'subjects/sub-1/ses-1/x.txt': '' }), ['sub-1/ses-1']),
    ).rejects.toMatchObject({ code: 'CAPS_NO_VOLUME' });
  });

  test('are no longer read once the job is cancelled', async () => {
    const caps = new MemoryTree('caps', {
      [pathOf('sub-1/ses-M000')]: niftiBytes(ramp()),
      [pathOf('sub-2/ses-M000')]: niftiBytes(ramp(1)),
    });
    const controller = new AbortController();
    const sessions = ['sub-1', 'sub-2'].map((participant) => ({
      participant,
      session: 'ses-M000',
    }));
    const job = hashScans({ caps, sessions }, { ...context, signal: controller.signal });
    const running = follow(job, (event) => {
      if (event.kind === 'progress') controller.abort();
    });
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
