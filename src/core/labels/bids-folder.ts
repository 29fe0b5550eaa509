/**
 * What a BIDS folder holds, from the names of its files: participants, sessions and the modalities of
 * each (https://bids-specification.readthedocs.io, "Common principles"). A folder without sessions is
 * read as one session, `ses-M000`, the name that Clinica gives it. Modalities are called as Clinica's
 * check-missing-modalities calls them: `t1w`, `flair`, `pet_trc-18FFDG`, `dwi`, `func_task-rest`.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import { compareKeys, compareText } from '../tsv/session-time.ts';
import { isParticipantId, isSessionId, sessionName, type SessionKey } from '../tsv/sessions.ts';
import { someOf } from './some-of.ts';

/** Name of the only session of a folder without sessions. */
export const ONLY_SESSION = 'ses-M000';

export interface BidsSession extends SessionKey {
  readonly modalities: ReadonlySet<string>;
}

export interface BidsFolder {
  /** By participant, then in time. */
  readonly sessions: readonly BidsSession[];
  readonly participants: ReadonlySet<string>;
  /** Paths of `sub-*_sessions.tsv`, by participant. */
  readonly sessionTables: ReadonlyMap<string, string>;
  readonly hasParticipantsTable: boolean;
  readonly problems: readonly Problem[];
}

/**
 * @param paths - of all files of the folder
 * @throws BIDS_NOT_BIDS when there is no participant
 */
export async function readBidsFolder(
  paths: AsyncIterable<string> | Iterable<string>,
): Promise<BidsFolder> {
  const sessions = new Map<string, SessionKey & { modalities: Set<string> }>();
  const participants = new Set<string>();
  const sessionTables = new Map<string, string>();
  const misnamed = new Set<string>();
  let hasParticipantsTable = false;
  let isCaps = false;
  for await (const path of paths) {
    if (path === 'participants.tsv') hasParticipantsTable = true;
    if (path.startsWith('subjects/sub-')) isCaps = true;
    const [participant = '', ...below] = path.split('/');
    if (!participant.startsWith('sub-') || below.length === 0) continue;
    if (!isParticipantId(participant)) {
      misnamed.add(participant);
      continue;
    }
    participants.add(participant);
    if (path === `${participant}/${participant}_sessions.tsv`) sessionTables.set(participant, path);
    const hasSession = below[0]?.startsWith('ses-') ?? false;
    const [session, ...inside] = hasSession ? [below[0] ?? '', ...below.slice(1)] : ['', ...below];
    if (hasSession && !isSessionId(session)) {
      misnamed.add(`${participant}/${session}`);
      continue;
    }
    const modalities = modalitiesOf(inside);
    if (!hasSession && modalities.length === 0) continue;
    const key = { participant, session: hasSession ? session : ONLY_SESSION };
    const entry = sessions.get(sessionName(key)) ?? { ...key, modalities: new Set<string>() };
    for (const modality of modalities) entry.modalities.add(modality);
    sessions.set(sessionName(key), entry);
  }
  if (participants.size === 0) {
    const action = 'This is a CAPS: choose the BIDS folder that it was made from.';
    const found = misnamed.size > 0 ? `folders ${[...misnamed].slice(0, 3).join(', ')}` : undefined;
    throw new CapsuleError('BIDS_NOT_BIDS', {
      ...{ expected: 'sub-*', found: found ?? 'no such folder', ...(isCaps ? { action } : {}) },
    });
  }
  const odd = [...misnamed].sort(compareText);
  return {
    ...{ sessions: [...sessions.values()].sort(compareKeys), participants, sessionTables },
    ...{ hasParticipantsTable },
    problems: odd.length === 0 ? [] : [describe('BIDS_ID', { found: someOf(odd) })],
  };
}

const NIFTI = /\.nii(\.gz)?$/;

/** @param inside - folder and file below the session, such as `['anat', 'sub-01_T1w.nii.gz']`. */
function modalitiesOf(inside: readonly string[]): string[] {
  const [datatype = '', file = ''] = inside;
  if (inside.length !== 2 || !NIFTI.test(file)) return [];
  const stem = file.replace(NIFTI, '');
  const suffix = stem.slice(stem.lastIndexOf('_') + 1).toLowerCase();
  const entity = (name: string) => new RegExp(`_${name}-([A-Za-z0-9]+)`).exec(stem)?.[1];
  switch (datatype) {
    case 'pet': {
      const tracer = entity('trc');
      return ['pet', ...(tracer === undefined ? [] : [`pet_trc-${tracer}`])];
    }
    case 'func': {
      const task = entity('task');
      return suffix === 'bold'
        ? ['func', ...(task === undefined ? [] : [`func_task-${task}`])]
        : [];
    }
    case 'fmap':
      return ['fieldmap'];
    case 'dwi':
      return suffix === 'dwi' ? ['dwi'] : [];
    case 'anat':
      return [suffix];
    default:
      return [datatype];
  }
}
