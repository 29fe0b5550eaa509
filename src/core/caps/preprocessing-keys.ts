/** The keys of a preprocessing JSON that say which volumes are meant, both ways. */
import * as v from 'valibot';
import { CapsuleError } from '../errors.ts';
import {
  customSuffix,
  DTI_MEASURES,
  DTI_SPACES,
  isCropped,
  isCustom,
  LINEAR,
  RAW,
  type Preprocessing,
} from './patterns.ts';
import { parseSpmSuffix } from './spm-volumes.ts';

/** What the key `preprocessing` may say. */
const WORDS = [...LINEAR, 'pet-linear', 't1-extensive', 'dwi-dti', ...RAW, 'custom'] as const;

const entity = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]+$/));

export const PREPROCESSING_KEYS = {
  preprocessing: v.picklist(WORDS),
  use_uncropped_image: v.optional(v.nullable(v.boolean()), false),
  custom_suffix: v.optional(v.pipe(v.string(), v.maxLength(1024))),
  tracer: v.optional(v.nullable(entity)),
  suvr_reference_region: v.optional(v.nullable(entity)),
  reconstruction: v.optional(v.nullable(entity)),
  dti_space: v.optional(v.nullable(v.picklist(DTI_SPACES))),
  dti_measure: v.optional(v.nullable(v.picklist(DTI_MEASURES))),
};

type Keys = v.InferOutput<ReturnType<typeof v.object<typeof PREPROCESSING_KEYS>>>;

/** @throws EXTRACTION_JSON naming a key that the preprocessing needs */
export function preprocessingFrom(keys: Keys, file: string): Preprocessing {
  const uncropped = keys.use_uncropped_image ?? false;
  const { preprocessing: pipeline } = keys;
  switch (pipeline) {
    case 'custom': {
      const suffix = needed(keys, 'custom_suffix', file);
      return parseSpmSuffix(suffix) ?? { pipeline, suffix };
    }
    case 'pet-linear':
      return {
        ...{ pipeline, uncropped, tracer: needed(keys, 'tracer', file) },
        region: needed(keys, 'suvr_reference_region', file),
        ...optional(keys, 'reconstruction'),
      };
    case 'pet':
      return { pipeline, ...optional(keys, 'tracer'), ...optional(keys, 'reconstruction') };
    case 'dwi-dti':
      return {
        ...{ pipeline, space: needed(keys, 'dti_space', file) },
        measure: needed(keys, 'dti_measure', file),
      };
    case 't1-linear':
    case 't2-linear':
    case 'flair-linear':
      return { pipeline, uncropped };
    default:
      return { pipeline };
  }
}

/** @returns the words of a preprocessing; `keys` in the order in which they are printed */
export function preprocessingEntries(preprocessing: Preprocessing): {
  readonly word: string;
  readonly uncropped: boolean | null;
  readonly keys: readonly (readonly [string, string])[];
} {
  if (isCustom(preprocessing)) {
    return {
      ...{ word: 'custom', uncropped: null },
      keys: [['custom_suffix', customSuffix(preprocessing)]],
    };
  }
  // Where nothing can be cropped, 1.6.1 writes what its flag says by default.
  const uncropped = isCropped(preprocessing) === false;
  return { word: preprocessing.pipeline, uncropped, keys: ownKeys(preprocessing) };
}

function ownKeys(preprocessing: Preprocessing): (readonly [string, string])[] {
  switch (preprocessing.pipeline) {
    case 'pet':
    case 'pet-linear': {
      const { tracer, reconstruction } = preprocessing;
      const region = 'region' in preprocessing ? preprocessing.region : undefined;
      return given({ tracer, suvr_reference_region: region, reconstruction });
    }
    case 'dwi-dti':
      return given({ dti_space: preprocessing.space, dti_measure: preprocessing.measure });
    default:
      return [];
  }
}

const given = (keys: Record<string, string | undefined>): (readonly [string, string])[] =>
  Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));

type TextKey = Exclude<keyof Keys, 'preprocessing' | 'use_uncropped_image'>;

function needed<Key extends TextKey>(
  keys: Keys,
  key: Key,
  file: string,
): Exclude<Keys[Key], null | undefined> {
  const value = keys[key];
  if (value !== undefined && value !== null && value !== '') {
    return value as Exclude<Keys[Key], null | undefined>;
  }
  const expected = `"${key}" for ${keys.preprocessing}`;
  throw new CapsuleError('EXTRACTION_JSON', { file, expected, found: 'none' });
}

function optional<Key extends 'tracer' | 'reconstruction'>(
  keys: Keys,
  key: Key,
): Partial<Record<Key, string>> {
  const value = keys[key];
  return value === undefined || value === null
    ? {}
    : ({ [key]: value } as Partial<Record<Key, string>>);
}
