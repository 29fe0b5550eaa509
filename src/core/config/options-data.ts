/** Options of what the network sees: sections Mode, Data and Cross_validation. */
import { TRANSFORMS } from '../augmentation/catalogue.ts';
import { choice, flag, integer, integers, namesOrFalse, text, texts } from './option.ts';

/** ClinicaDL's names first. */
const AUGMENTATIONS = ['None', ...TRANSFORMS.map(({ name }) => name)];

export const MODE = {
  use_extracted_features: flag(false, {
    help: 'Without effect, here and in ClinicaDL: elements are extracted as they are read.',
  }),
};

export const DATA = {
  multi_cohort: flag(false, {
    help: 'Takes several CAPS: CAPS_DIRECTORY and TSV_DIRECTORY are then tables of cohorts.',
    cli: { long: '--multi_cohort', negative: '--single_cohort' },
  }),
  diagnoses: texts(['AD', 'CN'], {
    help: 'Diagnoses that take part: rows with another one are left out, whatever the label is.',
    cli: { long: '--diagnoses', short: '-d' },
  }),
  baseline: flag(false, {
    help: 'Trains on the first session of each participant instead of all of them.',
    cli: { long: '--baseline', negative: '--longitudinal' },
  }),
  valid_longitudinal: flag(false, {
    help: 'Validates on all sessions of each participant instead of the first one.',
    cli: { long: '--valid_longitudinal', negative: '--valid_baseline' },
  }),
  normalize: flag(true, {
    help: 'Brings each image (or patch, slice, region) to intensities from 0 to 1.',
    cli: { long: '--normalize', negative: '--unnormalize' },
  }),
  data_augmentation: namesOrFalse(AUGMENTATIONS, {
    help: 'Random changes of the images while training, in the order given; with parameters as tables in a file.',
    cli: { long: '--data_augmentation', short: '-da' },
  }),
  sampler: choice('random', ['random', 'weighted'], {
    help: 'Order of the training images: each once an epoch, or drawn so that classes (or bins of a number) balance.',
    cli: { long: '--sampler' },
  }),
  size_reduction: flag(false, {
    help: 'Crops and sub-samples the images of 169 x 208 x 179 voxels.',
  }),
  size_reduction_factor: integer(
    2,
    { min: 2, max: 5 },
    { help: 'Every how many voxels one is kept.' },
  ),
  caps_target: text('', {
    help: 'CAPS of the target cohort, with --ssda_network.',
    cli: { long: '--caps_target' },
  }),
  tsv_target_lab: text('', {
    help: 'Folder of the labelled sets of the target cohort, laid out as TSV_DIRECTORY.',
    cli: { long: '--tsv_target_lab' },
  }),
  tsv_target_unlab: text('', {
    help: 'Table of the unlabelled sessions of the target cohort: participants and sessions, with or without a header.',
    cli: { long: '--tsv_target_unlab' },
  }),
  preprocessing_dict_target: text('', {
    help: 'Name of the preprocessing JSON of the target cohort, in tensor_extraction of its CAPS.',
    cli: { long: '--preprocessing_dict_target' },
  }),
};

export const CROSS_VALIDATION = {
  n_splits: integer(
    0,
    { min: 0 },
    {
      help: 'Number of folds; 0 or 1 for one split into training and validation.',
      cli: { long: '--n_splits' },
    },
  ),
  split: integers({
    help: 'Folds to train; none named means all of them.',
    cli: { long: '--split', short: '-s' },
  }),
};
