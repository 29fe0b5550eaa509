/** Errors of what is read: files, volumes, folders, tables. */
import { error, warning, type Entry } from './error-entry.ts';

export const DATA_ERRORS = {
  // Files
  FILE_NOT_FOUND: error('The file does not exist.', 'Check the name and the folder.'),
  FILE_UNREADABLE: error('The file could not be read.', 'Check the permission and the disk.'),
  FILE_CHANGED: error(
    'A file was changed since the folder was read.',
    'Read the folder again: what is computed on must be what was checked.',
  ),
  FOLDER_ACCESS: error(
    'The browser no longer lets Capsule read this folder.',
    'Give access again; nothing that was computed is lost.',
  ),
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
  STORAGE_UNSAVED: warning(
    'There is no room to save the training: it goes on unsaved, and tries again.',
    'Free some space. Until then an interruption costs what was trained since the last save; models and tables of an epoch that find no room end the training.',
  ),
  STORAGE_SHORT: warning(
    'There may be less room than this training needs for its models and checkpoints.',
    'Free some space, or keep the MAPS elsewhere.',
  ),

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
} as const satisfies Record<string, Entry>;
