/** The options of `prepare-data` and `prepare-data-from-bids`, and what they mean together. */
import { type Command, Option } from 'commander';
import type { ModeOptions } from '../../src/core/caps/extraction.ts';
import {
  DTI_MEASURES,
  DTI_SPACES,
  LINEAR,
  RAW,
  type Preprocessing,
} from '../../src/core/caps/patterns.ts';
import { TISSUES, type Tissue } from '../../src/core/caps/spm-volumes.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import { countingNumber, wholeNumber, wholeNumbers } from '../terminal/numbers.ts';
import { repeated } from '../terminal/repeated.ts';

export type Mode = ModeOptions['mode'];

export interface PrepareOptions {
  readonly n_proc: number;
  readonly subjects_sessions_tsv?: string;
  readonly extract_json?: string;
  readonly use_uncropped_image?: boolean;
  readonly tracer?: string;
  readonly suvr_reference_region?: string;
  readonly reconstruction?: string;
  readonly custom_suffix?: string;
  readonly dti_measure: (typeof DTI_MEASURES)[number];
  readonly dti_space: (typeof DTI_SPACES)[number];
  readonly group_label?: string;
  readonly tissue: Tissue;
  readonly modulation: 'on' | 'off';
  readonly fwhm?: number;
  readonly pvc?: boolean;
  readonly mask_brain?: boolean;
  readonly save_features?: boolean;
  readonly overwrite?: boolean;
  readonly skip_unreadable?: boolean;
  readonly dry_run?: boolean;
  readonly patch_size: number;
  readonly stride_size: number;
  readonly slice_direction: number;
  readonly slice_mode: 'rgb' | 'single';
  readonly discarded_slices?: number[];
  readonly roi_list?: string[];
  readonly roi_uncrop_output?: boolean;
  readonly roi_custom_template: string;
  readonly roi_custom_mask_pattern: string;
}

export const MODALITIES: readonly string[] = [
  ...LINEAR,
  ...['t1-extensive', 'pet-linear', 'dwi-dti', 't1-volume', 'pet-volume', 'custom'],
];
export const BIDS_MODALITIES: readonly string[] = [...RAW, 'custom'];

/** Short names of several letters; some of them mean another option elsewhere. */
export const PREPARE_SHORTS: readonly (readonly [string, string])[] = [
  ['-np', '--n_proc'],
  ['-tsv', '--subjects_sessions_tsv'],
  ['-ej', '--extract_json'],
  ['-uui', '--use_uncropped_image'],
  ['-suvr', '--suvr_reference_region'],
  ['-cn', '--custom_suffix'],
  ['-dm', '--dti_measure'],
  // Of discarded_slices too, where it never worked.
  ['-ds', '--dti_space'],
  ['-ps', '--patch_size'],
  ['-ss', '--stride_size'],
  ['-sd', '--slice_direction'],
  ['-sm', '--slice_mode'],
  ['-ct', '--roi_custom_template'],
  ['-cmp', '--roi_custom_mask_pattern'],
];

const REGIONS = ['pons', 'cerebellumPons', 'pons2', 'cerebellumPons2'];

export function addPrepareOptions(command: Command, mode: Mode, from: 'caps' | 'bids'): void {
  command
    .option('--n_proc <count>', 'volumes at once [-np]', countingNumber, 2)
    .option('--subjects_sessions_tsv <file>', 'sessions that are wanted; all by default [-tsv]')
    .option('--extract_json <name>', 'name of the JSON file; extract_<seconds> by default [-ej]')
    .option('--use_uncropped_image', 'take the uncropped volumes [-uui]')
    .option('--tracer <name>', 'of PET, such as 18FFDG')
    .addOption(
      new Option('--suvr_reference_region <name>', 'of pet-linear and pet-volume [-suvr]').choices(
        REGIONS,
      ),
    )
    .option('--reconstruction <name>', 'of PET whose files name one (rec-<name>)')
    .option(
      '--custom_suffix <suffix>',
      'end of the file names, .nii.gz included; *, ? and folders may stand in it [-cn]',
    );
  if (from === 'caps') addPipelineOptions(command);
  command
    .option(
      '--save_features',
      mode === 'image'
        ? 'write the images as .pt tensors too, which ClinicaDL needs and Capsule does not'
        : 'write the parts as .pt tensors too, which ClinicaDL needs and Capsule does not',
    )
    .option('--overwrite', 'write tensors anew that hold other numbers')
    .option('--skip_unreadable', 'leave sessions with unusable volumes out instead of stopping')
    .option('--dry_run', 'only say what is there, missing, double, unreadable or odd');
  addModeOptions(command, mode);
}

function addPipelineOptions(command: Command): void {
  command
    .addOption(
      new Option('--dti_measure <name>', 'of dwi-dti [-dm]').choices(DTI_MEASURES).default('FA'),
    )
    .addOption(
      new Option('--dti_space <name>', 'of dwi-dti [-ds]').choices(DTI_SPACES).default('native'),
    )
    .option('--group_label <name>', 'of t1-volume and pet-volume: the group of the template')
    .addOption(new Option('--tissue <name>', 'of t1-volume').choices(TISSUES).default('graymatter'))
    .addOption(
      new Option('--modulation <state>', 'of t1-volume').choices(['on', 'off']).default('on'),
    )
    .option('--fwhm <millimetres>', 'smoothing of t1-volume and pet-volume', countingNumber)
    .option('--pvc', 'of pet-volume: corrected for partial volume')
    .option('--mask_brain', 'of pet-volume: brain only');
}

function addModeOptions(command: Command, mode: Mode): void {
  if (mode === 'patch') {
    command
      .option('--patch_size <voxels>', 'edge of a patch [-ps]', countingNumber, 50)
      .option('--stride_size <voxels>', 'step from patch to patch [-ss]', countingNumber, 50);
  }
  if (mode === 'slice') {
    command
      .option('--slice_direction <axis>', '0 sagittal, 1 coronal, 2 axial [-sd]', wholeNumber, 0)
      .addOption(
        new Option('--slice_mode <mode>', 'channels [-sm]')
          .choices(['rgb', 'single'])
          .default('rgb'),
      )
      .option(
        '--discarded_slices <count>',
        'left out at both ends; twice for begin and end',
        wholeNumbers,
      );
  }
  if (mode === 'roi') {
    command
      .option('--roi_list <name>', 'region. Repeat for several.', repeated)
      .option('--roi_uncrop_output', 'keep the shape of the volume')
      .option('--roi_custom_template <name>', 'template of custom volumes [-ct]', '')
      .option('--roi_custom_mask_pattern <pattern>', 'in the name of the masks [-cmp]', '');
  }
}

/** @throws CapsuleError CONFIG_VALUE for a modality that there is not, CONFIG_MISSING */
export function preprocessingOf(
  modality: string,
  from: 'caps' | 'bids',
  options: PrepareOptions,
): Preprocessing {
  const known = from === 'caps' ? MODALITIES : BIDS_MODALITIES;
  if (!known.includes(modality)) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `"MODALITY" to be one of ${known.join(', ')}`,
      found: modality,
    });
  }
  const { tracer, suvr_reference_region: region, reconstruction: rec, group_label } = options;
  const uncropped = options.use_uncropped_image === true;
  const reconstruction = rec === undefined ? {} : { reconstruction: rec };
  const fwhm = options.fwhm === undefined ? {} : { fwhm: options.fwhm };
  const group = group_label?.replace(/^group-/, '');
  switch (modality as Preprocessing['pipeline']) {
    case 'pet-linear':
      if (tracer === undefined) throw needs('--tracer');
      if (region === undefined) throw needs('--suvr_reference_region');
      return { pipeline: 'pet-linear', uncropped, tracer, region, ...reconstruction };
    case 'dwi-dti':
      return { pipeline: 'dwi-dti', space: options.dti_space, measure: options.dti_measure };
    case 't1-volume': {
      if (options.fwhm !== undefined && group === undefined) throw needs('--group_label');
      const { tissue, modulation } = options;
      const of = group === undefined ? {} : { group };
      return { pipeline: 't1-volume', tissue, modulated: modulation === 'on', ...of, ...fwhm };
    }
    case 'pet-volume':
      if (group === undefined) throw needs('--group_label');
      if (region === undefined) throw needs('--suvr_reference_region');
      return {
        ...{ pipeline: 'pet-volume', group, region, ...(tracer === undefined ? {} : { tracer }) },
        ...{ pvc: options.pvc === true, masked: options.mask_brain === true, ...fwhm },
      };
    case 'pet':
      return { pipeline: 'pet', ...(tracer === undefined ? {} : { tracer }), ...reconstruction };
    case 'custom':
      if (options.custom_suffix === undefined) throw needs('--custom_suffix');
      return { pipeline: 'custom', suffix: options.custom_suffix };
    case 't1-extensive':
    case 't1':
    case 'flair':
    case 'dwi':
      return { pipeline: modality as 't1-extensive' };
    default:
      return { pipeline: modality as 't1-linear', uncropped };
  }
}

/** @throws CapsuleError CONFIG_VALUE, CONFIG_MISSING */
export function modeOf(mode: Mode, options: PrepareOptions): ModeOptions {
  switch (mode) {
    case 'image':
      return { mode };
    case 'patch':
      return { mode, patchSize: options.patch_size, strideSize: options.stride_size };
    case 'slice': {
      const axis = options.slice_direction;
      if (axis !== 0 && axis !== 1 && axis !== 2) {
        throw new CapsuleError('CONFIG_VALUE', {
          expected: '"slice_direction" to be 0, 1 or 2',
          found: String(axis),
        });
      }
      const discarded = options.discarded_slices ?? [0, 0];
      return { mode, direction: axis, channels: options.slice_mode, discarded };
    }
    case 'roi':
      if (options.roi_list === undefined) throw needs('--roi_list');
      return {
        ...{ mode, regions: options.roi_list, uncropped: options.roi_uncrop_output === true },
        customTemplate: options.roi_custom_template,
        customMaskPattern: options.roi_custom_mask_pattern,
      };
  }
}

const needs = (option: string): CapsuleError =>
  new CapsuleError('CONFIG_MISSING', { expected: option });
