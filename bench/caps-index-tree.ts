/**
 * The files of a made CAPS, as large as studies are: for each session a cropped and an uncropped
 * t1-linear image and a matrix, and a table of labels. The voxels are one.
 */
import { makeExtraction } from '../src/core/caps/extraction.ts';
import { tensorBytes } from '../src/core/caps/tensor-files.ts';
import { gzipBytes } from '../src/core/nifti/gunzip.ts';
import { niftiBytes } from '../src/core/nifti/write.ts';

const SPACE = 'space-MNI152NLin2009cSym';
const AFFINE = [1, 0, 0, -90, 0, 1, 0, -126, 0, 0, 1, -72, 0, 0, 0, 1];
const PATCHES = 36;

export const EXTRACTION = makeExtraction(
  { pipeline: 't1-linear', uncropped: false },
  { mode: 'image' },
  'image',
);

export interface MadeSession {
  /** From the root of the CAPS. */
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly content: Uint8Array<ArrayBuffer> }[];
}

export interface MadeSize {
  readonly participants: number;
  readonly sessions: number;
  /** Tensors of 36 patches for each session as well. */
  readonly tensors: boolean;
}

/** @returns one entry a session, participant by participant */
export async function* madeSessions(size: MadeSize): AsyncGenerator<MadeSession> {
  const voxel = { data: new Float32Array(1), shape: [1, 1, 1] as const, affine: AFFINE };
  const scan = await gzipBytes(niftiBytes(voxel));
  const tensor = tensorBytes({ data: new Float32Array(1), shape: [1, 1, 1, 1] }, 'x');
  for (const { participant, session } of madeKeys(size)) {
    const folder = `subjects/${participant}/${session}`;
    const name = `${participant}_${session}_T1w_${SPACE}`;
    const image = (end: string) => `${folder}/t1_linear/${name}${end}`;
    const patch = (number: number) =>
      `${folder}/deeplearning_prepare_data/patch_based/t1_linear/${name}` +
      `_desc-Crop_res-1x1x1_patchsize-50_stride-50_patch-${number}_T1w.pt`;
    yield {
      folder,
      files: [
        { path: image('_desc-Crop_res-1x1x1_T1w.nii.gz'), content: scan },
        { path: image('_res-1x1x1_T1w.nii.gz'), content: scan },
        { path: image('_res-1x1x1_affine.mat'), content: new Uint8Array(0) },
        ...Array.from({ length: size.tensors ? PATCHES : 0 }, (_, number) => ({
          path: patch(number),
          content: tensor,
        })),
      ],
    };
  }
}

/** @returns the text of labels.tsv: age, sex and diagnosis of every session */
export function madeLabels(size: MadeSize): string {
  const rows = [...madeKeys(size)].map(({ participant, session }, at) =>
    [
      ...[participant, session, 55 + (at % 30), at % 3 === 0 ? 'M' : 'F'],
      ['CN', 'MCI', 'AD'][(at >> 1) % 3],
    ].join('\t'),
  );
  return ['participant_id\tsession_id\tage\tsex\tdiagnosis', ...rows, ''].join('\n');
}

function* madeKeys({ participants, sessions }: MadeSize) {
  for (let number = 0; number < participants; number += 1) {
    const participant = `sub-ADNI${String(number).padStart(6, '0')}`;
    for (let visit = 0; visit < sessions; visit += 1) {
      yield { participant, session: `ses-M${String(12 * visit).padStart(3, '0')}` };
    }
  }
}
