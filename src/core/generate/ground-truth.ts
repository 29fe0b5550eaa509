/**
 * The answer that goes with a generated set, beside what ClinicaDL writes:
 *
 *     ground_truth/ground_truth.tsv                     participant_id, session_id, mask, change
 *     ground_truth/<sub>/<ses>/<name>_mask.nii.gz       1 where the classes can differ in this scan
 *     ground_truth/<sub>/<ses>/<name>_change.nii.gz     the scan less what it was made of
 *
 * Paths in the table are relative to its folder; an empty cell says that there is none: of a set that
 * differs everywhere (artifacts) or nowhere (random) there is no mask.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { needFile } from '../files/read.ts';
import { readVolume } from '../nifti/read.ts';
import { readNamedTable } from '../tsv/read-table.ts';
import { sessionName, sessionsOf, type SessionKey } from '../tsv/sessions.ts';
import { columnOf, writeTable } from '../tsv/table.ts';
import type { Volume } from '../volume.ts';

export const GROUND_TRUTH = 'ground_truth';
const TABLE = 'ground_truth.tsv';
const COLUMNS = ['participant_id', 'session_id', 'mask', 'change'] as const;

export type TruthPart = 'mask' | 'change';

export interface TruthRow extends SessionKey {
  /** Relative to the folder of the table; '' where there is none. */
  readonly mask: string;
  readonly change: string;
}

/** @returns the path relative to the folder of the ground truth */
export function truthPath(key: SessionKey, rest: string, part: TruthPart): string {
  const { participant, session } = key;
  return `${participant}/${session}/${participant}_${session}_${rest}_${part}.nii.gz`;
}

export const truthTablePath = `${GROUND_TRUTH}/${TABLE}`;

export function truthTable(rows: readonly TruthRow[]): string {
  return writeTable({
    columns: COLUMNS,
    rows: rows.map(({ participant, session, mask, change }) => [
      ...[participant, session, mask, change],
    ]),
  });
}

/** Where maps have to point. */
export interface GroundTruth {
  /** What it was read from. */
  readonly name: string;
  /**
   * @returns the mask of a session
   * @throws CAPS_MASK when the set has none for it, and those of reading
   */
  maskOf(key: SessionKey): Promise<Volume>;
}

/** @param tree - a generated set, or its folder `ground_truth` */
export async function openGroundTruth(tree: FileTree): Promise<GroundTruth> {
  const inside = (await tree.file(truthTablePath)) !== undefined;
  const file = inside ? truthTablePath : TABLE;
  const { table } = await readNamedTable(tree, file);
  const masks = columnOf(table, 'mask', { file });
  const paths = new Map(
    sessionsOf(table, { file }).map((key, row) => [sessionName(key), masks[row] ?? '']),
  );
  const prefix = inside ? `${GROUND_TRUTH}/` : '';
  return {
    name: tree.name,
    async maskOf(key) {
      const path = paths.get(sessionName(key));
      if (path === undefined || path === '') {
        throw new CapsuleError('CAPS_MASK', {
          ...{ participant: key.participant, session: key.session, file },
          expected: 'the mask of what was changed',
          found: path === undefined ? 'no such session' : 'a set without a region that tells',
          action: 'Score maps of a generated set against its own ground truth.',
        });
      }
      return (await readVolume(await needFile(tree, prefix + path), key)).volume;
    },
  };
}

/** One mask for everyone, such as that of the sample brains. */
export async function oneMaskForAll(tree: FileTree, path: string): Promise<GroundTruth> {
  const { volume } = await readVolume(await needFile(tree, path), {}, { leadingOne: true });
  return { name: path, maskOf: () => Promise.resolve(volume) };
}
