/**
 * Scans by their content: SHA-256 of shape and scaled voxels, so that a copy is found under another
 * name, compression or data type. Every volume is read whole, one after the other; an empty one (all
 * voxels alike) is no scan and is left out.
 */
import { loadExtraction } from '../../core/caps/extraction-file.ts';
import { compileGlob } from '../../core/caps/glob.ts';
import { indexCaps, listPreprocessings, SUBJECTS, type CapsIndex } from '../../core/caps/index.ts';
import { fileTypeOf } from '../../core/caps/patterns.ts';
import { highestRun } from '../../core/caps/runs.ts';
import { CapsuleError, describe, toProblem, type Problem } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { needFile } from '../../core/files/read.ts';
import type { Scan } from '../../core/leakage/experiment.ts';
import { readVolume } from '../../core/nifti/read.ts';
import { sessionIdentity } from '../../core/tsv/session-time.ts';
import type { SessionKey } from '../../core/tsv/sessions.ts';
import type { Volume } from '../../core/volume.ts';
import { throwIfCancelled } from '../../engine/cancel.ts';
import { readAhead } from '../../engine/data/read-ahead.ts';
import { hex, sha256 } from '../../core/files/sha256.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';

/** Volumes in memory at once. */
const AT_ONCE = 2;
/** The bits of every value that is not a number. */
const NOT_A_NUMBER = 0x7fc00000;

export interface HashRequest {
  readonly caps: FileTree;
  readonly cohort?: string | undefined;
  /** Sessions whose volumes are wanted. */
  readonly sessions: readonly SessionKey[];
  /** Name of a preprocessing JSON; what most sessions have when absent. */
  readonly preprocessing?: string | undefined;
}

/** @returns the scans of the sessions that have one; what cannot be read is told and left out. */
export async function* hashScans(
  request: HashRequest,
  { clock, signal }: Pick<JobContext, 'clock' | 'signal'>,
): Job<Scan[]> {
  const { caps, cohort, sessions, preprocessing } = request;
  const index = await indexCaps(caps);
  const pattern = await patternOf(caps, index, preprocessing);
  const places = placesOf(index, pattern, sessions);
  const count = (keys: readonly SessionKey[]) => new Set(keys.map(sessionIdentity)).size;
  const missing = count(sessions) - count(places);
  const without = missing === 0 ? '' : `; sessions without one: ${missing}`;
  yield { kind: 'log', message: `Comparing the voxels of ${places.length} ${pattern}${without}` };
  const meter = new ProgressMeter(clock, 'volumes', places.length);
  const hashed = readAhead({
    ...{ count: places.length, ahead: AT_ONCE, signal },
    read: (place) => hashPlace(caps, places[place] as Place),
  });
  const scans: Scan[] = [];
  let done = 0;
  for await (const { place, hash, problem } of hashed) {
    throwIfCancelled(signal);
    if (problem !== undefined) yield { kind: 'problem', problem };
    const { participant, session, path } = place;
    if (hash !== undefined) scans.push({ participant, session, cohort, file: path, hash });
    done += 1;
    yield meter.event('Comparing scans', done);
  }
  return scans;
}

/** @returns 64 hexadecimal digits; undefined for a volume that is the same everywhere. */
export async function voxelHash({ data, shape }: Volume): Promise<string | undefined> {
  const [first = 0] = data;
  if (data.every((value) => value === first)) return undefined;
  const bits = new Uint32Array(shape.length + data.length);
  bits.set(shape);
  const source = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let voxel = 0; voxel < data.length; voxel++) {
    const value = data[voxel] ?? 0;
    // A zero has two spellings and a hole many: each becomes one.
    const spelled = Number.isNaN(value) ? NOT_A_NUMBER : value === 0 ? 0 : (source[voxel] ?? 0);
    bits[shape.length + voxel] = spelled;
  }
  return hex(await sha256(new Uint8Array(bits.buffer)));
}

interface Place extends SessionKey {
  /** Below the CAPS root. */
  readonly path: string;
}

interface Hashed {
  readonly place: Place;
  readonly hash?: string | undefined;
  readonly problem?: Problem;
}

async function hashPlace(caps: FileTree, place: Place): Promise<Hashed> {
  const { participant, session, path } = place;
  try {
    const { volume } = await readVolume(await needFile(caps, path), { participant, session });
    const hash = await voxelHash(volume);
    if (hash !== undefined) return { place, hash };
    return { place, problem: describe('VOLUME_CONSTANT', { participant, session, file: path }) };
  } catch (thrown) {
    return { place, problem: toProblem(thrown, { participant, session, file: path }) };
  }
}

async function patternOf(
  caps: FileTree,
  index: CapsIndex,
  preprocessing: string | undefined,
): Promise<string> {
  if (preprocessing !== undefined) {
    return (await loadExtraction(caps, preprocessing)).fileType.pattern;
  }
  const [most] = listPreprocessings(index);
  if (most === undefined) throw new CapsuleError('CAPS_NO_VOLUME', { file: caps.name });
  return fileTypeOf(most.preprocessing).pattern;
}

/**
 * The volume of each session, several where they differ by more than their run; and those of other
 * folders that spell the same session in another way (`ses-M0`, `ses-M000`).
 */
function placesOf(index: CapsIndex, pattern: string, sessions: readonly SessionKey[]): Place[] {
  const matches = compileGlob(pattern);
  const wanted = new Set(sessions.map(sessionIdentity));
  return index.sessions
    .filter((session) => wanted.has(sessionIdentity(session)))
    .flatMap(({ participant, session, files }) => {
      const found = files.filter(matches);
      const last = highestRun(found);
      const used = last === undefined ? found : [last];
      const folder = `${SUBJECTS}/${participant}/${session}`;
      return used.map((file) => ({ participant, session, path: `${folder}/${file}` }));
    });
}
