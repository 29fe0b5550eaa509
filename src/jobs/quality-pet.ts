/** `quality-check pet-linear`: how little of each registered PET lies in a rim around the brain. */
import { indexCaps } from '../core/caps/index.ts';
import { fileTypeOf, type Preprocessing } from '../core/caps/patterns.ts';
import { volumesOf } from '../core/caps/volumes.ts';
import { CapsuleError } from '../core/errors.ts';
import type { FileTree } from '../core/files/file-tree.ts';
import { needFile } from '../core/files/read.ts';
import { readVolume } from '../core/nifti/read.ts';
import { brainRim, petScore } from '../core/quality/pet-linear.ts';
import type { ScoredSession } from '../core/quality/tables.ts';
import type { Template } from '../core/quality/template.ts';
import { sessionName, type SessionKey } from '../core/tsv/sessions.ts';
import type { Volume } from '../core/volume.ts';
import { throwIfCancelled } from '../engine/cancel.ts';
import type { Job } from './events.ts';
import type { PlainContext } from './shared/context.ts';
import { ProgressMeter } from './shared/progress-meter.ts';

export interface PetRequest {
  readonly caps: FileTree;
  readonly preprocessing: Preprocessing;
  /** All sessions of the CAPS when absent. */
  readonly sessions?: readonly SessionKey[] | undefined;
  /** A rim on the images' grid, or a brain to make one from. */
  readonly rim: Volume | Template;
}

/**
 * @returns the score of each session that has an image; those that are asked for and have none are told
 * @throws CAPS_NOT_CAPS, CAPS_NO_VOLUME, QUALITY_MASK, NIFTI_*, CANCELLED
 */
export async function* checkPet(
  { caps, preprocessing, sessions, rim }: PetRequest,
  { clock, signal }: PlainContext,
): Job<ScoredSession[]> {
  const index = await indexCaps(caps);
  const keys = sessions ?? index.sessions;
  const { pattern } = fileTypeOf(preprocessing);
  const { paths, problems } = volumesOf(index, pattern, keys);
  if (sessions !== undefined) for (const problem of problems) yield { kind: 'problem', problem };
  const places = keys.filter((key) => paths.has(sessionName(key)));
  if (places.length === 0) {
    throw new CapsuleError('CAPS_NO_VOLUME', { file: caps.name, expected: pattern, found: 'none' });
  }
  const meter = new ProgressMeter(clock, 'images', places.length);
  const scored: ScoredSession[] = [];
  let made: Volume | undefined = 'kind' in rim ? undefined : rim;
  for (const { participant, session } of places) {
    throwIfCancelled(signal);
    const key = { participant, session };
    const file = await needFile(caps, paths.get(sessionName(key)) ?? '');
    const { volume } = await readVolume(file, key);
    if ('kind' in rim && made?.affine.join() !== volume.affine.join()) {
      made = brainRim(rim, volume);
    }
    if (made === undefined) continue;
    scored.push({ ...key, score: petScore(volume, made, { ...key, file: file.path }) });
    yield meter.event('Checking images', scored.length);
  }
  return scored;
}
