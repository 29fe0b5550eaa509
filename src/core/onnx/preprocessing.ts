/**
 * What must be done to a volume before an exported network sees it, for people and programs that have
 * neither Capsule nor ClinicaDL: `preprocessing.json` beside the weights. Every step is told in words
 * that can be followed with nibabel and numpy, with its numbers beside them.
 */
import { discardedSlices, type ModeOptions } from '../caps/extraction.ts';
import { boxOf } from '../caps/size-reduction.ts';

export interface PreprocessingFacts {
  readonly extraction: ModeOptions;
  /** `preprocessing_dict` of maps.json, as it stands there. */
  readonly preprocessing: Readonly<Record<string, unknown>>;
  /** Intensities from 0 to 1. */
  readonly normalize: boolean;
  /** Channels first, without batch. */
  readonly inputSize: readonly number[];
}

export interface Step {
  readonly step: string;
  readonly description: string;
  readonly [parameter: string]: unknown;
}

/** Of the array in the NIfTI file, whatever its affine says. */
const AXES = ['X', 'Y', 'Z'];

/** @returns the steps in their order, from the file of a volume to one element of a batch */
export function preprocessingSteps(facts: PreprocessingFacts): Step[] {
  const { extraction, normalize } = facts;
  const reduction = reductionOf(extraction);
  return [
    {
      step: 'read',
      description:
        'Read the NIfTI volume as float32 with its slope and intercept (nibabel: get_fdata). ' +
        'Keep its axes as they are stored; do not reorient or resample.',
    },
    extractionStep(extraction),
    {
      step: 'replace',
      description: 'NaN becomes 0, infinities the largest float32 of their sign.',
    },
    ...(normalize ? [NORMALISED] : []),
    ...(reduction === undefined ? [] : [reductionStep(reduction)]),
    {
      step: 'shape',
      description: 'Put the channels first and elements behind one another in a batch, float32.',
      shape: ['batch', ...facts.inputSize],
    },
  ];
}

/** Names of the axes of the input: a slice has lost one of those of the volume. */
export function inputAxes(extraction: ModeOptions): string[] {
  const axes =
    extraction.mode === 'slice'
      ? AXES.filter((_, axis) => axis !== extraction.direction)
      : [...AXES];
  return ['batch', 'channel', ...axes];
}

/** The grid that the network expects, as far as the MAPS knows it. */
export function voxelGrid({ extraction, inputSize }: PreprocessingFacts) {
  const isWhole = extraction.mode === 'image' && extraction.reduction === undefined;
  return {
    ...(isWhole ? { shape: inputSize.slice(1) } : {}),
    affine: null,
    note:
      'A MAPS does not hold the affine of its volumes. They must come from the preprocessing named ' +
      'in "volumes", which puts them on one grid.',
  };
}

const reductionOf = (extraction: ModeOptions): number | undefined =>
  extraction.mode === 'image' ? extraction.reduction : undefined;

const NORMALISED: Step = {
  step: 'normalise',
  description:
    '(x - min) / (max - min), with the minimum and maximum of this element; zeros where all ' +
    'voxels are equal.',
};

function extractionStep(extraction: ModeOptions): Step {
  switch (extraction.mode) {
    case 'image':
      return { step: 'extract', description: 'The element is the whole volume.', mode: 'image' };
    case 'patch':
      return {
        ...{ step: 'extract', mode: 'patch' },
        description:
          'Elements are cubes without padding; the last axis is the fastest to move along, voxels ' +
          'behind the last whole cube are dropped.',
        ...{ patch_size: extraction.patchSize, stride_size: extraction.strideSize },
      };
    case 'slice': {
      const [begin, end] = discardedSlices(extraction.discarded);
      const axis = AXES[extraction.direction] ?? '';
      const channels = extraction.channels === 'rgb' ? 'three equal channels' : 'one channel';
      return {
        ...{ step: 'extract', mode: 'slice' },
        description: `Elements are the planes across ${axis}, without the first ${begin} and the last ${end}, in ${channels}.`,
        ...{ axis, discarded_slices: [begin, end], channels: extraction.channels },
      };
    }
    case 'roi':
      return {
        ...{ step: 'extract', mode: 'roi' },
        description: extraction.uncropped
          ? 'Elements are the volume multiplied by the mask of each region.'
          : 'Elements are the volume multiplied by the mask of each region, without the planes that do not meet the mask.',
        ...{ regions: extraction.regions, uncropped: extraction.uncropped },
      };
  }
}

function reductionStep(factor: number): Step {
  const { start, end } = boxOf(factor);
  const ranges = start.map((from, axis) => `${from}:${end[axis]}:${factor}`).join(', ');
  return {
    step: 'reduce',
    description: `Keep [${ranges}], in numpy's notation; of a smaller volume as much of it as there is.`,
    ...{ start, end, factor },
  };
}
