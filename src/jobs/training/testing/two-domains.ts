/**
 * Two cohorts in memory for a domain adaptation: a source, whose class shows in one corner, and a target
 * with other people, another preprocessing and reversed intensities.
 */
import { follow } from '../../../../tests/support/follow.ts';
import {
  tinyCaps,
  tinyParticipants,
  tinyTable,
  TINY_SHAPE,
  TINY_SUFFIX,
  type TinyParticipant,
} from '../../../../tests/support/tiny-caps.ts';
import { makeExtraction } from '../../../core/caps/extraction.ts';
import { mergeConfig } from '../../../core/config/parse.ts';
import type { PartialConfig } from '../../../core/config/schema.ts';
import { MemoryTree } from '../../../core/files/memory-tree.ts';
import { niftiBytes } from '../../../core/nifti/write.ts';
import { stream } from '../../../core/random/philox.ts';
import { openMaps } from '../../../core/maps/reader.ts';
import type { EngineDevice } from '../../../engine/device/engine-device.ts';
import type { JobEvent } from '../../events.ts';
import { train, type TrainRequest } from '../../train.ts';
import type { TargetRequest } from '../target-cohort.ts';

export const TARGET_SUFFIX = 'desc-Crop_res-4x4x4_FLAIR.nii.gz';
const AFFINE = [4, 0, 0, -70, 0, 4, 0, -20, 0, 0, 4, -20, 0, 0, 0, 1];

/** Source: 8 train, 4 validate. Target: 3 labelled train, 4 validate, 4 are unlabelled, 2 are new. */
export const SOURCE = tinyParticipants(12);
export const TARGET: readonly TinyParticipant[] = Array.from({ length: 13 }, (_, index) => ({
  participant: `sub-F${String(index).padStart(2, '0')}`,
  diagnosis: index % 2 === 0 ? 'AD' : 'CN',
}));
export const LABELLED = TARGET.slice(0, 3);
export const VALIDATION = TARGET.slice(3, 7);
export const UNLABELLED = TARGET.slice(7, 11);
export const NEW = TARGET.slice(11);

export const ADAPTING: PartialConfig = {
  ...{ architecture: 'Conv5_FC3_SSDA', ssda_network: true, caps_target: 'flair' },
  ...{ tsv_target_lab: 'target/split', tsv_target_unlab: 'unlabelled.tsv' },
  ...{ preprocessing_dict_target: 'flair', epochs: 2, batch_size: 2, learning_rate: 1e-3 },
};

const sourceExtraction = makeExtraction(
  { pipeline: 'custom', suffix: TINY_SUFFIX },
  { mode: 'image' },
  'tiny',
);
export const targetExtraction = makeExtraction(
  { pipeline: 'custom', suffix: TARGET_SUFFIX },
  { mode: 'image' },
  'flair',
);

export async function targetCaps(): Promise<MemoryTree> {
  const tree = new MemoryTree('flair');
  const [x, y, z] = TINY_SHAPE;
  for (const [index, { participant, diagnosis }] of TARGET.entries()) {
    const random = stream(4, 'flair', index);
    const data = Float32Array.from({ length: x * y * z }, (_, i) => {
      const inCorner = i % z < 8 && Math.floor(i / z) % y < 9;
      return 3 - random.uniform() - (inCorner && diagnosis === 'AD' ? 1 : 0);
    });
    const path = `subjects/${participant}/ses-M000/custom/${participant}_ses-M000_space-MNI152NLin2009cSym_${TARGET_SUFFIX}`;
    await tree.write(path, niftiBytes({ data, shape: TINY_SHAPE, affine: AFFINE }));
  }
  return tree;
}

export const unlabelledTable = (people: readonly TinyParticipant[], hasHeader = false): string =>
  [
    ...(hasHeader ? ['participant_id\tsession_id'] : []),
    ...people.map(({ participant }) => `${participant}\tses-M000`),
    '',
  ].join('\n');

/** @param files - beside, or instead of, those of the target's tables */
export async function targetRequest(files: Record<string, string> = {}): Promise<TargetRequest> {
  const tree = new MemoryTree('target', {
    'split/train.tsv': tinyTable(LABELLED),
    'split/validation_baseline.tsv': tinyTable(VALIDATION),
    'unlabelled.tsv': unlabelledTable(UNLABELLED),
    ...files,
  });
  return {
    ...{ caps: await targetCaps(), capsDirectory: 'flair', extraction: targetExtraction },
    place: { tables: tree, tablesFolder: 'split' },
    unlabelled: { tree, path: 'unlabelled.tsv', name: 'unlabelled.tsv' },
  };
}

export const sourceCaps = (): Promise<MemoryTree> => tinyCaps(SOURCE);

/** All that a training is asked for, but the place where the MAPS goes. */
export async function adaptationRequest(
  given: PartialConfig = {},
): Promise<Omit<TrainRequest, 'maps'>> {
  const tables = new MemoryTree('tables', {
    'split/train.tsv': tinyTable(SOURCE.slice(0, 8)),
    'split/validation_baseline.tsv': tinyTable(SOURCE.slice(8)),
    'train.tsv': tinyTable(SOURCE),
  });
  return {
    config: mergeConfig('classification', { ...ADAPTING, ...given }),
    ...{ caps: await sourceCaps(), capsDirectory: 'caps', mapsDirectory: 'maps' },
    ...{ extraction: sourceExtraction, target: await targetRequest(), runtime: 'test' },
    ...{ tables, tablesFolder: 'split', tsvDirectory: 'split', unreadable: 'stop' },
  };
}

export const timeless = { now: () => 1_795_414_813_000, elapsed: () => 0 };

export async function adapt(
  device: EngineDevice,
  given: PartialConfig = {},
  more: Partial<TrainRequest> = {},
  onEvent?: (event: JobEvent) => void,
) {
  const maps = (more.maps as MemoryTree | undefined) ?? new MemoryTree('maps');
  const request = { ...(await adaptationRequest(given)), ...more, maps };
  const context = { device, clock: timeless, signal: new AbortController().signal };
  const outcome = await follow(train(request, context), onEvent);
  return { maps, outcome, opened: await openMaps(maps) };
}
