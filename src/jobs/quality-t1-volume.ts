/**
 * `quality-check t1-volume`: figures of every grey matter map (not modulated, in the space of SPM's
 * template) against the DARTEL template of a group.
 */
import { indexCaps } from '../core/caps/index.ts';
import { volumesOf } from '../core/caps/volumes.ts';
import { CapsuleError } from '../core/errors.ts';
import type { FileTree, WritableTree } from '../core/files/file-tree.ts';
import { needFile } from '../core/files/read.ts';
import { readVolume } from '../core/nifti/read.ts';
import { eyesMask, t1VolumeFigures } from '../core/quality/t1-volume.ts';
import { t1VolumeTables, type T1VolumeRow } from '../core/quality/tables.ts';
import { sessionName } from '../core/tsv/sessions.ts';
import type { Volume } from '../core/volume.ts';
import { throwIfCancelled } from '../engine/cancel.ts';
import type { Job } from './events.ts';
import type { PlainContext } from './shared/context.ts';
import { ProgressMeter } from './shared/progress-meter.ts';

const MAPS =
  't1/spm/segmentation/normalized_space/' +
  '*_T1w_segm-graymatter_space-Ixi549Space_modulated-off_probability.nii.gz';

export interface T1VolumeRequest {
  readonly caps: FileTree;
  /** As in `group-<label>`. */
  readonly group: string;
  /** Where the tables go. */
  readonly output: WritableTree;
  /** On the maps' grid, 1 where the eyes are; two ellipsoids at stated places when absent. */
  readonly eyes?: Volume | undefined;
}

/**
 * Writes QC_metrics.tsv and pass_step-1.tsv to pass_step-3.tsv.
 * @returns a row a session with a map
 * @throws FILE_NOT_FOUND without the group's template, CAPS_NO_VOLUME without any map, QUALITY_MASK,
 *   NIFTI_*, CANCELLED
 */
export async function* checkT1Volume(
  { caps, group, output, eyes }: T1VolumeRequest,
  { clock, signal }: PlainContext,
): Job<T1VolumeRow[]> {
  const path = `groups/group-${group}/t1/group-${group}_template.nii.gz`;
  const stack = (await readVolume(await needFile(caps, path), {}, { stacked: true })).volume;
  const index = await indexCaps(caps);
  const { paths } = volumesOf(index, MAPS);
  const places = index.sessions.filter((key) => paths.has(sessionName(key)));
  if (places.length === 0) {
    throw new CapsuleError('CAPS_NO_VOLUME', { file: caps.name, expected: MAPS, found: 'none' });
  }
  const meter = new ProgressMeter(clock, 'maps', places.length);
  const rows: T1VolumeRow[] = [];
  let sum: Float32Array | undefined;
  let mask = eyes;
  for (const { participant, session } of places) {
    throwIfCancelled(signal);
    const key = { participant, session };
    const file = await needFile(caps, paths.get(sessionName(key)) ?? '');
    const { volume } = await readVolume(file, key);
    sum ??= tissueSum(stack, volume, path);
    mask ??= eyesMask(volume.shape, volume.affine);
    refuseOther(volume, mask, file.path, 'the mask of the eyes');
    if (sum.length !== volume.data.length) tissueSum(stack, volume, path);
    rows.push({ ...key, ...t1VolumeFigures(volume.data, sum, mask.data) });
    yield meter.event('Checking maps', rows.length);
  }
  for (const [name, text] of t1VolumeTables(rows)) await output.write(name, text);
  return rows;
}

/** @returns the sum over the tissues of a template that was read as `(X, Y, Z T)` */
function tissueSum({ data, shape }: Volume, map: Volume, file: string): Float32Array {
  const [X, Y, Z] = map.shape;
  const tissues = shape[2] / Z;
  if (shape[0] !== X || shape[1] !== Y || !Number.isInteger(tissues)) {
    throw new CapsuleError('QUALITY_MASK', {
      ...{ file, expected: `tissues of ${map.shape.join(' x ')} voxels` },
      found: shape.join(' x '),
    });
  }
  return map.data.map((_, n) => {
    const [line, z] = [Math.floor(n / Z), n % Z];
    let sum = 0;
    for (let tissue = 0; tissue < tissues; tissue++) {
      sum += data[line * shape[2] + tissue * Z + z] ?? 0;
    }
    return sum;
  });
}

function refuseOther(volume: Volume, mask: Volume, file: string, what: string): void {
  if (volume.shape.join() === mask.shape.join()) return;
  const expected = `${mask.shape.join(' x ')} voxels, as ${what}`;
  throw new CapsuleError('QUALITY_MASK', { file, expected, found: volume.shape.join(' x ') });
}
