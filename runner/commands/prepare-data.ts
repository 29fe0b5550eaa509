/**
 * `capsule prepare-data`: writes the preprocessing JSON that says which volumes of a CAPS a network
 * sees, and which part of them. Volumes are read and cut when they are needed, so no tensor files are
 * written.
 */
import { type Command, Option } from 'commander';
import { saveExtraction } from '../../src/core/caps/extraction-file.ts';
import {
  extractionRecord,
  makeExtraction,
  readExtraction,
  type ModeOptions,
} from '../../src/core/caps/extraction.ts';
import { indexCaps } from '../../src/core/caps/index.ts';
import { volumesOf } from '../../src/core/caps/volumes.ts';
import type { Preprocessing } from '../../src/core/caps/patterns.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { wholeNumber, wholeNumbers } from '../terminal/numbers.ts';
import { repeated } from './group-options.ts';

interface Options {
  readonly extract_json?: string;
  readonly use_uncropped_image?: boolean;
  readonly tracer?: string;
  readonly suvr_reference_region?: string;
  readonly custom_suffix?: string;
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

const MODALITIES = ['t1-linear', 'flair-linear', 'pet-linear', 'custom'];

export function addPrepareData(program: Command): void {
  const group = program
    .command('prepare-data')
    .description('describe which part of which volumes a network sees');
  for (const mode of ['image', 'patch', 'slice', 'roi'] as const) {
    const command = group
      .command(mode)
      .description(`write the preprocessing JSON of mode ${mode}`)
      .argument('<CAPS_DIRECTORY>', 'folder with subjects/sub-*/ses-*')
      .argument('<MODALITY>', MODALITIES.join(', '))
      .option('--extract_json <name>', 'name of the JSON file; extract_<seconds> by default [-ej]')
      .option('--use_uncropped_image', 'take the uncropped volumes [-uui]')
      .option('--tracer <name>', 'of pet-linear, such as 18FFDG')
      .option('--suvr_reference_region <name>', 'of pet-linear, such as pons2 [-suvr]')
      .option('--custom_suffix <suffix>', 'end of the file names, .nii.gz included [-cn]');
    addModeOptions(command, mode);
    command.action((caps: string, modality: string, options: Options) =>
      run(caps, modality, mode, options),
    );
  }
}

function addModeOptions(command: Command, mode: ModeOptions['mode']): void {
  if (mode === 'patch') {
    command
      .option('--patch_size <voxels>', 'edge of a patch [-ps]', wholeNumber, 50)
      .option('--stride_size <voxels>', 'step from patch to patch [-ss]', wholeNumber, 50);
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
        'left out at both ends, or begin and end',
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

async function run(
  capsPath: string,
  modality: string,
  mode: ModeOptions['mode'],
  options: Options,
): Promise<void> {
  const caps = new DiskTree(capsPath);
  const preprocessing = preprocessingOf(modality, options);
  const seconds = Math.floor(systemClock.now() / 1000);
  const name = options.extract_json ?? `extract_${seconds}`;
  const made = makeExtraction(preprocessing, modeOf(mode, options), name);
  // Reading it as `train` will is the check, before anything is written.
  const extraction = readExtraction(extractionRecord(made), made.name);
  const { paths } = volumesOf(await indexCaps(caps), extraction.fileType.pattern);
  if (paths.size === 0) {
    throw new CapsuleError('CAPS_NO_VOLUME', {
      file: capsPath,
      expected: `files ${extraction.fileType.pattern}`,
      found: 'none',
    });
  }
  await saveExtraction(caps, extraction);
  process.stdout.write(`tensor_extraction/${extraction.name}: ${paths.size} sessions\n`);
}

function preprocessingOf(modality: string, options: Options): Preprocessing {
  const uncropped = options.use_uncropped_image === true;
  switch (modality) {
    case 't1-linear':
    case 'flair-linear':
      return { pipeline: modality, uncropped };
    case 'pet-linear': {
      const { tracer, suvr_reference_region: region } = options;
      if (tracer === undefined) throw needs('--tracer');
      if (region === undefined) throw needs('--suvr_reference_region');
      return { pipeline: modality, uncropped, tracer, region };
    }
    case 'custom':
      if (options.custom_suffix === undefined) throw needs('--custom_suffix');
      return { pipeline: modality, suffix: options.custom_suffix };
    default:
      throw new CapsuleError('CONFIG_VALUE', {
        expected: `"MODALITY" to be one of ${MODALITIES.join(', ')}`,
        found: modality,
      });
  }
}

function modeOf(mode: ModeOptions['mode'], options: Options): ModeOptions {
  switch (mode) {
    case 'image':
      return { mode };
    case 'patch':
      return {
        mode,
        patchSize: options.patch_size,
        strideSize: options.stride_size,
      };
    case 'slice': {
      const axis = options.slice_direction;
      if (axis !== 0 && axis !== 1 && axis !== 2) {
        throw new CapsuleError('CONFIG_VALUE', {
          expected: '"slice_direction" to be 0, 1 or 2',
          found: String(axis),
        });
      }
      const discarded = options.discarded_slices ?? [0];
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
