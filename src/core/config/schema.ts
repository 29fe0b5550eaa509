/**
 * The one schema of an experiment. A TOML file spells it in sections, a maps.json flat, the command
 * line as options; inside Capsule it is the flat `Config`. The order of the sections and of their
 * keys is that of ClinicaDL's maps.json.
 */
import * as v from 'valibot';
import type { Option, ValuesOf } from './option.ts';
import { CROSS_VALIDATION, DATA, MODE } from './options-data.ts';
import { ARCHITECTURE, MODEL, TRANSFER_LEARNING } from './options-model.ts';
import { CLASSIFICATION, RECONSTRUCTION, REGRESSION, TASKS, type Task } from './options-task.ts';
import { COMPUTATIONAL, INFORMATIONS, OPTIMIZATION, REPRODUCIBILITY } from './options-training.ts';

export { TASKS, type Task } from './options-task.ts';

type Options = Readonly<Record<string, Option>>;

const TASK_SECTIONS = {
  classification: { name: 'Classification', options: CLASSIFICATION as Options },
  regression: { name: 'Regression', options: REGRESSION as Options },
  reconstruction: { name: 'Reconstruction', options: RECONSTRUCTION as Options },
} as const;

/** Options that only some tasks have are null for the others, as in maps.json. */
export interface TaskValues {
  readonly selection_metrics: readonly string[];
  readonly label: string | null;
  readonly label_code: Readonly<Record<string, number>> | null;
  readonly selection_threshold: number | null;
  readonly loss: string;
}

/** A block of a network that a random search describes. */
export interface SearchedBlock {
  /** As many as the block before has, those of the input in the first, where it is null. */
  readonly in_channels: number | null;
  readonly out_channels: number;
  readonly n_conv: number;
  readonly d_reduction: 'MaxPooling' | 'stride';
}

/** What a random search adds to an experiment: no option, but keys of its maps.json. */
export interface SearchedNetwork {
  readonly convolutions_dict?: Readonly<Record<string, SearchedBlock>>;
  readonly n_fcblocks?: number;
  readonly network_normalization?: 'BatchNorm' | 'InstanceNorm' | 'None';
}

/** A complete experiment; keys are ClinicaDL's. */
export type Config = { readonly network_task: Task } & TaskValues &
  SearchedNetwork &
  Readonly<
    ValuesOf<typeof MODEL> &
      ValuesOf<typeof ARCHITECTURE> &
      ValuesOf<typeof COMPUTATIONAL> &
      ValuesOf<typeof REPRODUCIBILITY> &
      ValuesOf<typeof TRANSFER_LEARNING> &
      ValuesOf<typeof MODE> &
      ValuesOf<typeof DATA> &
      ValuesOf<typeof CROSS_VALIDATION> &
      ValuesOf<typeof OPTIMIZATION> &
      ValuesOf<typeof INFORMATIONS>
  >;

/** The options that someone gave, and no others. */
export type PartialConfig = Partial<Omit<Config, 'network_task'>>;

/** An option with its place: what a form or a command line is generated from. */
export interface PlacedOption {
  readonly section: string;
  readonly key: string;
  readonly option: Option;
}

/** @returns the sections of a task with their options, both in the order of maps.json. */
export function sectionsOf(task: Task): readonly { name: string; options: Options }[] {
  return [
    { name: 'Model', options: MODEL as Options },
    { name: 'Architecture', options: ARCHITECTURE as Options },
    TASK_SECTIONS[task],
    { name: 'Computational', options: COMPUTATIONAL as Options },
    { name: 'Reproducibility', options: REPRODUCIBILITY as Options },
    { name: 'Transfer_learning', options: TRANSFER_LEARNING as Options },
    { name: 'Mode', options: MODE as Options },
    { name: 'Data', options: DATA as Options },
    { name: 'Cross_validation', options: CROSS_VALIDATION as Options },
    { name: 'Optimization', options: OPTIMIZATION as Options },
    { name: 'Informations', options: INFORMATIONS as Options },
  ];
}

/** @returns every option of a task; keys do not repeat within a task. */
export function optionsOf(task: Task): PlacedOption[] {
  return sectionsOf(task).flatMap(({ name, options }) =>
    Object.entries(options).map(([key, option]) => ({ section: name, key, option })),
  );
}

/** Sections that a file may hold and that this task ignores, as 1.6.1 does. */
export function ignoredSections(task: Task): readonly string[] {
  const others = TASKS.filter((other) => other !== task).map((other) => TASK_SECTIONS[other].name);
  return [...others, 'Random_Search'];
}

/** @returns the schema of what a TOML file may say about a task: every key optional, none unknown. */
export function experimentSchema(task: Task) {
  const sections = sectionsOf(task).map(({ name, options }) => {
    const keys = Object.entries(options).map(([key, { schema }]) => [key, v.optional(schema)]);
    return [name, v.optional(v.strictObject(Object.fromEntries(keys) as v.ObjectEntries))] as const;
  });
  return v.strictObject(Object.fromEntries(sections));
}

/** @returns the experiment in which nobody has changed anything. */
export function defaultConfig(task: Task): Config {
  const absent = { label: null, label_code: null, selection_threshold: null };
  const values = optionsOf(task).map(({ key, option }) => [key, option.fallback] as const);
  return { network_task: task, ...absent, ...Object.fromEntries(values) } as unknown as Config;
}
