/**
 * The quality check of a cohort: every scan is read once, checked by itself, and put beside the others.
 * Nothing is changed; who is left out is for a person to say.
 */
import { indexCaps } from '../core/caps/index.ts';
import { fileTypeOf, type Preprocessing } from '../core/caps/patterns.ts';
import { volumesOf } from '../core/caps/volumes.ts';
import { toProblem, type Problem } from '../core/errors.ts';
import { memoryFile } from '../core/files/memory-tree.ts';
import type { FileTree } from '../core/files/file-tree.ts';
import { needFile } from '../core/files/read.ts';
import { readVolume } from '../core/nifti/read.ts';
import {
  checkScan,
  methodOf,
  type ScanCheck,
  type ScoreMethod,
} from '../core/quality/check-scan.ts';
import { cohortFindings, type CheckedScan } from '../core/quality/cohort-findings.ts';
import { makeTemplate, type Template } from '../core/quality/template.ts';
import { sessionName, type SessionKey } from '../core/tsv/sessions.ts';
import type { Volume } from '../core/volume.ts';
import { throwIfCancelled } from '../engine/cancel.ts';
import { voxelHash } from './audit/voxel-hashes.ts';
import type { Job } from './events.ts';
import type { PlainContext } from './shared/context.ts';
import { ProgressMeter } from './shared/progress-meter.ts';

/** Every code at once is what the findings of a scan are read for. */
export interface QualityRow extends SessionKey, ScanCheck {
  /** Below the CAPS root. */
  readonly file: string;
}

export interface ScanPlace extends SessionKey {
  readonly path: string;
}

/** A scan that was read, with what the cohort's checks need of it. */
export interface ReadScan {
  readonly row: QualityRow;
  readonly scan?: CheckedScan;
}

export interface QualityRequest {
  readonly caps: FileTree;
  /** The first whose volumes a session has is taken. */
  readonly preprocessings: readonly Preprocessing[];
  /** All sessions of the CAPS when absent. */
  readonly sessions?: readonly SessionKey[] | undefined;
  readonly templates: readonly Template[];
}

/** @returns the templates, from their .nii.gz files: the brain first, then the head */
export async function readTemplates(
  brain: Uint8Array<ArrayBuffer>,
  head?: Uint8Array<ArrayBuffer>,
): Promise<readonly Template[]> {
  const read = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Volume> =>
    (await readVolume(memoryFile(name, bytes))).volume;
  const first = makeTemplate('brain', await read('colin27-3mm.nii.gz', brain));
  if (head === undefined) return [first];
  return [first, makeTemplate('head', await read('colin27-head-3mm.nii.gz', head))];
}

/**
 * @returns a row a session that has a volume, in the order of the sessions
 * @throws CAPS_NOT_CAPS, CANCELLED; what is wrong with single volumes is in their rows
 */
export async function* checkQuality(
  { caps, preprocessings, sessions, templates }: QualityRequest,
  { clock, signal }: PlainContext,
): Job<QualityRow[]> {
  const index = await indexCaps(caps);
  const keys = sessions ?? index.sessions;
  const found = preprocessings.map((preprocessing) => ({
    method: methodOf(preprocessing),
    volumes: volumesOf(index, fileTypeOf(preprocessing).pattern, keys),
  }));
  const places = keys.flatMap(({ participant, session }) => {
    for (const { method, volumes } of found) {
      const path = volumes.paths.get(sessionName({ participant, session }));
      if (path?.endsWith('.pt') === false) return [{ participant, session, path, method }];
    }
    return [];
  });
  const placed = new Set(places.map(sessionName));
  for (const problem of found[0]?.volumes.problems ?? []) {
    const { participant = '', session = '' } = problem;
    if (sessions === undefined || placed.has(sessionName({ participant, session }))) continue;
    yield { kind: 'problem', problem };
  }
  const meter = new ProgressMeter(clock, 'scans', places.length);
  const read: ReadScan[] = [];
  for (const { method, ...place } of places) {
    throwIfCancelled(signal);
    const open = async () => {
      const { participant, session } = place;
      return (await readVolume(await needFile(caps, place.path), { participant, session })).volume;
    };
    read.push(await checkPlace(place, open, method, templates));
    yield meter.event('Checking scans', read.length);
  }
  return withCohort(read);
}

/** Reads and checks one scan; one that cannot be read scores 0, with the reason as a finding. */
export async function checkPlace(
  { participant, session, path }: ScanPlace,
  open: () => Promise<Volume>,
  method: ScoreMethod,
  templates: readonly Template[],
): Promise<ReadScan> {
  const where = { participant, session, file: path };
  const place = { participant, session, file: path };
  try {
    const volume = await open();
    const check = checkScan(volume, method, templates, where);
    const { shape, affine } = volume;
    const scan = {
      ...{ ...place, shape, affine, hash: await voxelHash(volume) },
      ...(check.millilitres === undefined ? {} : { millilitres: check.millilitres }),
    };
    return { row: { ...place, ...check }, scan };
  } catch (thrown) {
    return { row: { ...place, score: 0, findings: [toProblem(thrown, where)] } };
  }
}

/** @returns the rows, with what shows only when scans are put side by side */
export function withCohort(read: readonly ReadScan[]): QualityRow[] {
  const byName = cohortFindings(read.flatMap(({ scan }) => scan ?? []));
  return read.map(({ row }) => {
    const added: readonly Problem[] = byName.get(sessionName(row)) ?? [];
    return { ...row, findings: [...row.findings, ...added] };
  });
}
