/**
 * The preprocessing JSON of ClinicaDL (`tensor_extraction/<name>.json`): which volumes of the CAPS,
 * and which part of them a network sees. Keys, their order and the printing are those of 1.6.1;
 * keys that it adds and Capsule does not need come back as they were.
 */
import * as v from 'valibot';
import { CapsuleError } from '../errors.ts';
import { fileTypeOf, type FileType, type Preprocessing } from './patterns.ts';
import {
  PREPROCESSING_KEYS,
  preprocessingEntries,
  preprocessingFrom,
} from './preprocessing-keys.ts';

export type Mode = 'image' | 'patch' | 'slice' | 'roi';

export type ModeOptions =
  | {
      readonly mode: 'image';
      /**
       * Every how many voxels one is kept of a box of the image (size-reduction.ts), once intensities
       * are normalised; all are when absent. The experiment says so, not the preprocessing JSON.
       */
      readonly reduction?: number;
    }
  /** Voxels. */
  | { readonly mode: 'patch'; readonly patchSize: number; readonly strideSize: number }
  | {
      readonly mode: 'slice';
      /** Axis that is cut: 0 sagittal, 1 coronal, 2 axial. */
      readonly direction: 0 | 1 | 2;
      readonly channels: 'rgb' | 'single';
      /** Slices left out at the beginning and the end; one number stands for both. */
      readonly discarded: readonly number[];
    }
  | {
      readonly mode: 'roi';
      readonly regions: readonly string[];
      /** Keeps the shape of the volume instead of the region's. */
      readonly uncropped: boolean;
      readonly customTemplate: string;
      readonly customMaskPattern: string;
    };

export type Extraction = ModeOptions & {
  readonly preprocessing: Preprocessing;
  /** File name, ending with `.json`. */
  readonly name: string;
  /** Whether the parts were written to `.pt` files instead of being cut on reading. */
  readonly savedFeatures: boolean;
  readonly fileType: FileType;
  /** Keys that Capsule does not need, in their order. */
  readonly others: ReadonlyMap<string, unknown>;
};

/**
 * @param savedFeatures - whether parts are written to `.pt` files (`--save_features`)
 * @returns an extraction as `prepare-data` would describe it; `.json` is added to the name
 */
export function makeExtraction(
  preprocessing: Preprocessing,
  options: ModeOptions,
  name: string,
  savedFeatures = false,
): Extraction {
  return {
    ...options,
    preprocessing,
    name: name.endsWith('.json') ? name : `${name}.json`,
    savedFeatures,
    fileType: fileTypeOf(preprocessing),
    others: new Map(),
  };
}

/** @returns how many slices are left out at the beginning and at the end. */
export function discardedSlices(discarded: readonly number[]): readonly [number, number] {
  const [begin = 0, end = begin] = discarded;
  return [begin, end];
}

/** @returns the number of the first part in tables and file names: 0, but for slices that follow discarded ones. */
export function firstPart(extraction: ModeOptions): number {
  return extraction.mode === 'slice' ? discardedSlices(extraction.discarded)[0] : 0;
}

const text = v.pipe(v.string(), v.maxLength(1024));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const regionName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9.+-]+$/));

const COMMON = {
  ...PREPROCESSING_KEYS,
  mode: v.picklist(['image', 'patch', 'slice', 'roi'] as const),
  prepare_dl: v.optional(v.boolean(), false),
  extract_json: v.optional(text, 'extraction.json'),
  file_type: v.optional(
    v.object({ pattern: text, description: text, needed_pipeline: v.optional(text) }),
  ),
};

const OF_MODE = {
  image: {},
  patch: { patch_size: positive, stride_size: positive },
  slice: {
    slice_direction: v.picklist([0, 1, 2] as const),
    slice_mode: v.optional(v.picklist(['rgb', 'single'] as const), 'rgb'),
    discarded_slices: v.union([
      v.pipe(
        count,
        v.transform((both) => [both]),
      ),
      v.pipe(v.array(count), v.minLength(1), v.maxLength(2)),
    ]),
  },
  roi: {
    roi_list: v.pipe(v.array(regionName), v.minLength(1)),
    uncropped_roi: v.optional(v.boolean(), false),
    roi_custom_template: v.optional(v.nullable(text)),
    roi_custom_mask_pattern: v.optional(v.nullable(text)),
  },
} as const;

const Common = v.object(COMMON);
const Patch = v.object(OF_MODE.patch);
const Slice = v.object(OF_MODE.slice);
const Roi = v.object(OF_MODE.roi);

/**
 * @param record - a parsed preprocessing JSON, of this or an earlier version: what is missing there
 *   (`use_uncropped_image`, `prepare_dl`, `slice_mode`, `file_type`) has its historical value
 * @throws EXTRACTION_JSON naming the key
 */
export function readExtraction(record: unknown, file: string): Extraction {
  const common = check(Common, record, file);
  const preprocessing = preprocessingFrom(common, file);
  const known = new Set([...Object.keys(COMMON), ...Object.keys(OF_MODE[common.mode])]);
  const { needed_pipeline, ...fileType } = common.file_type ?? fileTypeOf(preprocessing);
  return {
    ...modeOptions(common.mode, record, file),
    preprocessing,
    name: common.extract_json,
    savedFeatures: common.prepare_dl,
    fileType: { ...fileType, ...(needed_pipeline === undefined ? {} : { needed_pipeline }) },
    others: new Map(Object.entries(record as object).filter(([key]) => !known.has(key))),
  };
}

/** @returns the preprocessing JSON's keys in the order of 1.6.1, ready to be printed. */
export function extractionRecord(extraction: Extraction): Record<string, unknown> {
  const { word, uncropped, keys } = preprocessingEntries(extraction.preprocessing);
  return Object.fromEntries<unknown>([
    ['preprocessing', word],
    ['mode', extraction.mode],
    ['use_uncropped_image', uncropped],
    ['prepare_dl', extraction.savedFeatures],
    ...keys,
    ['extract_json', extraction.name],
    ...modeEntries(extraction),
    ['file_type', extraction.fileType],
    ...extraction.others,
  ]);
}

function modeEntries(options: ModeOptions): (readonly [string, unknown])[] {
  switch (options.mode) {
    case 'image':
      return [];
    case 'patch':
      return [
        ['patch_size', options.patchSize],
        ['stride_size', options.strideSize],
      ];
    case 'slice':
      return [
        ['slice_direction', options.direction],
        ['slice_mode', options.channels],
        ['discarded_slices', options.discarded],
      ];
    case 'roi':
      return [
        ['roi_list', options.regions],
        ['uncropped_roi', options.uncropped],
        ['roi_custom_template', options.customTemplate],
        ['roi_custom_mask_pattern', options.customMaskPattern],
      ];
  }
}

function modeOptions(mode: Mode, record: unknown, file: string): ModeOptions {
  switch (mode) {
    case 'image':
      return { mode };
    case 'patch': {
      const { patch_size, stride_size } = check(Patch, record, file);
      return { mode, patchSize: patch_size, strideSize: stride_size };
    }
    case 'slice': {
      const { slice_direction, slice_mode, discarded_slices } = check(Slice, record, file);
      return {
        mode,
        direction: slice_direction,
        channels: slice_mode,
        discarded: discarded_slices,
      };
    }
    case 'roi': {
      const roi = check(Roi, record, file);
      return {
        mode,
        regions: roi.roi_list,
        uncropped: roi.uncropped_roi,
        customTemplate: roi.roi_custom_template ?? '',
        customMaskPattern: roi.roi_custom_mask_pattern ?? '',
      };
    }
  }
}

function check<Schema extends v.GenericSchema>(
  schema: Schema,
  record: unknown,
  file: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, record);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue);
  throw new CapsuleError('EXTRACTION_JSON', {
    file,
    expected: `${key === null ? 'the file' : `"${key}"`} to be ${issue.expected ?? 'valid'}`,
    found: issue.received,
  });
}
