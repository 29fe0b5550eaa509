import { expect, it } from 'vitest';
import { memoryFile } from '../files/memory-tree.ts';
import { readHeader, readVolume } from './read.ts';
import { niftiBytes } from './write.ts';

const volume = {
  data: Float32Array.from({ length: 24 }, (_, i) => i),
  shape: [2, 3, 4],
  affine: [-1.5, 0, 0, 90, 0, 2, 0, -126, 0, 0, 2.5, -72, 0, 0, 0, 1],
} as const;

it('writes the header that the format asks for, and no text', () => {
  const bytes = niftiBytes(volume);
  const view = new DataView(bytes.buffer);
  expect(bytes.length).toBe(352 + 4 * 24);
  expect(view.getInt32(0, true)).toBe(348);
  expect([0, 1, 2, 3].map((i) => view.getInt16(40 + 2 * i, true))).toEqual([3, 2, 3, 4]);
  expect([0, 1, 2, 3].map((i) => view.getFloat32(76 + 4 * i, true))).toEqual([-1, 1.5, 2, 2.5]);
  expect(new TextDecoder().decode(bytes.subarray(344, 347))).toBe('n+1');
  const texts = [bytes.subarray(4, 38), bytes.subarray(148, 252), bytes.subarray(328, 344)];
  expect(texts.every((text) => text.every((byte) => byte === 0))).toBe(true);
  expect([...bytes.subarray(348, 352)]).toEqual([0, 0, 0, 0]);
});

it('stores X fastest', () => {
  const stored = new Float32Array(niftiBytes(volume).buffer, 352);
  expect([...stored.subarray(0, 7)]).toEqual([0, 12, 4, 16, 8, 20, 1]);
});

it('keeps the meaning of the affine that it is given', async () => {
  const bytes = niftiBytes(volume, { formCode: 4 });
  const { header } = await readHeader(memoryFile('a.nii', bytes));
  expect([header.sformCode, header.qformCode]).toEqual([4, 4]);
});

it('leaves the qform out when the affine is more than rotation and voxel size', async () => {
  const affine = volume.affine.map((value, i) => (i === 1 ? 0.2 : value));
  const again = await readVolume(memoryFile('a.nii', niftiBytes({ ...volume, affine })));
  expect([again.header.sformCode, again.header.qformCode]).toEqual([2, 0]);
  expect(again.problems).toEqual([]);
  expect(again.volume.affine).toEqual(affine.map(Math.fround));
});
