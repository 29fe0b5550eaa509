/**
 * What a CAPS holds, from the names of its files alone: participants, sessions and their volumes.
 * A folder with a wrong name is a problem of its own and leaves the rest usable.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { isParticipantId, isSessionId, sessionName, type SessionKey } from '../tsv/sessions.ts';
import { compileGlob } from './glob.ts';
import { preprocessingId, recognise, type Preprocessing } from './patterns.ts';
import { highestRun } from './runs.ts';

export const SUBJECTS = 'subjects';

export interface CapsSession extends SessionKey {
  /** Paths of its NIfTI files below the session's folder, sorted. */
  readonly files: readonly string[];
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

export interface Volumes {
  /** Path of the volume below the CAPS root, by `participant/session`. */
  readonly paths: ReadonlyMap<string, string>;
  /** CAPS_NO_VOLUME and CAPS_SEVERAL_VOLUMES, one a session. */
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
  const found = new Map<string, SessionKey & { files: string[] }>();
  const problems = new Map<string, Problem>();
  let isEmpty = true;
  for await (const path of tree.paths(SUBJECTS)) {
    const [, participant = '', session = '', ...below] = path.split('/');
    if (below.length === 0 || participant.startsWith('.')) continue;
    isEmpty = false;
    const key = { participant, session };
    const fault = misnamed(key);
    if (fault === undefined) {
      const name = sessionName(key);
      const entry = found.get(name) ?? { ...key, files: [] };
      found.set(name, entry);
      if (/\.nii(\.gz)?$/i.test(path)) entry.files.push(below.join('/'));
    } else if (!isSkipped(session)) problems.set(fault.file ?? '', fault);
  }
  if (isEmpty) await refuse(tree);
  const sessions = [...found.values()].sort(byParticipantThenSession);
  for (const session of sessions) session.files.sort();
  return {
    name: tree.name,
    sessions,
    byName: new Map(sessions.map((session) => [sessionName(session), session])),
    participants: [...new Set(sessions.map(({ participant }) => participant))],
    problems: [...problems.values()],
  };
}

/**
 * @param pattern - of a file type, below the session's folder, such as `*_T1w.nii.gz`
 * @param keys - the sessions that are needed; all of the CAPS by default
 */
export function volumesOf(
  index: CapsIndex,
  pattern: string,
  keys: readonly SessionKey[] = index.sessions,
): Volumes {
  const matches = compileGlob(pattern);
  const paths = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { participant, session } of keys) {
    const name = sessionName({ participant, session });
    const files = (index.byName.get(name)?.files ?? []).filter(matches);
    const file = files.length > 1 ? highestRun(files) : files[0];
    if (file !== undefined) paths.set(name, `${SUBJECTS}/${name}/${file}`);
    else {
      const code = files.length === 0 ? 'CAPS_NO_VOLUME' : 'CAPS_SEVERAL_VOLUMES';
      problems.push(
        describe(code, {
          participant,
          session,
          expected: files.length === 0 ? `a file ${pattern}` : `one file ${pattern}`,
          found: files.length === 0 ? 'none' : files.slice(0, 4).join(', '),
        }),
      );
    }
  }
  return { paths, problems };
}

/** @returns what the CAPS can be used with: named preprocessings first, then custom suffixes. */
export function listPreprocessings(index: CapsIndex): PreprocessingFound[] {
  const found = new Map<string, { preprocessing: Preprocessing; sessions: number }>();
  for (const { files } of index.sessions) {
    const ofSession = new Map<string, Preprocessing>();
    for (const file of files) {
      const preprocessing = recognise(file);
      if (preprocessing !== undefined) ofSession.set(preprocessingId(preprocessing), preprocessing);
    }
    for (const [id, preprocessing] of ofSession) {
      const sessions = (found.get(id)?.sessions ?? 0) + 1;
      found.set(id, { preprocessing, sessions });
    }
  }
  const isCustom = ({ preprocessing }: PreprocessingFound) =>
    Number(preprocessing.pipeline === 'custom');
  return [...found]
    .map(([id, entry]) => ({ id, ...entry }))
    .sort((a, b) => isCustom(a) - isCustom(b) || b.sessions - a.sessions || (a.id < b.id ? -1 : 1));
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
