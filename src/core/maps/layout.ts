/** Where everything stands in a MAPS (ClinicaDL 1.6.1). Paths are relative to its root. */

export type Mode = 'image' | 'patch' | 'slice' | 'roi';

export const MAPS_JSON = 'maps.json';
export const ENVIRONMENT = 'environment.txt';
export const INFORMATION = 'information.log';
/** What the audit looked at before training, and found; ClinicaDL has no such file. */
export const LEAKAGE = 'leakage.json';
export const TRAIN_VALIDATION = 'groups/train+validation.tsv';
export const TRAINING_GROUPS = ['train', 'validation'] as const;

export type TrainingGroup = (typeof TRAINING_GROUPS)[number];

/** Of a domain adaptation: the sets of the target cohort. ClinicaDL defines none for them. */
export const TARGET_GROUPS = ['train_target', 'validation_target', 'unlabelled_target'] as const;

export type TargetGroup = (typeof TARGET_GROUPS)[number];

/**
 * @returns whether a group has one definition a split: `train` and `validation` do, and those of a
 * target cohort.
 */
export function isTrainingGroup(group: string): boolean {
  return isSourceGroup(group) || (TARGET_GROUPS as readonly string[]).includes(group);
}

/** @returns whether a group is of the cohort that an adaptation starts from. */
export function isSourceGroup(group: string): group is TrainingGroup {
  return (TRAINING_GROUPS as readonly string[]).includes(group);
}

/** The folder with `data.tsv` and `maps.json` of a group; train and validation have one a split. */
export function groupFolder(group: string, splitName?: string): string {
  return splitName === undefined ? `groups/${group}` : `groups/${group}/${splitName}`;
}

export function splitName(index: number): string {
  return `split-${index}`;
}

export function trainingLogPath(split: string, network?: number): string {
  return `${trainingLogFolder(split, network)}/training.tsv`;
}

/** Of a domain adaptation: what the target's sets say. */
export function targetLogPath(split: string): string {
  return `${trainingLogFolder(split)}/training_target.tsv`;
}

/** @param name - of an event file */
export function eventsPath(
  split: string,
  set: TrainingGroup,
  name: string,
  network?: number,
): string {
  return `${trainingLogFolder(split, network)}/tensorboard/${set}/${name}`;
}

function trainingLogFolder(split: string, network?: number): string {
  const folder = network === undefined ? '' : `/network-${network}`;
  return `${split}/training_logs${folder}`;
}

/** 1.6.1 names a folder after the time, with colons that some systems forbid. */
export function profilePath(split: string, extension: string): string {
  return `profiler/${split}${extension}`;
}

export function temporaryFolder(split: string): string {
  return `${split}/tmp`;
}

/** @param name - `checkpoint` or `optimizer` */
export function temporaryPath(split: string, name: string, network?: number): string {
  return `${temporaryFolder(split)}/${prefixOf(network)}${name}.pth.tar`;
}

/** Where a training that was interrupted goes on from: Capsule's own. */
export function slotsFolder(split: string, network?: number): string {
  return `${temporaryFolder(split)}/${prefixOf(network)}resume`;
}

export function modelPath(split: string, metric: string, network?: number): string {
  return `${split}/best-${metric}/${prefixOf(network)}model.pth.tar`;
}

/** Of `--save_all_models`. @param epoch - from 0 */
export function epochModelPath(split: string, epoch: number, network?: number): string {
  return `${split}/all_models/${prefixOf(network)}model_epoch_${epoch}.pth.tar`;
}

const prefixOf = (network: number | undefined): string =>
  network === undefined ? '' : `network-${network}_`;

export function resultFolder(split: string, metric: string, group: string): string {
  return `${split}/best-${metric}/${group}`;
}

/** The last two are Capsule's own. */
export type ResultTable = 'prediction' | 'metrics' | 'scores' | 'calibration';

/** `level` is `image`, or the mode for what the network says about its parts. */
export function resultTablePath(
  folder: string,
  group: string,
  level: Mode,
  table: ResultTable,
): string {
  return `${folder}/${group}_${level}_level_${table}.tsv`;
}

export type KeptTensor = 'input' | 'output' | 'latent';

/**
 * What a network was given or made of an element.
 * @param of - `<participant>_<session>_<mode>-<part>`
 */
export function tensorPath(folder: string, of: string, what: KeptTensor): string {
  return `${folder}/${what === 'latent' ? 'latent_tensors' : 'tensors'}/${of}_${what}.pt`;
}

/** @param of - `<participant>_<session>_image`, or `<participant>_<session>_<mode>-<part>` */
export function volumePath(folder: string, of: string, what: 'input' | 'output'): string {
  return `${folder}/nifti_images/${of}_${what}.nii.gz`;
}

/** What several splits say together: Capsule's own, beside the folders of the splits. */
export function ensembleFolder(metric: string, group: string): string {
  return `ensemble/best-${metric}/${group}`;
}

/**
 * A saliency map without its extension.
 * @param of - `mean` for the group's, else `<participant>_<session>`.
 */
export function interpretationPath(
  folder: string,
  name: string,
  of: string,
  mode: Mode,
  part: number,
): string {
  return `${folder}/interpret-${name}/${of}_${mode}-${part}_map`;
}
