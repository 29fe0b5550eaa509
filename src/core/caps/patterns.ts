/**
 * The preprocessings whose outputs are found in a CAPS (and the raw images of a BIDS folder), and the
 * `file_type` that ClinicaDL looks for and stores: patterns and descriptions are those of 1.6.1,
 * letter for letter. `dwi-dti`, `t1-extensive` and `t2-linear`, which fail there, follow the names
 * that Clinica documents.
 */
import { spmId, spmSuffix, type SpmVolume } from './spm-volumes.ts';

export const LINEAR = ['t1-linear', 't2-linear', 'flair-linear'] as const;
export const DTI_SPACES = ['native', 'normalized'] as const;
export const DTI_MEASURES = ['FA', 'MD', 'AD', 'RD'] as const;
/** Words for raw images, of `prepare-data-from-bids`. */
export const RAW = ['t1', 'pet', 'flair', 'dwi'] as const;

/** `uncropped` volumes have 193 x 229 x 193 voxels, cropped ones 169 x 208 x 179. */
export type Preprocessing =
  | { readonly pipeline: (typeof LINEAR)[number]; readonly uncropped: boolean }
  | {
      readonly pipeline: 'pet-linear';
      readonly uncropped: boolean;
      readonly tracer: string;
      readonly region: string;
      /** Of the files that name one (`_rec-`); without it, of those that name none. */
      readonly reconstruction?: string;
    }
  /** Of ClinicaDL up to 1.0: brain-extracted, in the space of SPM's template. */
  | { readonly pipeline: 't1-extensive' }
  | {
      readonly pipeline: 'dwi-dti';
      readonly space: (typeof DTI_SPACES)[number];
      readonly measure: (typeof DTI_MEASURES)[number];
    }
  | SpmVolume
  | RawImage
  /** Whatever ends with `suffix`, which includes `.nii.gz`; `*`, `?` and folders may stand in it. */
  | { readonly pipeline: 'custom'; readonly suffix: string };

export interface RawImage {
  readonly pipeline: (typeof RAW)[number];
  /** Of PET alone. */
  readonly tracer?: string;
  readonly reconstruction?: string;
}

/** As it stands in the preprocessing JSON. */
export interface FileType {
  readonly pattern: string;
  readonly description: string;
  readonly needed_pipeline?: string;
}

const SPACE = 'MNI152NLin2009cSym';
const CROPPED = 'and cropped (matrix size 169×208×179, 1 mm isotropic voxels)';
const LINEAR_SUFFIX = { 't1-linear': 'T1w', 't2-linear': 'T2w', 'flair-linear': 'flair' } as const;
/** Native space is called `b0` or `T1w`, by what the diffusion images were registered to. */
const DTI_NAME = { native: 'space-[bT]*', normalized: 'space-MNI152Lin_res-1x1x1' } as const;
const RAW_TYPE = {
  t1: { pattern: 'anat/sub-*_ses-*_T1w.nii*', description: 'T1w MRI' },
  flair: { pattern: 'sub-*_ses-*_flair.nii*', description: 'FLAIR T2w MRI' },
  dwi: { pattern: 'dwi/sub-*_ses-*_dwi.nii*', description: 'DWI NIfTI' },
} as const;

/** @returns pattern (below the session's folder) and description of a preprocessing's volumes. */
export function fileTypeOf(preprocessing: Preprocessing): FileType {
  const { pipeline } = preprocessing;
  switch (pipeline) {
    case 't1-linear':
    case 't2-linear':
    case 'flair-linear':
      return linear(LINEAR_SUFFIX[pipeline], pipeline, preprocessing.uncropped);
    case 'pet-linear': {
      const { tracer, region, uncropped, reconstruction } = preprocessing;
      const scan = `*_trc-${tracer}${recOf(reconstruction)}_space-${SPACE}${crop(uncropped)}`;
      const pattern = `pet_linear/${scan}_res-1x1x1_suvr-${region}_pet.nii.gz`;
      return { pattern, description: '', needed_pipeline: pipeline };
    }
    case 't1-extensive':
      return {
        pattern: '*space-Ixi549Space_desc-SkullStripped_T1w.nii.gz',
        description: 'T1w Image registered in Ixi549Space and skull-stripped using t1-extensive',
        needed_pipeline: pipeline,
      };
    case 'dwi-dti': {
      const { space, measure } = preprocessing;
      return {
        pattern: `dwi/dti_based_processing/${space}_space/*_${DTI_NAME[space]}_${measure}.nii.gz`,
        description: `DTI-based ${measure} in ${space} space`,
        needed_pipeline: 'dwi_dti',
      };
    }
    case 't1':
    case 'flair':
    case 'dwi':
      return RAW_TYPE[pipeline];
    case 'pet': {
      const tracer = preprocessing.tracer === undefined ? '' : `_trc-${preprocessing.tracer}`;
      const pattern = `pet/*${tracer}${recOf(preprocessing.reconstruction)}_pet.nii*`;
      return { pattern, description: 'PET data' };
    }
    default:
      return { pattern: `*${customSuffix(preprocessing)}`, description: 'Custom suffix' };
  }
}

/** @returns what `--custom_suffix` says of a custom preprocessing, '' for any other. */
export function customSuffix(preprocessing: Preprocessing): string {
  switch (preprocessing.pipeline) {
    case 'custom':
      return preprocessing.suffix;
    case 't1-volume':
    case 'pet-volume':
      return spmSuffix(preprocessing);
    default:
      return '';
  }
}

/** @returns whether a preprocessing JSON calls it `custom`. */
export const isCustom = ({ pipeline }: Preprocessing): boolean =>
  pipeline === 'custom' || pipeline === 't1-volume' || pipeline === 'pet-volume';

/** @returns whether volumes are cropped; undefined where that is no matter of the preprocessing. */
export function isCropped(preprocessing: Preprocessing): boolean | undefined {
  return 'uncropped' in preprocessing ? !preprocessing.uncropped : undefined;
}

/**
 * @returns the folder of a preprocessing's tensors below `<mode>_based`; a group has one of its own,
 * because the files of two groups have the same names
 */
export function tensorFolder(preprocessing: Preprocessing): string {
  if (!isCustom(preprocessing)) return preprocessing.pipeline.replace('-', '_');
  const group = /^group-[A-Za-z0-9]+(?=\/)/.exec(customSuffix(preprocessing))?.[0];
  return group === undefined ? 'custom' : `custom/${group}`;
}

/** @returns a name that is stable within a CAPS, such as `pet-linear 18FFDG pons2 cropped`. */
export function preprocessingId(preprocessing: Preprocessing): string {
  const { pipeline } = preprocessing;
  switch (pipeline) {
    case 'custom':
      return `custom ${preprocessing.suffix}`;
    case 't1-volume':
    case 'pet-volume':
      return spmId(preprocessing);
    case 'dwi-dti':
      return `dwi-dti ${preprocessing.measure} ${preprocessing.space}`;
    case 'pet':
    case 'pet-linear': {
      const { tracer, reconstruction } = preprocessing;
      const region = 'region' in preprocessing ? preprocessing.region : undefined;
      return words(pipeline, tracer, reconstruction, region, sizeOf(preprocessing));
    }
    default:
      return words(pipeline, sizeOf(preprocessing));
  }
}

const words = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join(' ');

function sizeOf(preprocessing: Preprocessing): string | undefined {
  const cropped = isCropped(preprocessing);
  return cropped === undefined ? undefined : cropped ? 'cropped' : 'uncropped';
}

function linear(suffix: string, pipeline: string, uncropped: boolean): FileType {
  return {
    pattern: `*space-${SPACE}${crop(uncropped)}_res-1x1x1_${suffix}.nii.gz`,
    description:
      `${suffix} Image registered in ${SPACE} space using ${pipeline} pipeline ` +
      (uncropped ? '' : CROPPED),
    needed_pipeline: pipeline,
  };
}

const crop = (uncropped: boolean): string => (uncropped ? '' : '_desc-Crop');
const recOf = (reconstruction: string | undefined): string =>
  reconstruction === undefined ? '' : `_rec-${reconstruction}`;
