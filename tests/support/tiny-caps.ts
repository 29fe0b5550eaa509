/** A CAPS in memory: small random volumes whose class shows in one corner, with tables for `train`. */
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { niftiBytes } from '../../src/core/nifti/write.ts';
import { stream } from '../../src/core/random/philox.ts';

export const TINY_SHAPE = [36, 18, 17] as const;
export const TINY_SUFFIX = 'desc-Crop_res-4x4x4_T1w.nii.gz';
const AFFINE = [4, 0, 0, -70, 0, 4, 0, -20, 0, 0, 4, -20, 0, 0, 0, 1];

export interface TinyParticipant {
  readonly participant: string;
  readonly diagnosis: 'AD' | 'CN';
}

export function tinyParticipants(count: number): TinyParticipant[] {
  return Array.from({ length: count }, (_, index) => ({
    participant: `sub-T${String(index).padStart(2, '0')}`,
    diagnosis: index % 2 === 0 ? 'AD' : 'CN',
  }));
}

/** Volumes are plain NIfTI bytes under a .nii.gz name, which readers recognise by content. */
export async function tinyCaps(people: readonly TinyParticipant[]): Promise<MemoryTree> {
  const tree = new MemoryTree('caps');
  const [x, y, z] = TINY_SHAPE;
  for (const [index, { participant, diagnosis }] of people.entries()) {
    const random = stream(3, 'tiny', index);
    const data = Float32Array.from({ length: x * y * z }, (_, i) => {
      const inCorner = i % z < 8 && Math.floor(i / z) % y < 9;
      return random.uniform() + (inCorner && diagnosis === 'AD' ? 1 : 0);
    });
    const folder = `subjects/${participant}/ses-M000/custom`;
    const name = `${participant}_ses-M000_space-MNI152NLin2009cSym_${TINY_SUFFIX}`;
    await tree.write(`${folder}/${name}`, niftiBytes({ data, shape: TINY_SHAPE, affine: AFFINE }));
  }
  const mask = Float32Array.from({ length: x * y * z }, (_, i) => (i % z < 6 ? 1 : 0));
  const stem = 'masks/tpl-MNI152NLin2009cSym/tpl-MNI152NLin2009cSym_res-4x4x4_roi-low_mask';
  await tree.write(`${stem}.nii.gz`, niftiBytes({ data: mask, shape: TINY_SHAPE, affine: AFFINE }));
  return tree;
}

export function tinyTable(people: readonly TinyParticipant[]): string {
  const rows = people.map(({ participant, diagnosis }) => `${participant}\tses-M000\t${diagnosis}`);
  return ['participant_id\tsession_id\tdiagnosis', ...rows, ''].join('\n');
}
