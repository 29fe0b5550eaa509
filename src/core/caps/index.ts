/**
 * What a CAPS holds, from the names of its files alone: participants, sessions and their volumes.
 * A folder with a wrong name is a problem of its own and leaves the rest usable.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { isParticipantId, isSessionId, sessionName, type SessionKey } from '../tsv/sessions.ts';
import { preprocessingId, type Preprocessing } from './patterns.ts';
import { recognise, recogniseTensor } from './recognise.ts';

export const SUBJECTS = 'subjects';
/** Folder of a session that holds its tensors. */
export const TENSORS = 'deeplearning_prepare_data';

const TENSORS_BEGIN = `${TENSORS}/`;
const IMAGES_BEGIN = 'image_based/';

export interface CapsSession extends SessionKey {
  /** Paths of its NIfTI files below the session's folder, sorted. */
  readonly files: readonly string[];
  /** Paths of its `.pt` files below `deeplearning_prepare_data`, sorted. */
  readonly tensors: readonly string[];
}

export interface CapsIndex {
  readonly name: string;
  /** Sorted by participant, then session; sessions without any volume too. */
  readonly sessions: readonly CapsSession[];
  /** By `participant/session`. */
  readonly byName: ReadonlyMap<string, CapsSession>;
  readonly participants: readonly string[];
  /** Folders that are left out because of their names. */
  readonly problems: readonly Problem[];
}

export interface PreprocessingFound {
  readonly id: string;
  readonly preprocessing: Preprocessing;
  /** Number of sessions that have it. */
  readonly sessions: number;
}

/**
 * Reads the names of all files below `subjects`, once; opens none.
 * @throws CAPS_NOT_CAPS when there is no participant below `subjects`
 */
export async function indexCaps(tree: FileTree): Promise<CapsIndex> {
  const found = new Map<string, Filling>();
  const problems = new Map<string, Problem>();
  let isEmpty = true;
  for await (const path of tree.paths(SUBJECTS)) {
    const place = placeOf(path);
    if (place === undefined) continue;
    isEmpty = false;
    let entry = found.get(place.name);
    if (entry === undefined) {
      const fault = misnamed(place);
      if (fault === undefined) {
        const { participant, session } = place;
        entry = { participant, session, files: [], tensors: [] };
        found.set(place.name, entry);
      } else if (!isSkipped(place.session)) problems.set(fault.file ?? '', fault);
    }
    if (entry !== undefined) sort(place.below, entry);
  }
  if (isEmpty) await refuse(tree);
  const sessions = [...found.values()].sort(byParticipantThenSession);
  for (const session of sessions) {
    session.files.sort();
    session.tensors.sort();
  }
  return {
    name: tree.name,
    sessions,
    byName: new Map(sessions.map((session) => [sessionName(session), session])),
    participants: [...new Set(sessions.map(({ participant }) => participant))],
    problems: [...problems.values()],
  };
}

interface Filling extends SessionKey {
  readonly files: string[];
  readonly tensors: string[];
}

/** Names are cut by position: this runs once a file, and a CAPS can have a million of them. */
function placeOf(path: string) {
  const first = path.indexOf('/', SUBJECTS.length + 1);
  const second = path.indexOf('/', first + 1);
  if (first < 0 || second < 0 || path[SUBJECTS.length + 1] === '.') return undefined;
  return {
    name: path.slice(SUBJECTS.length + 1, second),
    participant: path.slice(SUBJECTS.length + 1, first),
    session: path.slice(first + 1, second),
    below: path.slice(second + 1),
  };
}

function sort(below: string, { files, tensors }: Filling): void {
  if (/\.nii(\.gz)?$/i.test(below)) files.push(below);
  else if (below.endsWith('.pt') && below.startsWith(TENSORS_BEGIN)) {
    tensors.push(below.slice(TENSORS_BEGIN.length));
  }
}

/** @returns what the CAPS can be used with: named preprocessings first, then custom suffixes. */
export function listPreprocessings(index: CapsIndex): PreprocessingFound[] {
  const found = new Map<string, { preprocessing: Preprocessing; sessions: number }>();
  for (const { files, tensors } of index.sessions) {
    const images = tensors.filter((path) => path.startsWith(IMAGES_BEGIN));
    const ofSession = new Map<string, Preprocessing>();
    for (const preprocessing of [
      ...files.map(recognise),
      ...images.map((path) => recogniseTensor(path.slice(IMAGES_BEGIN.length))),
    ]) {
      if (preprocessing !== undefined) ofSession.set(preprocessingId(preprocessing), preprocessing);
    }
    for (const [id, preprocessing] of ofSession) {
      const sessions = (found.get(id)?.sessions ?? 0) + 1;
      found.set(id, { preprocessing, sessions });
    }
  }
  const isOther = ({ preprocessing }: PreprocessingFound) =>
    Number(preprocessing.pipeline === 'custom');
  return [...found]
    .map(([id, entry]) => ({ id, ...entry }))
    .sort((a, b) => isOther(a) - isOther(b) || b.sessions - a.sessions || (a.id < b.id ? -1 : 1));
}

function misnamed({ participant, session }: SessionKey): Problem | undefined {
  if (!isParticipantId(participant)) {
    return describe('CAPS_ID', {
      file: `${SUBJECTS}/${participant}`,
      expected: 'sub- followed by letters and digits',
      found: participant,
    });
  }
  if (isSessionId(session)) return undefined;
  return describe('CAPS_ID', {
    participant,
    file: `${SUBJECTS}/${participant}/${session}`,
    expected: 'ses- followed by letters and digits',
    found: session,
  });
}

/** Clinica keeps longitudinal templates beside the sessions, in `long-<sessions>`. */
const isSkipped = (session: string): boolean => session.startsWith('long-');

async function refuse(tree: FileTree): Promise<never> {
  for await (const path of tree.paths()) {
    if (!path.startsWith('sub-')) continue;
    throw new CapsuleError('CAPS_NOT_CAPS', {
      file: tree.name,
      expected: 'a folder "subjects"',
      found: 'participants at the root, as in BIDS',
    });
  }
  throw new CapsuleError('CAPS_NOT_CAPS', {
    file: tree.name,
    expected: 'a folder "subjects" with subjects/sub-.../ses-.../',
    found: 'none',
  });
}

function byParticipantThenSession(a: SessionKey, b: SessionKey): number {
  if (a.participant !== b.participant) return a.participant < b.participant ? -1 : 1;
  return a.session < b.session ? -1 : 1;
}
