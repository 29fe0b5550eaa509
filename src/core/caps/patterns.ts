/**
 * The preprocessings whose outputs ClinicaDL finds in a CAPS, and the `file_type` that it looks for
 * and stores: patterns and descriptions are those of 1.6.1, letter for letter.
 */

/** `uncropped` volumes have 193 x 229 x 193 voxels, cropped ones 169 x 208 x 179. */
export type Preprocessing =
  | { readonly pipeline: 't1-linear' | 'flair-linear'; readonly uncropped: boolean }
  | {
      readonly pipeline: 'pet-linear';
      readonly uncropped: boolean;
      readonly tracer: string;
      readonly region: string;
    }
  /** Whatever ends with `suffix`, which includes `.nii.gz`. */
  | { readonly pipeline: 'custom'; readonly suffix: string };

export type Pipeline = Preprocessing['pipeline'];
export const PIPELINES: readonly Pipeline[] = ['t1-linear', 'flair-linear', 'pet-linear', 'custom'];

/** As it stands in the preprocessing JSON. */
export interface FileType {
  readonly pattern: string;
  readonly description: string;
  readonly needed_pipeline?: string;
}

const SPACE = 'MNI152NLin2009cSym';
const CROPPED = 'and cropped (matrix size 169×208×179, 1 mm isotropic voxels)';

/** @returns pattern (below the session's folder) and description of a preprocessing's volumes. */
export function fileTypeOf(preprocessing: Preprocessing): FileType {
  switch (preprocessing.pipeline) {
    case 't1-linear':
      return linear('T1w', 't1-linear', preprocessing.uncropped);
    case 'flair-linear':
      return linear('flair', 'flair-linear', preprocessing.uncropped);
    case 'pet-linear': {
      const { tracer, region, uncropped } = preprocessing;
      const name = `*_trc-${tracer}_space-${SPACE}${crop(uncropped)}_res-1x1x1_suvr-${region}_pet`;
      return {
        pattern: `pet_linear/${name}.nii.gz`,
        description: '',
        needed_pipeline: 'pet-linear',
      };
    }
    case 'custom':
      return { pattern: `*${preprocessing.suffix}`, description: 'Custom suffix' };
  }
}

/** @returns the folder of a preprocessing's tensors below `<mode>_based`. */
export function tensorFolder({ pipeline }: Preprocessing): string {
  return pipeline.replace('-', '_');
}

/** @returns a name that is stable within a CAPS, such as `pet-linear 18FFDG pons2 cropped`. */
export function preprocessingId(preprocessing: Preprocessing): string {
  if (preprocessing.pipeline === 'custom') return `custom ${preprocessing.suffix}`;
  const pet =
    preprocessing.pipeline === 'pet-linear' ? [preprocessing.tracer, preprocessing.region] : [];
  const size = preprocessing.uncropped ? 'uncropped' : 'cropped';
  return [preprocessing.pipeline, ...pet, size].join(' ');
}

const LINEAR = /space-MNI152NLin2009cSym(_desc-Crop)?_res-1x1x1_(T1w|flair)\.nii\.gz$/i;
const PET =
  /(?:^|\/)pet_linear\/[^/]*_trc-([A-Za-z0-9]+)_space-MNI152NLin2009cSym(_desc-Crop)?_res-1x1x1_suvr-([A-Za-z0-9]+)_pet\.nii\.gz$/i;
const CUSTOM = /(?:^|\/)sub-[A-Za-z0-9]+_ses-[A-Za-z0-9]+_(?:[^/]*run-\d+_)?([^/]+\.nii\.gz)$/;

/**
 * @param path - of a file, below its session's folder
 * @returns the preprocessing that the file is an output of: a named one, else custom with all that
 * follows `ses-xxx_` (and a run number); undefined when the name does not start with its session
 */
export function recognise(path: string): Preprocessing | undefined {
  const linearParts = LINEAR.exec(path);
  if (linearParts !== null) {
    const pipeline = linearParts[2]?.toLowerCase() === 't1w' ? 't1-linear' : 'flair-linear';
    return { pipeline, uncropped: linearParts[1] === undefined };
  }
  const pet = PET.exec(path);
  if (pet !== null) {
    const [, tracer = '', cropped, region = ''] = pet;
    return { pipeline: 'pet-linear', uncropped: cropped === undefined, tracer, region };
  }
  const suffix = CUSTOM.exec(path)?.[1];
  return suffix === undefined ? undefined : { pipeline: 'custom', suffix };
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
