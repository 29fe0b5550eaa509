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

/** @returns whether a group has one definition a split: `train` and `validation` do. */
export function isTrainingGroup(group: string): group is TrainingGroup {
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
  const folder = network === undefined ? '' : `network-${network}/`;
  return `${split}/training_logs/${folder}training.tsv`;
}

/** 1.6.1 names a folder after the time, with colons that some systems forbid. */
export function profilePath(split: string, extension: string): string {
  return `profiler/${split}${extension}`;
}

export function temporaryFolder(split: string): string {
  return `${split}/tmp`;
}

export function modelPath(split: string, metric: string, network?: number): string {
  const prefix = network === undefined ? '' : `network-${network}_`;
  return `${split}/best-${metric}/${prefix}model.pth.tar`;
}

export function resultFolder(split: string, metric: string, group: string): string {
  return `${split}/best-${metric}/${group}`;
}

export type ResultTable = 'prediction' | 'metrics';

/** `level` is `image`, or the mode for what the network says about its parts. */
export function resultTablePath(
  folder: string,
  group: string,
  level: Mode,
  table: ResultTable,
): string {
  return `${folder}/${group}_${level}_level_${table}.tsv`;
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
