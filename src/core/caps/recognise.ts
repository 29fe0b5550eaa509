/** From the name of a volume (or of its tensor) to the preprocessing that made it. */
import type { Preprocessing } from './patterns.ts';
import { recogniseSpm } from './spm-volumes.ts';

const LINEAR_NAME = /space-MNI152NLin2009cSym(_desc-Crop)?_res-1x1x1_(T1w|T2w|flair)\.nii\.gz$/i;
const LINEAR_PIPELINE = { t1w: 't1-linear', t2w: 't2-linear', flair: 'flair-linear' } as const;
const PET_NAME =
  /(?:^|\/)pet_linear\/[^/]*_trc-([A-Za-z0-9]+)(?:_rec-([A-Za-z0-9]+))?_space-MNI152NLin2009cSym(_desc-Crop)?_res-1x1x1_suvr-([A-Za-z0-9]+)_pet\.nii\.gz$/i;
const EXTENSIVE_NAME = /space-Ixi549Space_desc-SkullStripped_T1w\.nii\.gz$/i;
const DTI_PATH =
  /(?:^|\/)dwi\/dti_based_processing\/(?:native_space\/[^/]*_space-[bT][^/]*|(normalized_space)\/[^/]*_space-MNI152Lin_res-1x1x1)_(FA|MD|AD|RD)\.nii\.gz$/i;
const CUSTOM = /(?:^|\/)sub-[A-Za-z0-9]+_ses-[A-Za-z0-9]+_(?:[^/]*run-\d+_)?([^/]+\.nii\.gz)$/;

/**
 * @param path - of a file, below its session's folder
 * @returns the preprocessing that the file is an output of: a named one, else custom with all that
 * follows `ses-xxx_` (and a run number); undefined when the name does not start with its session
 */
export function recognise(path: string): Preprocessing | undefined {
  const linear = LINEAR_NAME.exec(path);
  if (linear !== null) {
    const suffix = linear[2]?.toLowerCase() as keyof typeof LINEAR_PIPELINE;
    return { pipeline: LINEAR_PIPELINE[suffix], uncropped: linear[1] === undefined };
  }
  const pet = PET_NAME.exec(path);
  if (pet !== null) {
    const [, tracer = '', reconstruction, cropped, region = ''] = pet;
    return {
      ...{ pipeline: 'pet-linear', uncropped: cropped === undefined, tracer, region },
      ...(reconstruction === undefined ? {} : { reconstruction }),
    };
  }
  if (EXTENSIVE_NAME.test(path)) return { pipeline: 't1-extensive' };
  const dti = DTI_PATH.exec(path);
  if (dti !== null) {
    const measure = dti[2]?.toUpperCase() as 'FA';
    return { pipeline: 'dwi-dti', space: dti[1] === undefined ? 'native' : 'normalized', measure };
  }
  const spm = recogniseSpm(path);
  if (spm !== undefined) return spm;
  const suffix = CUSTOM.exec(path)?.[1];
  return suffix === undefined ? undefined : { pipeline: 'custom', suffix };
}

/** @param path - of an image tensor, below `deeplearning_prepare_data/image_based` */
export function recogniseTensor(path: string): Preprocessing | undefined {
  const volume = path.replace(/\.pt$/, '.nii.gz');
  const isNormalized = /_space-MNI152Lin_/i.test(path);
  const dti = `dwi/dti_based_processing/${isNormalized ? 'normalized' : 'native'}_space`;
  const isTissue = /_segm-[^/]*_probability\.pt$/.test(path);
  const spm = isTissue ? 't1/spm/dartel' : 'pet/preprocessing';
  const place = volume
    .replace(/^dwi_dti(?=\/)/, dti)
    .replace(/^custom(?=\/group-)/, spm)
    .replace(/^custom(?=\/[^/]*_segm-)/, 't1/spm/segmentation/normalized_space');
  return recognise(place);
}
