/** Our elements beside the `.pt` tensors that ClinicaDL made of real brains, bit for bit. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needFile } from '../files/read.ts';
import { readVolume } from '../nifti/read.ts';
import { readTorch } from '../torch/read.ts';
import { TorchTensor } from '../torch/tensor.ts';
import { elementCount, extractElement } from './extract.ts';
import { extractionJson } from './extraction-file.ts';
import { readExtraction } from './extraction.ts';
import { indexCaps } from './index.ts';
import { findRegionMasks, regionMask } from './regions.ts';
import { tensorPath } from './tensor-names.ts';
import { volumesOf } from './volumes.ts';
import { folderTree, hasShared, SHARED } from './testing/folder.ts';

const gold = join(SHARED, 'gold');
const caps = folderTree(join(SHARED, 'data/brains-3mm/caps'));
const FILES = ['image', 'patch_features', 'slice_features', 'roi_features'];

const tensorFile = (path: string) => {
  const [, participant, , , mode, ...rest] = path.split('/');
  return join(gold, 'tensors', participant ?? '', mode ?? '', ...rest);
};

async function masksOf(extraction: ReturnType<typeof readExtraction>) {
  const paths = await findRegionMasks(caps, extraction);
  return Promise.all(
    paths.map(async (path) =>
      regionMask((await readVolume(await needFile(caps, path))).volume, path),
    ),
  );
}

describe.skipIf(!hasShared)('real brains (needs ../shared, absent on most machines)', () => {
  test.each(FILES)('%s.json comes back byte for byte', (file) => {
    const text = readFileSync(join(gold, `tensor_extraction/${file}.json`), 'utf8');
    expect(extractionJson(readExtraction(JSON.parse(text), file))).toBe(text);
  });

  test.each(FILES)('tensors of %s.json are equal, file by file', async (file) => {
    const text = readFileSync(join(gold, `tensor_extraction/${file}.json`), 'utf8');
    const extraction = readExtraction(JSON.parse(text), file);
    const masks = await masksOf(extraction);
    const index = await indexCaps(caps);
    const sessions = ['sub-01', 'sub-03'].map((participant) => ({
      participant,
      session: 'ses-M000',
    }));
    const { paths } = volumesOf(index, extraction.fileType.pattern, sessions);
    expect(paths.size).toBe(2);
    for (const path of paths.values()) {
      const { volume } = await readVolume(await needFile(caps, path));
      const count = elementCount(volume.shape, extraction);
      for (let at = 0; at < count; at += 1) {
        const element = extractElement(volume, extraction, at, masks);
        const place = tensorFile(tensorPath(path, extraction, at, masks[at]?.file));
        const stored = readTorch(new Uint8Array(readFileSync(place)), place);
        if (!(stored instanceof TorchTensor)) throw new Error(`${place} holds no tensor`);
        expect(element.shape).toEqual(stored.shape);
        const bytes = new Uint8Array(
          element.data.buffer,
          element.data.byteOffset,
          element.data.byteLength,
        );
        expect(Buffer.compare(bytes, stored.bytes)).toBe(0);
      }
      const folder = join(tensorFile(tensorPath(path, extraction, 0, masks[0]?.file)), '..');
      expect(readdirSync(folder)).toHaveLength(count);
    }
  });
});
