/**
 * A BIDS folder (https://bids-specification.readthedocs.io) seen as a CAPS: its raw images below
 * `subjects/<participant>/<session>`, so that they are indexed, checked and cut by the same code. A
 * folder without sessions has one, called as Clinica calls it, and its files are named as if they
 * said so.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { folderPrefix } from '../files/paths.ts';
import { ONLY_SESSION } from '../labels/bids-folder.ts';
import { SUBJECTS } from './index.ts';

/**
 * Reads the names of all files once; opens none.
 * @returns a tree of the images; a file that is opened goes by its own path
 * @throws BIDS_NOT_BIDS when there is no image of a participant
 */
export async function bidsAsCaps(bids: FileTree): Promise<FileTree> {
  const places = new Map<string, string>();
  let isCaps = false;
  for await (const path of bids.paths()) {
    isCaps ||= path.startsWith(`${SUBJECTS}/`);
    const seen = /\.nii(\.gz)?$/i.test(path) ? capsPath(path) : undefined;
    if (seen !== undefined) places.set(seen, path);
  }
  if (places.size === 0) {
    throw new CapsuleError('BIDS_NOT_BIDS', {
      file: bids.name,
      expected: 'images below sub-*',
      found: isCaps ? 'a CAPS' : 'none',
      ...(isCaps ? { action: 'Use `prepare-data` for a CAPS.' } : {}),
    });
  }
  return {
    name: bids.name,
    async *paths(folder?: string) {
      const prefix = folderPrefix(folder);
      for (const path of places.keys()) if (path.startsWith(prefix)) yield path;
    },
    async file(path) {
      const place = places.get(path);
      return place === undefined ? undefined : bids.file(place);
    },
  };
}

/** @returns undefined for what is no participant's: derivatives, source data. */
function capsPath(path: string): string | undefined {
  const [participant = '', ...below] = path.split('/');
  if (!participant.startsWith('sub-') || below.length === 0) return undefined;
  const hasSession = below[0]?.startsWith('ses-') === true && below.length > 1;
  if (hasSession) return `${SUBJECTS}/${path}`;
  const name = below.pop() ?? '';
  const named =
    name.startsWith(`${participant}_`) && !name.startsWith(`${participant}_ses-`)
      ? `${participant}_${ONLY_SESSION}${name.slice(participant.length)}`
      : name;
  return [SUBJECTS, participant, ONLY_SESSION, ...below, named].join('/');
}
