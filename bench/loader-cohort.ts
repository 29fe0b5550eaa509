/** Volumes for `loader.bench.ts`: the sample, or volumes of any size that compress as brains do. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { WritableTree } from '../src/core/files/file-tree.ts';
import { memoryFile } from '../src/core/files/memory-tree.ts';
import { gzipBytes } from '../src/core/nifti/gunzip.ts';
import { readVolume } from '../src/core/nifti/read.ts';
import { niftiBytes } from '../src/core/nifti/write.ts';
import { stream } from '../src/core/random/philox.ts';
import { makeSampleCohort } from '../src/core/sample/cohort.ts';
import type { Shape3 } from '../src/core/volume.ts';

/** What all volumes of either cohort end with. */
export const SUFFIX = 'T1w.nii.gz';

/** @param tree - gets the CAPS in its folder `caps` */
export async function writeSample(
  tree: WritableTree,
  participants: number,
  millimetres: number,
): Promise<void> {
  const packed = new Uint8Array(await readFile(resolve('public/sample/colin27-3mm.nii.gz')));
  const { volume: base } = await readVolume(memoryFile('base.nii.gz', packed));
  const sample = { participants, millimetres, seed: 42 };
  for await (const { done } of makeSampleCohort({ base, options: sample, tree })) void done;
}

/** Float32 voxels: zeros around an ellipsoid of noise that fills half of the volume. */
export async function writeLargeCohort(
  caps: WritableTree,
  participants: number,
  size: readonly number[],
): Promise<void> {
  const shape = [size[0] ?? 1, size[1] ?? 1, size[2] ?? 1] as Shape3;
  const [nx, ny, nz] = shape;
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  for (let index = 0; index < participants; index++) {
    const random = stream(7, 'loader-bench', index);
    const noise = Float32Array.from({ length: 4096 }, () => 400 + 200 * random.uniform());
    const data = new Float32Array(nx * ny * nz);
    for (let at = 0; at < data.length; at++) {
      const z = (at % nz) / nz - 0.5;
      const y = (Math.floor(at / nz) % ny) / ny - 0.5;
      const x = Math.floor(at / (nz * ny)) / nx - 0.5;
      const inside = x * x + y * y + z * z < 0.25;
      // A long period: deflate looks back 32 KiB only.
      data[at] = inside ? (noise[at % 4093] ?? 0) * (noise[(at >> 7) % 4091] ?? 0) : 0;
    }
    const participant = `sub-B${String(index).padStart(3, '0')}`;
    const path = `subjects/${participant}/ses-M000/custom/${participant}_ses-M000_${SUFFIX}`;
    await caps.write(path, await gzipBytes(niftiBytes({ data, shape, affine })));
  }
}
