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
  CANCELLED: {
    severity: 'note',
    sentence: 'The job was cancelled.',
    action: 'Start it again; a training goes on with "capsule train resume".',
  },

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
  FOLDER_NOT_EMPTY: error(
    'The output folder is not empty.',
    'Choose a new or an empty folder; an interrupted training goes on with "capsule train resume".',
  ),
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
  COHORT_IDS: error(
    'A participant and session of the same name stand in two cohorts, and results of parts or single maps could not tell them apart.',
    'Put the name of the cohort into the ids, or work on whole images.',
  ),
  CAPS_SHAPES_DIFFER: error(
    'Volumes differ in shape.',
    'Leave the odd ones out, or preprocess all of them the same way.',
  ),
  CAPS_MASK: error(
    'A region mask is missing or not binary.',
    'Put `masks/tpl-<template>/*_roi-<name>_mask.nii.gz` into the CAPS, with values 0 and 1.',
  ),
  CAPS_AFFINES_DIFFER: warning(
    'Volumes have the same shape but lie differently in space.',
    'Look at one of each kind: they may be turned or shifted, or come from another preprocessing.',
  ),
  TENSOR_SHAPE: error(
    'A tensor file does not hold one image, patch, slice or region.',
    'Make it again with `prepare-data --save_features --overwrite`.',
  ),
  TENSOR_EXISTS: error(
    'A tensor file of this name holds other numbers.',
    'Write it anew with --overwrite if it is no longer needed, or choose another CAPS.',
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
  TSV_ENCODING: error('The table is not UTF-8 text.', 'Save it again as tab-separated UTF-8.'),
  TSV_QUOTE: error(
    'A quoted cell does not end with its quote.',
    'Close the quote, or write the cell without quotes.',
  ),
  TSV_CELL_SIZE: error(
    'A cell is larger than any value of a table.',
    'The file is damaged or is no table of sessions: check it.',
  ),
  TSV_FORMULA: warning(
    'A cell looks like the formula of a spreadsheet; it is kept as text.',
    'Correct it, and take care where the table is opened in a spreadsheet.',
  ),
  TSV_COLUMN_NAME: warning(
    'A column has a name that is likely to be a mistake; it is kept as it is.',
    'Rename the column.',
  ),
  TSV_COLUMN_CHOSEN: warning(
    'No column has the expected name; another one was taken for it.',
    'Rename the columns if this is the wrong one.',
  ),
  TSV_SESSION_NAME: warning(
    'Sessions are not named by months (ses-M000): durations cannot be told.',
    'Rename the sessions if months are needed.',
  ),
  TSV_SESSION_ORDER: warning(
    'Sessions of a participant are not in the order of time; they are sorted.',
    'Nothing needs to be done if the names of the sessions are right.',
  ),
  TSV_SEX_DIFFERS: warning('A participant has two sexes.', 'Correct the table.'),
  TSV_SEX_CODE: warning(
    'Sex is not written as M and F; it is kept as it is.',
    'Write M and F, which `split` needs for its sets.',
  ),
  TSV_AGE: warning('An age is not a number of years from 0 to 120.', 'Correct the age.'),
  TSV_AGE_BACKWARDS: warning(
    'A participant is younger at a later session.',
    'Correct the ages or the names of the sessions.',
  ),

  // Labels, progression, metadata, analysis
  LABELS_EMPTY: error('No session is left.', 'Check the options and the tables.'),
  LABELS_DIAGNOSIS: warning('No session has one of the diagnoses.', 'Check its name.'),
  LABELS_INFERRED: warning(
    'Sessions have no diagnosis.',
    'It is taken from the sessions around when they agree; the others are left out.',
  ),
  MODALITY_UNKNOWN: error(
    'No table of modalities has this modality.',
    'Choose one that is there with --modality.',
  ),
  MODALITY_SESSION: warning(
    'Sessions stand in no table of modalities; they are left out.',
    'Make the tables again, or let them be made from the BIDS folder.',
  ),
  RESTRICTION_UNKNOWN: warning(
    'The restriction names sessions that the data do not have.',
    'Check the ids of the restriction.',
  ),
  PROGRESSION_ORDER: error(
    'The order of the diagnoses is unknown, so that better and worse cannot be told.',
    'Give it from the healthiest to the most ill: --order CN --order MCI --order AD.',
  ),
  PROGRESSION_MONTHS: error(
    'Progression needs sessions named by months.',
    'Name them ses-M000, ses-M012 and so on.',
  ),
  PROGRESSION_SINGLE: warning(
    'Every participant has one session: all progressions are unknown (uk).',
    'Progression needs several sessions of a participant.',
  ),
  METADATA_LOST: warning(
    'Sessions are left out because the tables do not agree about them.',
    'Correct the tables, or join by session alone with --by_session.',
  ),
  ANALYSIS_COLUMN: warning(
    'The merged table lacks a column; what depends on it stays empty.',
    'Add the column if it is known.',
  ),
  ANALYSIS_VALUE: warning(
    'A score is not on its scale; it is counted nowhere.',
    'Correct the score.',
  ),
  ADAPT_TREE: error(
    'The folder holds no tables of labels of ClinicaDL before 1.2.',
    'Choose the folder with AD.tsv, CN.tsv or AD_baseline.tsv.',
  ),
  ADAPT_TWICE: warning(
    'Sessions stand in the tables of several labels with different values; all rows are kept.',
    'Choose labels that exclude each other with --labels_list.',
  ),

  // BIDS
  BIDS_NOT_BIDS: error(
    'This folder is not a BIDS folder.',
    'Choose the folder that holds sub-* folders.',
  ),
  BIDS_PARTICIPANT: warning(
    'Participants stand in participants.tsv or have a folder, but not both.',
    'Add what is missing.',
  ),
  BIDS_ID: warning(
    'A folder name is not a participant or session id; it is left out.',
    'Names are sub-<letters and digits> and ses-<letters and digits>.',
  ),

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
  SPLIT_SIZE: error(
    'There are too few participants for these sets.',
    'Ask for a smaller set or fewer folds.',
  ),
  SPLIT_UNLIKE: error(
    'No set was drawn that is like the rest in age and sex.',
    'Take another number of participants or seed, or with `tsvtools split` lower --p_age_threshold or --p_sex_threshold, or add --ignore_demographics.',
  ),
  SPLIT_NEAREST: warning(
    'No set of this size can have the sexes as near as the threshold asks: the nearest is taken.',
    'Take another number of participants to meet it.',
  ),
  SPLIT_SMALL_CLASS: warning(
    'A class has fewer participants than there are folds: some folds have none of it.',
    'Take fewer folds, or leave the class out.',
  ),
  LABEL_ONE_CLASS: error(
    'The label has fewer than two values.',
    'Choose another label, or bring back sessions of the class that is gone.',
  ),
  LEAKAGE_PARTICIPANTS: error(
    'Participants stand in two sets that must be apart.',
    'Remove them from one of the sets.',
  ),
  LEAKAGE_FOUND: error(
    'The audit found leakage: results on these sets would not hold for new people.',
    'Correct the tables; docs/leakage.md says how for each finding.',
  ),
  LEAKAGE_KNOWN: warning(
    'Training goes on in spite of leakage, as asked.',
    'leakage.json in the MAPS says so for ever.',
  ),
  LEAKAGE_NO_LIST: error(
    'This MAPS does not name the people of its training: whether a new group has some of them cannot be checked.',
    'Use the MAPS as it was before it was exported without participants. If you know that none of the group was seen in training, give --skip_leak_check.',
  ),
  LEAKAGE_UNKNOWN: warning(
    'A file of weights does not tell whom its network has seen: this leakage cannot be looked for.',
    'Test only on people who cannot have been among them, or start from a MAPS, which names them.',
  ),
  SELECTION_METRIC: error(
    'This metric cannot select a model.',
    'Use one of those that are expected.',
  ),

  // Networks and weights
  NETWORK_UNKNOWN: error('The network is unknown.', '`capsule list-models` prints the names.'),
  NETWORK_TASK: error(
    'The network is not made for this task.',
    'Choose another network, or the command of its task.',
  ),
  NETWORK_INPUT: error(
    'The input is too small or has the wrong rank for this network.',
    'Use larger patches, less reduction, or another network.',
  ),
  WEIGHTS_MISMATCH: error(
    'The weights do not fit the network.',
    'Check the architecture and the input size of the model.',
  ),
  INTERPRET_METHOD: error(
    'This method cannot explain this network.',
    'Choose another one: gradients, integrated-gradients, smoothgrad and occlusion explain every network that gives scores.',
  ),
  INTERPRET_CHANCE: warning(
    'On its validation set the network cannot be told from guessing: its maps may show nothing that was learned.',
    'Do not read them as evidence; train a better model first.',
  ),
  TORCH_FORMAT: error(
    'The file is not a PyTorch checkpoint of version 1.6 or later.',
    'Save it again with a recent PyTorch.',
  ),
  TORCH_FORBIDDEN: error(
    'The checkpoint asks for code that Capsule does not run.',
    'Only tensors and plain values are read. Save the state_dict alone.',
  ),
  SAFETENSORS_FORMAT: error(
    'The file is not a safetensors file, or it is damaged.',
    'Save it again with safetensors, or copy it again from its source.',
  ),
  ONNX_UNSUPPORTED: error(
    'The network has a layer that Capsule cannot write as ONNX.',
    'Export safetensors: they hold the weights of every network.',
  ),
  ONNX_TOO_LARGE: error(
    'The network is larger than an ONNX file can be.',
    'Export safetensors: they have no such limit.',
  ),

  // MAPS
  MAPS_NOT_MAPS: error('This is not a MAPS.', 'Choose the folder or zip that holds maps.json.'),
  MAPS_UNFINISHED: error(
    'This MAPS was not finished.',
    'Go on with it ("capsule train resume"), or choose a finished one.',
  ),
  MAPS_SPLIT: error('There is no such split that is finished.', 'Choose one that there is.'),
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
