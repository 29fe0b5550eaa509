/**
 * An experiment as a maps.json has it: flat, in ClinicaDL's order, followed by what is known only
 * once the data were seen. Files of earlier versions are read under their current names.
 */
import * as v from 'valibot';
import { CapsuleError } from '../errors.ts';
import { mergeConfig, parseFlat, type ConfigSource } from './parse.ts';
import { pythonJson } from './python-json.ts';
import { optionsOf, TASKS, type Config, type SearchedNetwork, type Task } from './schema.ts';

/** What a maps.json says beside the options. */
export interface MapsExtra {
  readonly caps_directory: string;
  readonly tsv_path: string;
  /** The preprocessing JSON; its `mode` is repeated outside. */
  readonly preprocessing_dict: Readonly<Record<string, unknown>>;
  /** Of a domain adaptation: that of the target cohort. */
  readonly preprocessing_dict_target?: Readonly<Record<string, unknown>> | undefined;
  /** Elements an image: patches, slices or regions; 1 for whole images. */
  readonly num_networks: number;
  /** Number of classes, 1, or the input's shape. */
  readonly output_size: number | readonly number[];
  /** Channels first: [1, X, Y, Z] or [channels, a, b]. */
  readonly input_size: readonly number[];
}

/** On the command line the name of a JSON, in a maps.json what it says. */
const TARGET_JSON = 'preprocessing_dict_target';
const TASK_KEYS = ['label', 'selection_threshold', 'label_code'] as const;
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['model', 'architecture'],
  ['multi', 'multi_network'],
  ['minmaxnormalization', 'normalize'],
  ['num_workers', 'n_proc'],
]);
const NEGATED: ReadonlyMap<string, string> = new Map([
  ['use_cpu', 'gpu'],
  ['nondeterministic', 'deterministic'],
]);

/** @returns parameters in the order of ClinicaDL's maps.json; `architecture` is resolved by now. */
export function toMapsParameters(config: Config, extra: MapsExtra): Record<string, unknown> {
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const target = extra.preprocessing_dict_target ?? values[TARGET_JSON];
  const options = optionsOf(config.network_task)
    .filter(({ key }) => key !== 'split')
    .map(({ key }) => [key, key === TARGET_JSON ? target : values[key]] as const);
  const named = new Set(options.map(([key]) => key));
  return Object.fromEntries<unknown>([
    ...options,
    ['network_task', config.network_task],
    ['caps_directory', extra.caps_directory],
    ['tsv_path', extra.tsv_path],
    ['preprocessing_dict', extra.preprocessing_dict],
    ['mode', extra.preprocessing_dict['mode']],
    ['split', []],
    ['validation', config.n_splits > 1 ? 'KFoldSplit' : 'SingleSplit'],
    ...TASK_KEYS.filter((key) => !named.has(key)).map((key) => [key, null] as const),
    ['num_networks', extra.num_networks],
    ['output_size', extra.output_size],
    ['input_size', extra.input_size],
    ...Object.keys(SEARCHED).flatMap((key) => (key in values ? [[key, values[key]] as const] : [])),
  ]);
}

/** @returns the text of a maps.json, as Python prints it. */
export function mapsJson(parameters: Readonly<Record<string, unknown>>, task: Task): string {
  const floats = optionsOf(task).filter(({ option }) => option.float === true);
  return pythonJson(parameters, { indent: 4, floats: new Set(floats.map(({ key }) => key)) });
}

/**
 * @param parameters - a parsed maps.json, of this or an earlier version
 * @returns the experiment (missing options at their default) and every key that is no option
 * @throws CONFIG_VALUE for an option with a value that is not allowed
 */
export function fromMapsParameters(
  parameters: Readonly<Record<string, unknown>>,
  source: ConfigSource = {},
): { readonly config: Config; readonly rest: ReadonlyMap<string, unknown> } {
  const current = upgrade(parameters);
  const task = taskOf(current.get('network_task'), source);
  const keys = new Set(optionsOf(task).map(({ key }) => key));
  const target = current.get(TARGET_JSON);
  const said = typeof target === 'object' && target !== null ? target : undefined;
  // The name that it was given by, so that the option is the same text everywhere.
  if (said !== undefined) current.set(TARGET_JSON, nameOf(said));
  // A random search keeps what it has drawn its blocks from beside them, some of it in lists.
  if (current.has('convolutions_dict')) current.delete('n_conv');
  const options = [...current].filter(([key, value]) => keys.has(key) && value !== null);
  const rest = new Map([...current].filter(([key]) => !keys.has(key)));
  if (said !== undefined) rest.set(TARGET_JSON, said);
  const given = parseFlat(Object.fromEntries(options), task, source);
  return { config: { ...mergeConfig(task, given), ...searchedIn(rest, source) }, rest };
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const SEARCHED = {
  convolutions_dict: v.record(
    v.string(),
    v.object({
      ...{ in_channels: v.nullable(count), out_channels: count, n_conv: count },
      d_reduction: v.picklist(['MaxPooling', 'stride']),
    }),
  ),
  n_fcblocks: count,
  network_normalization: v.picklist(['BatchNorm', 'InstanceNorm', 'None']),
};

/** What a random search has added. */
function searchedIn(rest: ReadonlyMap<string, unknown>, source: ConfigSource): SearchedNetwork {
  const given = Object.entries(SEARCHED).flatMap(([key, schema]) => {
    const value = rest.get(key);
    if (value === undefined || value === null) return [];
    const result = v.safeParse(schema as v.GenericSchema, value);
    if (result.success) return [[key, result.output] as const];
    throw new CapsuleError('CONFIG_VALUE', {
      ...source,
      expected: `"${key}" as a random search writes it`,
      found: JSON.stringify(value).slice(0, 200),
    });
  });
  return Object.fromEntries(given) as SearchedNetwork;
}

function upgrade(parameters: Readonly<Record<string, unknown>>): Map<string, unknown> {
  return new Map(
    Object.entries(parameters).map(([key, value]) => {
      const negated = NEGATED.get(key);
      return negated === undefined ? [RENAMED.get(key) ?? key, value] : [negated, value !== true];
    }),
  );
}

const nameOf = (preprocessing: object): string =>
  'extract_json' in preprocessing ? String(preprocessing.extract_json) : '';

function taskOf(name: unknown, source: ConfigSource): Task {
  const task = TASKS.find((candidate) => candidate === name);
  if (task !== undefined) return task;
  throw new CapsuleError('CONFIG_VALUE', {
    ...source,
    expected: `"network_task" to be one of ${TASKS.join(', ')}`,
    found: JSON.stringify(name) ?? 'none',
  });
}
