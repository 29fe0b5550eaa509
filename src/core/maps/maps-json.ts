/**
 * `maps.json` read: the options of the experiment, under today's names whatever the version, and
 * what the training knew of its data. `core/config` owns the options; the rest is checked here.
 */
import * as v from 'valibot';
import { fromMapsParameters, type MapsExtra } from '../config/maps-parameters.ts';
import type { Config } from '../config/schema.ts';
import { CapsuleError } from '../errors.ts';
import { MAPS_JSON, type Mode } from './layout.ts';

const COUNT = v.pipe(v.number(), v.integer(), v.minValue(1));
const SHAPE = v.array(COUNT);
const MODES = ['image', 'patch', 'slice', 'roi'] as const satisfies readonly Mode[];
/** A record, not an object schema: that would put the checked key first and lose the order of the file. */
const PREPROCESSING = v.record(v.string(), v.unknown());

const EXTRA = v.object({
  caps_directory: v.string(),
  tsv_path: v.string(),
  preprocessing_dict: PREPROCESSING,
  preprocessing_dict_target: v.optional(PREPROCESSING),
  num_networks: v.optional(COUNT, 1),
  output_size: v.union([COUNT, SHAPE]),
  input_size: SHAPE,
});

/** Keys of the extraction JSON that MAPS before 1.1 kept flat in maps.json. */
const FLAT_PREPROCESSING = [
  ...['preprocessing', 'mode', 'use_uncropped_image', 'prepare_dl', 'custom_suffix'],
  'extract_json',
  ...['acq_label', 'tracer', 'suvr_reference_region', 'patch_size', 'stride_size'],
  ...[
    'slice_direction',
    'slice_mode',
    'discarded_slices',
    'roi_list',
    'uncropped_roi',
    'file_type',
  ],
];

export interface MapsParameters {
  readonly config: Config;
  readonly extra: MapsExtra;
  readonly mode: Mode;
}

/**
 * @param text - content of a maps.json.
 * @throws MAPS_DAMAGED when it is not JSON or a value is impossible, MAPS_NOT_MAPS when it is the
 * maps.json of something else, such as a group's.
 */
export function parseMapsJson(text: string): MapsParameters {
  const parameters = parseObject(text);
  if (!('network_task' in parameters)) {
    throw new CapsuleError('MAPS_NOT_MAPS', { file: MAPS_JSON, expected: '"network_task"' });
  }
  const { config, rest } = options(parameters);
  const result = v.safeParse(EXTRA, withPreprocessing(rest));
  if (!result.success) {
    const [issue] = result.issues;
    throw damaged(
      `"${v.getDotPath(issue) ?? ''}" to be ${issue.expected ?? 'valid'}`,
      issue.received,
    );
  }
  const named = result.output.preprocessing_dict['mode'];
  const mode = MODES.find((candidate) => candidate === named);
  if (mode === undefined) throw damaged(`"mode" to be one of ${MODES.join(', ')}`, String(named));
  return { config, extra: result.output, mode };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged('JSON', (error as Error).message);
  }
  const result = v.safeParse(v.record(v.string(), v.unknown()), value);
  if (!result.success || Array.isArray(value)) throw damaged('an object', text.slice(0, 40));
  return result.output;
}

function options(parameters: Record<string, unknown>): ReturnType<typeof fromMapsParameters> {
  try {
    return fromMapsParameters(parameters, { file: MAPS_JSON });
  } catch (error) {
    if (!(error instanceof CapsuleError)) throw error;
    const { expected, found } = error.problem;
    throw damaged(expected ?? 'options of an experiment', found ?? error.code);
  }
}

function withPreprocessing(rest: ReadonlyMap<string, unknown>): unknown {
  if (rest.has('preprocessing_dict')) return Object.fromEntries(rest);
  const flat = FLAT_PREPROCESSING.filter((key) => rest.has(key)).map((key) => [key, rest.get(key)]);
  return { ...Object.fromEntries(rest), preprocessing_dict: Object.fromEntries(flat) };
}

function damaged(expected: string, found: string): CapsuleError {
  return new CapsuleError('MAPS_DAMAGED', { file: MAPS_JSON, expected, found });
}
