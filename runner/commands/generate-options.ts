/** The options of `generate`: those of ClinicaDL 1.6.1, and what Capsule adds to them. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { LINEAR, type Preprocessing } from '../../src/core/caps/patterns.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import type { ArtifactOptions } from '../../src/core/generate/artifacts.ts';
import type { Range } from '../../src/core/generate/motion.ts';
import { PATHOLOGIES, type Pathology } from '../../src/core/generate/regions.ts';
import { SUBJECTS } from '../../src/jobs/generate/sources.ts';
import { countingNumber, wholeNumber } from '../terminal/numbers.ts';

/** Short names of several letters. */
export const GENERATE_SHORTS: readonly (readonly [string, string])[] = [
  ['-np', '--n_proc'],
  ['-uui', '--use_uncropped_image'],
  ['-suvr', '--suvr_reference_region'],
  ['-cn', '--custom_suffix'],
  ['-ej', '--extract_json'],
  ['-csd', '--cn_subtypes_distribution'],
  ['-asd', '--ad_subtypes_distribution'],
  ['-anod', '--anomaly_degree'],
];

export interface CommonOptions {
  readonly n_proc: number;
  readonly seed: number;
  readonly ground_truth: boolean;
  readonly overwrite?: boolean;
}

export interface ScanOptions extends CommonOptions {
  readonly participants_tsv?: string;
  readonly use_uncropped_image?: boolean;
}

export interface PreprocessingOptions {
  readonly preprocessing: string;
  readonly use_uncropped_image?: boolean;
  readonly tracer?: string;
  readonly suvr_reference_region?: string;
  readonly custom_suffix?: string;
}

interface Counted {
  readonly n_subjects?: number;
}

export interface RandomOptions extends ScanOptions, PreprocessingOptions, Counted {
  readonly mean: number;
  readonly sigma: number;
}

export interface TrivialOptions extends ScanOptions, PreprocessingOptions, Counted {
  readonly mask_path?: string;
  readonly atrophy_percent: number;
}

export interface PhantomFlags extends CommonOptions, Counted {
  readonly extract_json?: string;
  readonly image_size: number;
  readonly cn_subtypes_distribution?: number[];
  readonly ad_subtypes_distribution?: number[];
  readonly smoothing?: boolean;
}

export interface HypometabolicOptions extends ScanOptions, Counted {
  readonly pathology: Pathology;
  readonly anomaly_degree: number;
  readonly sigma: number;
  readonly mask_path?: string;
}

export interface ArtifactFlags extends ScanOptions, PreprocessingOptions {
  readonly contrast?: boolean;
  readonly gamma?: number[];
  readonly motion?: boolean;
  readonly translation?: number[];
  readonly rotation?: number[];
  readonly num_transforms: number;
  readonly noise?: boolean;
  readonly noise_std?: number[];
}

/** As 1.6.1 has it. */
export const PET_OF_HYPOMETABOLISM = {
  pipeline: 'pet-linear',
  tracer: '18FFDG',
  region: 'cerebellumPons2',
} as const;

const PREPROCESSINGS = [...LINEAR, 't1-extensive', 'pet-linear', 'custom'];
const REGIONS = ['pons', 'cerebellumPons', 'pons2', 'cerebellumPons2'];

export function addCommonOptions(command: Command): Command {
  return command
    .option('--n_proc <count>', 'scans in memory at once [-np]', countingNumber, 2)
    .option('--seed <number>', 'every random choice follows from it', wholeNumber, 0)
    .option('--no-ground_truth', 'leave out the masks and the maps of what was changed')
    .option('--overwrite', 'replace a set that was generated in this folder before');
}

export function addScanOptions(command: Command): Command {
  return command
    .argument('<CAPS_DIRECTORY>', 'folder with the scans to start from')
    .argument('<GENERATED_CAPS_DIRECTORY>', 'where the set goes; made when it is not there')
    .option('--participants_tsv <file>', 'sessions to start from; all of the CAPS by default')
    .option('--use_uncropped_image', 'take the uncropped scans [-uui]');
}

function addPreprocessingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--preprocessing <name>', 'what the scans went through')
        .choices(PREPROCESSINGS)
        .makeOptionMandatory(),
    )
    .option('--tracer <name>', 'of pet-linear, such as 18FFDG')
    .addOption(
      new Option('--suvr_reference_region <name>', 'of pet-linear [-suvr]').choices(REGIONS),
    )
    .option('--custom_suffix <suffix>', 'of custom: end of the file names, .nii.gz included [-cn]');
}

const counted = (command: Command, of: string): Command =>
  command.option('--n_subjects <count>', of, countingNumber);

export function addRandomOptions(command: Command): Command {
  return counted(addPreprocessingOptions(command), `participants of each class (${SUBJECTS})`)
    .option('--mean <value>', 'of the noise', anyNumber, 0)
    .option('--sigma <value>', 'standard deviation of the noise', atLeastZero, 0.5);
}

export function addTrivialOptions(command: Command): Command {
  const count = `participants to start from, each of whom becomes one AD and one CN (all, up to ${SUBJECTS})`;
  return counted(addPreprocessingOptions(command), count)
    .option(
      '--mask_path <folder>',
      'folder with mask-1.nii and mask-2.nii, where AD and CN lose intensity; around the left and the right hippocampus by default',
    )
    .option('--atrophy_percent <percent>', 'intensity that is lost, at least', percent, 60);
}

export function addPhantomOptions(command: Command): Command {
  return counted(command, `participants of each class (${SUBJECTS})`)
    .argument('<GENERATED_CAPS_DIRECTORY>', 'where the set goes; made when it is not there')
    .option('--extract_json <name>', 'name of the JSON file; extract_<seconds> by default [-ej]')
    .option('--image_size <pixels>', 'along both axes', countingNumber, 128)
    .option(
      '--cn_subtypes_distribution <share...>',
      'shares of the three subtypes in CN (1 0 0) [-csd]',
      numbers,
    )
    .option(
      '--ad_subtypes_distribution <share...>',
      'shares of the three subtypes in AD (0.05 0.85 0.1) [-asd]',
      numbers,
    )
    .option('--smoothing', 'smooth each phantom, one more than another')
    .option('--no-smoothing', 'leave edges sharp');
}

export function addHypometabolicOptions(command: Command): Command {
  return counted(command, `participants to start from (all, up to ${SUBJECTS})`)
    .addOption(
      new Option('-p, --pathology <name>', 'whose pattern').choices(PATHOLOGIES).default('ad'),
    )
    .option('--anomaly_degree <percent>', 'uptake that is lost [-anod]', percent, 30)
    .option('--sigma <voxels>', 'how soft the border is', wholeNumber, 5)
    .option(
      '--mask_path <folder>',
      'folder with mask_hypo_<pathology>.nii; approximate regions of our own by default',
    );
}

export function addArtifactOptions(command: Command): Command {
  return addPreprocessingOptions(command)
    .option('--contrast', 'change the contrast')
    .option('--no-contrast', 'leave it')
    .option('--gamma <value...>', 'range of the logarithm of the exponent (-0.2 -0.05)', numbers)
    .option('--motion', 'move the head')
    .option('--no-motion', 'leave it')
    .option('--translation <mm...>', 'range of a shift along each axis (2 4)', numbers)
    .option('--rotation <degrees...>', 'range of a turn about each axis (2 4)', numbers)
    .option('--num_transforms <count>', 'movements in a scan', countingNumber, 2)
    .option('--noise', 'add noise')
    .option('--no-noise', 'add none')
    .option('--noise_std <value...>', 'range of its standard deviation (5 15)', numbers);
}

/** @throws CapsuleError CONFIG_VALUE for a range that is none */
export function artifactsIn(options: ArtifactFlags): ArtifactOptions {
  const { num_transforms: transforms } = options;
  const rotation = rangeOf('rotation', options.rotation ?? [2, 4]);
  const translation = rangeOf('translation', options.translation ?? [2, 4]);
  const gamma = rangeOf('gamma', options.gamma ?? [-0.2, -0.05]);
  const noise = rangeOf('noise_std', options.noise_std ?? [5, 15]);
  return {
    ...(options.motion === true ? { motion: { rotation, translation, transforms } } : {}),
    ...(options.contrast === true ? { gamma } : {}),
    ...(options.noise === true ? { noise } : {}),
  };
}

/** @throws CapsuleError CONFIG_MISSING */
export function preprocessingIn(options: PreprocessingOptions): Preprocessing {
  const { preprocessing, tracer, suvr_reference_region: region, custom_suffix: suffix } = options;
  const uncropped = options.use_uncropped_image === true;
  if (preprocessing === 'custom') {
    if (suffix === undefined)
      throw new CapsuleError('CONFIG_MISSING', { expected: '--custom_suffix' });
    return { pipeline: 'custom', suffix };
  }
  if (preprocessing === 't1-extensive') return { pipeline: 't1-extensive' };
  if (preprocessing !== 'pet-linear') {
    return { pipeline: preprocessing as (typeof LINEAR)[number], uncropped };
  }
  if (tracer === undefined) throw new CapsuleError('CONFIG_MISSING', { expected: '--tracer' });
  if (region === undefined) {
    throw new CapsuleError('CONFIG_MISSING', { expected: '--suvr_reference_region' });
  }
  return { pipeline: 'pet-linear', uncropped, tracer, region };
}

function rangeOf(name: string, values: readonly number[]): Range {
  const [low = NaN, high = NaN, ...more] = values;
  if (low <= high && more.length === 0) return [low, high];
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"${name}" to be two numbers, the lower one first`,
    found: values.join(' '),
  });
}

function anyNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It has to be a number.');
}

function atLeastZero(text: string): number {
  const value = anyNumber(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError('It has to be 0 or more.');
}

function percent(text: string): number {
  const value = atLeastZero(text);
  if (value <= 100) return value;
  throw new InvalidArgumentError('It has to be 0 to 100.');
}

/** For an option that takes several values, or is repeated. */
const numbers = (text: string, all: readonly number[] = []): number[] => [...all, anyNumber(text)];
