/**
 * What a folder that someone opened is, from the names of its files: a CAPS, a raw BIDS dataset
 * (https://bids-specification.readthedocs.io), derivatives of one, or several of them inside one
 * another, as Clinica's users keep them (`derivatives/clinica/subjects`).
 */
import type { FileTree } from '../files/file-tree.ts';
import { ONLY_SESSION } from '../labels/bids-folder.ts';
import { SUBJECTS } from './index.ts';

export type PartKind = 'caps' | 'bids' | 'derivatives';

export interface FolderPart {
  /** Below the folder that was opened; '' for the folder itself. */
  readonly path: string;
  readonly kind: PartKind;
  readonly participants: number;
  /** With an image or a tensor each. */
  readonly sessions: number;
}

/** How many folders may stand above a part. */
const DEEPEST = 2;
const IMAGE = /\.nii(\.gz)?$/i;
/** Entities of images that were made from others; none stands in the name of a raw image. */
const MADE = /_(space|desc)-/;

interface Filling {
  kind: PartKind;
  readonly participants: Set<string>;
  readonly sessions: Set<string>;
}

/** Reads the names of all files once; opens none. @returns a CAPS first, raw data before derivatives, the outermost first */
export async function findParts(tree: FileTree): Promise<FolderPart[]> {
  const found = new Map<string, Filling>();
  for await (const path of tree.paths()) {
    if (!IMAGE.test(path) && !path.endsWith('.pt')) continue;
    const names = path.split('/');
    const at = names.findIndex((name) => name.startsWith('sub-'));
    const isCaps = at > 0 && names[at - 1] === SUBJECTS;
    const depth = isCaps ? at - 1 : at;
    if (at < 0 || depth > DEEPEST || names.length < at + 3) continue;
    if (!isCaps && !IMAGE.test(path)) continue;
    const root = names.slice(0, depth);
    const made = root.includes('derivatives') || MADE.test(names.at(-1) ?? '');
    const kind = isCaps ? 'caps' : made ? 'derivatives' : 'bids';
    const key = `${isCaps ? 'caps' : ''} ${root.join('/')}`;
    const part = found.get(key) ?? { kind, participants: new Set(), sessions: new Set() };
    // One raw image makes a dataset raw: others may be kept beside it.
    if (kind === 'bids') part.kind = 'bids';
    const [participant = '', session = ''] = names.slice(at);
    part.participants.add(participant);
    const visit = session.startsWith('ses-') ? session : ONLY_SESSION;
    part.sessions.add(`${participant}/${visit}`);
    found.set(key, part);
  }
  return [...found]
    .map(([key, { kind, participants, sessions }]) => ({
      ...{ path: key.slice(key.indexOf(' ') + 1), kind },
      ...{ participants: participants.size, sessions: sessions.size },
    }))
    .sort((a, b) => rank(a) - rank(b) || depthOf(a) - depthOf(b) || (a.path < b.path ? -1 : 1));
}

const rank = ({ kind }: FolderPart): number => ['caps', 'bids', 'derivatives'].indexOf(kind);
const depthOf = ({ path }: FolderPart): number => (path === '' ? 0 : path.split('/').length);
