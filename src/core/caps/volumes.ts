/**
 * From sessions to their volumes, by name alone: a NIfTI file that matches the pattern, else the
 * image tensor that was made of one, else a problem that says what there is instead.
 */
import { describe, type Problem } from '../errors.ts';
import { sessionName, type SessionKey } from '../tsv/sessions.ts';
import { compileGlob } from './glob.ts';
import { SUBJECTS, TENSORS, type CapsIndex, type CapsSession } from './index.ts';
import { NameFinder, NearFileFinder } from './near.ts';
import { highestRun } from './runs.ts';

/** A session without a volume. */
export interface MissingVolume extends SessionKey {
  /** What there is instead, below the CAPS root: a file of the session, another session, or none. */
  readonly nearest?: string;
}

/** A session with several volumes that differ by more than their run. */
export interface DoubleVolume extends SessionKey {
  /** Below the CAPS root. */
  readonly files: readonly string[];
}

export interface Volumes {
  /** Path of the volume below the CAPS root, by `participant/session`. */
  readonly paths: ReadonlyMap<string, string>;
  readonly missing: readonly MissingVolume[];
  readonly doubles: readonly DoubleVolume[];
  /** CAPS_NO_VOLUME and CAPS_SEVERAL_VOLUMES, one a session. */
  readonly problems: readonly Problem[];
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
  const find = fileFinder(pattern);
  const nearest = nearestFinder(index, pattern);
  const paths = new Map<string, string>();
  const missing: MissingVolume[] = [];
  const doubles: DoubleVolume[] = [];
  const problems: Problem[] = [];
  for (const { participant, session } of keys) {
    const key = { participant, session };
    const name = sessionName(key);
    const known = index.byName.get(name);
    const files = known === undefined ? [] : find(known);
    const file = files.length > 1 ? highestRun(files) : files[0];
    if (file !== undefined) {
      paths.set(name, `${SUBJECTS}/${name}/${file}`);
    } else if (files.length > 0) {
      const all = files.map((each) => `${SUBJECTS}/${name}/${each}`);
      doubles.push({ ...key, files: all });
      const found = files.slice(0, 4).join(', ');
      problems.push(
        describe('CAPS_SEVERAL_VOLUMES', { ...key, expected: `one file ${pattern}`, found }),
      );
    } else {
      const near = nearest(key, known);
      missing.push({ ...key, ...(near === undefined ? {} : { nearest: near }) });
      const found = near === undefined ? 'none' : `none; the nearest is ${near}`;
      problems.push(describe('CAPS_NO_VOLUME', { ...key, expected: `a file ${pattern}`, found }));
    }
  }
  return { paths, missing, doubles, problems };
}

/** @returns the pattern of the image tensors of volumes; undefined for what is no NIfTI. */
export function tensorPattern(pattern: string): string | undefined {
  const folders = pattern.split('/');
  const name = folders.pop()?.replace(/\.nii(\.gz|\*)?$/i, '.pt') ?? '';
  if (!name.endsWith('.pt')) return undefined;
  const group = /^\*?(group-[A-Za-z0-9]+)$/.exec(folders.pop() ?? '')?.[1];
  return `image_based/*/${group === undefined ? '' : `${group}/`}${name}`;
}

function fileFinder(pattern: string): (session: CapsSession) => readonly string[] {
  const isVolume = compileGlob(pattern);
  const tensors = tensorPattern(pattern);
  const isTensor = tensors === undefined ? () => false : compileGlob(tensors);
  return ({ files, tensors: all }) => {
    const volumes = files.filter(isVolume);
    if (volumes.length > 0 || all.length === 0) return volumes;
    return all.filter(isTensor).map((path) => `${TENSORS}/${path}`);
  };
}

function nearestFinder(index: CapsIndex, pattern: string) {
  let participants: NameFinder | undefined;
  const finder = new NearFileFinder(pattern);
  const sessions = new Map<string, string[]>();
  return (key: SessionKey, known: CapsSession | undefined): string | undefined => {
    if (known !== undefined) {
      const file = finder.nearest(known.files);
      return file === undefined ? undefined : `${SUBJECTS}/${sessionName(key)}/${file}`;
    }
    if (sessions.size === 0) {
      for (const { participant, session } of index.sessions) {
        const others = sessions.get(participant);
        if (others === undefined) sessions.set(participant, [session]);
        else others.push(session);
      }
    }
    const others = sessions.get(key.participant);
    if (others !== undefined) {
      const session = new NameFinder(others).nearest(key.session) ?? '';
      return `${SUBJECTS}/${key.participant}/${session}`;
    }
    participants ??= new NameFinder(index.participants);
    const participant = participants.nearest(key.participant);
    return participant === undefined ? undefined : `${SUBJECTS}/${participant}`;
  };
}
