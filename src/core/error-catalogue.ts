/**
 * The catalogue behind `errors.ts`. A sentence says what happened, an action what to do; where and
 * what was expected or found come with each case. Codes never change once published.
 */
type Entry = {
  readonly severity: 'error' | 'warning' | 'note';
  readonly sentence: string;
  readonly action: string;
};

const error = (sentence: string, action: string): Entry => ({
  severity: 'error',
  sentence,
  action,
});
const warning = (sentence: string, action: string): Entry => ({
  severity: 'warning',
  sentence,
  action,
});

export const CATALOGUE = {
  INTERNAL: error(
    'Capsule failed in a way it did not foresee.',
    'Please report it with the diagnostics.',
  ),
  BUSY: error('A job is running already.', 'Wait for it, or cancel it.'),
  NO_COHORT: error('No folder is open.', 'Open a CAPS folder or try the sample brains.'),
  NO_MODEL: error('There is no model yet.', 'Train one, or open a MAPS.'),
  CANCELLED: { severity: 'note', sentence: 'The job was cancelled.', action: 'Start it again.' },

  // Files
  FILE_NOT_FOUND: error('The file does not exist.', 'Check the name and the folder.'),
  FILE_UNREADABLE: error('The file could not be read.', 'Check the permission and the disk.'),
  FILE_UNWRITABLE: error(
    'The file could not be written.',
    'Check the permission of the folder and the disk.',
  ),
  FILE_PATH_UNSAFE: error(
    'A path leaves its folder or has a forbidden character.',
    'Do not open this archive if you do not know where it comes from.',
  ),
  FILE_TOO_LARGE: error('The file is larger than allowed.', 'Check that it is the right file.'),
  FOLDER_NOT_EMPTY: error('The output folder is not empty.', 'Choose a new or an empty folder.'),
  CACHE_CLOSED: {
    severity: 'note',
    sentence: 'No more decoded volumes are kept between epochs; they are read from their files.',
    action: 'Free some space if training waits for its data.',
  },
  LOADER_GONE: {
    severity: 'note',
    sentence: 'A thread that reads volumes broke off; volumes are read beside the training now.',
    action: 'Nothing needs to be done; training may be slower.',
  },
  STORAGE_FULL: error('There is no room left to write.', 'Free some space and start again.'),

  // NIfTI
  NIFTI_GZIP: error('The gzip stream is damaged.', 'Copy the file again from its source.'),
  NIFTI_TRUNCATED: error(
    'The file ends before its last voxel.',
    'Copy the file again from its source.',
  ),
  NIFTI_TRAILING: error(
    'The file holds more bytes than its header declares.',
    'Check the file: a header and its data disagree.',
  ),
  NIFTI_TOO_LARGE: error(
    'The header declares more voxels than Capsule opens.',
    'Check the dimensions in the header.',
  ),
  NIFTI_MAGIC: error('The file is not NIfTI.', 'Convert it to NIfTI (.nii or .nii.gz).'),
  NIFTI_TWO_FILES: error(
    'The image is a .hdr and .img pair.',
    'Convert it to a single file (.nii or .nii.gz).',
  ),
  NIFTI_HEADER_SIZE: error(
    'The NIfTI header has a wrong size.',
    'The header is damaged: convert the image again.',
  ),
  NIFTI_DIMENSIONS: error(
    'The dimensions in the header are impossible.',
    'The header is damaged: convert the image again.',
  ),
  NIFTI_DATATYPE: error(
    'The data type is unknown or not numeric.',
    'Convert the image to a numeric type, for instance float32.',
  ),
  NIFTI_BITPIX: error(
    'The data type and the bits per voxel disagree.',
    'The header is damaged: convert the image again.',
  ),
  NIFTI_OFFSET: error(
    'The voxels do not start where the header says.',
    'The header is damaged: convert the image again.',
  ),
  NIFTI_SCALING: error(
    'Slope or intercept is not a finite number.',
    'The header is damaged: convert the image again.',
  ),
  NIFTI_VOXEL_SIZE: error(
    'A voxel size in the header is not a positive number.',
    'The header is damaged: convert the image again.',
  ),
  NIFTI_AFFINE: error(
    'The affine is not finite or cannot be inverted.',
    'Repair the orientation, for instance by converting the image again.',
  ),
  NIFTI_NOT_3D: error('The image is not one three-dimensional volume.', 'Extract one volume.'),
  NIFTI_AFFINES_DISAGREE: warning(
    'sform and qform disagree; the sform is used.',
    'Check the orientation of this image.',
  ),

  // CAPS
  CAPS_NOT_CAPS: error(
    'This folder is not a CAPS folder.',
    'Choose the folder that holds `subjects`; a BIDS folder has to be preprocessed by Clinica first.',
  ),
  CAPS_NO_VOLUME: error(
    'No volume of this preprocessing was found.',
    'Check the preprocessing, or run the Clinica pipeline for this session.',
  ),
  CAPS_SEVERAL_VOLUMES: error(
    'Several volumes match and differ by more than their run.',
    'Keep one of them, or choose a narrower suffix.',
  ),
  CAPS_ID: error(
    'A folder name is not a participant or session id.',
    'Names are sub-<letters and digits> and ses-<letters and digits>.',
  ),
  CAPS_SHAPES_DIFFER: error(
    'Volumes differ in shape.',
    'Leave the odd ones out, or preprocess all of them the same way.',
  ),
  CAPS_MASK: error(
    'A region mask is missing or not binary.',
    'Put `masks/tpl-<template>/*_roi-<name>_mask.nii.gz` into the CAPS, with values 0 and 1.',
  ),
  EXTRACTION_JSON: error(
    'The preprocessing JSON is missing a key or has a wrong value.',
    'Make it again with `prepare-data`.',
  ),
  EXTRACTION_EXISTS: error(
    'A preprocessing JSON of this name exists already.',
    'Choose another name.',
  ),
  EXTRACTION_EMPTY: error(
    'The extraction yields nothing from a volume of this shape.',
    'Choose a smaller patch or discard fewer slices.',
  ),
  VOLUME_CONSTANT: warning(
    'The image is constant: it has no range to normalise.',
    'Look at it: it is likely to be empty. Zeros are used.',
  ),

  // Tables
  TSV_EMPTY: error('The table has no header line.', 'Check the file.'),
  TSV_COLUMN: error('A column is missing.', 'Add the column, or choose another label.'),
  TSV_DUPLICATE_COLUMN: error('A column name appears twice.', 'Rename one of the columns.'),
  TSV_ROW_WIDTH: error('A row has too few or too many cells.', 'Correct the row.'),
  TSV_ID: error('A participant or session id is malformed.', 'Correct the id.'),
  TSV_DUPLICATE_ROW: error('A session appears twice.', 'Remove one of the rows.'),
  TSV_NO_MATCH: error(
    'No session of this table has a volume in the folder.',
    'Check that its ids are those of the folders, such as sub-01 and ses-M000.',
  ),
  TSV_VALUE: error('A cell does not hold what its column needs.', 'Correct the cell.'),

  // Configuration
  CONFIG_UNKNOWN_KEY: error('An option is unknown.', 'Correct its name or remove it.'),
  CONFIG_VALUE: error('An option has a value that is not allowed.', 'Choose one that is.'),
  CONFIG_MISSING: error('An option that is needed here is missing.', 'Add it.'),
  CONFIG_SYNTAX: error('The configuration file cannot be read.', 'Correct the syntax.'),
  CONFIG_NOT_YET: error(
    'Capsule does not do this yet.',
    'PARITY.md says what works today; leave the option out.',
  ),

  // Experiments
  SPLIT_MISSING: error(
    'The folder has no training or validation table.',
    'It needs train.tsv or train_baseline.tsv, and validation_baseline.tsv or validation.tsv.',
  ),
  SPLIT_EMPTY: error('A set has no session left.', 'Check the diagnoses and the labels.'),
  LABEL_ONE_CLASS: error(
    'The label has fewer than two values.',
    'Choose another label, or bring back sessions of the class that is gone.',
  ),
  LEAKAGE_PARTICIPANTS: error(
    'Participants stand in two sets that must be apart.',
    'Remove them from one of the sets.',
  ),
  SELECTION_METRIC: error(
    'This metric cannot select a model.',
    'Use loss or a metric of the task, such as BA.',
  ),

  // Networks and weights
  NETWORK_UNKNOWN: error('The network is unknown.', '`capsule list-models` prints the names.'),
  NETWORK_INPUT: error(
    'The input is too small or has the wrong rank for this network.',
    'Use larger patches, less reduction, or another network.',
  ),
  WEIGHTS_MISMATCH: error(
    'The weights do not fit the network.',
    'Check the architecture and the input size of the model.',
  ),
  TORCH_FORMAT: error(
    'The file is not a PyTorch checkpoint of version 1.6 or later.',
    'Save it again with a recent PyTorch.',
  ),
  TORCH_FORBIDDEN: error(
    'The checkpoint asks for code that Capsule does not run.',
    'Only tensors and plain values are read. Save the state_dict alone.',
  ),

  // MAPS
  MAPS_NOT_MAPS: error('This is not a MAPS.', 'Choose the folder or zip that holds maps.json.'),
  MAPS_UNFINISHED: error(
    'This MAPS was not finished.',
    'It was interrupted: train again, or choose a finished one.',
  ),
  MAPS_DAMAGED: error('A file of this MAPS is missing or damaged.', 'Export it again.'),
  MAPS_GROUP: error(
    'The data group does not exist or cannot be made.',
    'Name an existing group, or give its participants and its CAPS.',
  ),
  ZIP_DAMAGED: error('The zip archive is damaged or too large.', 'Export it again.'),

  // Device
  GPU_NONE: error(
    'There is no WebGPU adapter.',
    'Use a recent Chrome or Edge, Firefox or Safari 26; on Node, install a Vulkan driver.',
  ),
  GPU_LOST: error(
    'The GPU was lost: the driver was reset or the computer slept.',
    'Start again; finished models are kept. If it happens again, use a smaller batch.',
  ),
  GPU_ERROR: error(
    'The GPU refused an operation; its results would be wrong, so the job stopped.',
    'Try a smaller batch; please report it with the diagnostics.',
  ),
  GPU_RECOVERED: warning(
    'The GPU failed; training goes on from the last finished epoch.',
    'Nothing is lost. If it happens often, use a smaller batch or close other programs.',
  ),
  GPU_PARTS: warning(
    'A batch does not fit into the memory of the GPU: it goes through the network in parts.',
    'The gradient is still the mean over the batch; the statistics of batch normalisation are those of each part.',
  ),
  GPU_MEMORY: error(
    'The network does not fit into the memory of the GPU.',
    'Use a smaller batch, reduce the size, or train on patches or regions.',
  ),
  LOSS_NOT_FINITE: error(
    'The loss, a score or a gradient is not a finite number.',
    'Lower the learning rate, or look at the volumes named.',
  ),
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof CATALOGUE;
