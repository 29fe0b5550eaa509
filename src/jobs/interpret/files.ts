/** What an interpretation leaves in a MAPS: maps, and a record of how they were made. */
import type { Problem } from '../../core/errors.ts';
import type { WritableTree } from '../../core/files/file-tree.ts';
import { resultFolder } from '../../core/maps/layout.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import { MapsWriter } from '../../core/maps/writer.ts';
import { gzipBytes } from '../../core/nifti/gunzip.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import type { Method } from '../../engine/interpret/methods.ts';
import type { SessionMap } from '../interpret.ts';
import type { Model } from '../shared/model.ts';
import type { SanityResult } from './sanity-check.ts';

/** Whose maps: `<split>/best-<metric>/<group>/interpret-<name>`. */
export interface MapPlace {
  readonly split: MapsSplit;
  readonly metric: string;
  readonly group: string;
  readonly name: string;
}

/** ClinicaDL has no such file. */
const RECORD = 'interpretation.json';

export interface MapFile {
  /** `mean`, or `<participant>_<session>`. */
  readonly of: string;
  readonly map: SessionMap;
  readonly saveNifti: boolean;
}

export async function writeMap(
  tree: WritableTree,
  { split, metric, group, name }: MapPlace,
  { extraction }: Model,
  { of, map, saveNifti }: MapFile,
): Promise<void> {
  const nifti = saveNifti ? { nifti: await gzipBytes(niftiOf(map)) } : {};
  await new MapsWriter(tree).splitNamed(split.name).writeInterpretation(metric, group, name, {
    ...{ of, mode: extraction.mode, part: map.part, ...nifti },
    tensor: TorchTensor.float32(map.shape, map.values),
  });
}

/** The map as a complete .nii file in the space of its volume; of several channels the first. */
export function niftiOf({ values, grid }: SessionMap): Uint8Array<ArrayBuffer> {
  const [x, y, z] = grid.shape;
  return niftiBytes({ ...grid, data: values.slice(0, x * y * z) });
}

export interface MapsRecord {
  readonly method: Method;
  readonly model: Model;
  readonly target: number;
  /** That went into the mean. */
  readonly sessions: number;
  readonly sanity: SanityResult | undefined;
  /** Where the network did no better than chance. */
  readonly caution: Problem | undefined;
  /** Against a known answer; absent where there was none. */
  readonly score?: Readonly<Record<string, unknown>> | undefined;
}

export async function writeRecord(
  tree: WritableTree,
  { split, metric, group, name }: MapPlace,
  { method, model, target, sessions, sanity, caution, score }: MapsRecord,
): Promise<void> {
  const { method: called, ...settings } = method;
  const record = {
    method: called,
    settings,
    network: model.plan.name,
    target_node: target,
    target: model.classes[target] ?? model.label,
    sessions,
    sanity_check: sanity ?? null,
    caution: caution === undefined ? null : `${caution.sentence} (${caution.found ?? ''})`,
    ...(score === undefined ? {} : { score }),
  };
  const folder = `${resultFolder(split.name, metric, group)}/interpret-${name}`;
  await tree.write(`${folder}/${RECORD}`, `${JSON.stringify(record, null, 4)}\n`);
}
