/**
 * Where the elements of each session come from: its volume (NIfTI, else the image tensor), or, where
 * there is none, the patches, slices or regions that `prepare-data --save_features` left.
 */
import { sessionName, type SessionKey } from '../tsv/sessions.ts';
import { discardedSlices, type Extraction } from './extraction.ts';
import { compileGlob } from './glob.ts';
import { SUBJECTS, TENSORS, type CapsIndex, type CapsSession } from './index.ts';
import { isCropped, tensorFolder } from './patterns.ts';
import { highestRun } from './runs.ts';
import { SLICE_AXES } from './tensor-names.ts';
import { volumesOf, type Volumes } from './volumes.ts';

export interface Sources extends Volumes {
  /** Paths of a session's parts in their order, below the CAPS root, by `participant/session`. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
}

/** @returns as `volumesOf`; a session that has all its parts is not missing. */
export function sourcesOf(
  index: CapsIndex,
  extraction: Extraction,
  keys: readonly SessionKey[] = index.sessions,
): Sources {
  const volumes = volumesOf(index, extraction.fileType.pattern, keys);
  if (extraction.mode === 'image' || volumes.missing.length === 0) {
    return { ...volumes, parts: new Map() };
  }
  const parts = new Map<string, readonly string[]>();
  for (const key of volumes.missing) {
    const session = index.byName.get(sessionName(key));
    const found = session === undefined ? undefined : savedParts(session, extraction);
    if (found !== undefined) parts.set(sessionName(key), found);
  }
  const isMissing = ({ participant = '', session = '' }: Partial<SessionKey>) =>
    !parts.has(sessionName({ participant, session }));
  return {
    ...volumes,
    parts,
    missing: volumes.missing.filter(isMissing),
    problems: volumes.problems.filter(isMissing),
  };
}

/**
 * @returns the parts of a session's volume, in order and without a gap; undefined when there are
 * none, when one is lacking, or when they could come from several volumes
 */
export function savedParts(
  session: CapsSession,
  extraction: Extraction,
): readonly string[] | undefined {
  // Regions of cropped and uncropped volumes have the same names: these could be of either.
  if (extraction.mode === 'roi' && isCropped(extraction.preprocessing) === false) return undefined;
  const folder = `${extraction.mode}_based/${tensorFolder(extraction.preprocessing)}/`;
  const names = session.tensors
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length))
    .filter((name) => !name.includes('/'));
  const found =
    extraction.mode === 'roi' ? regionsAmong(names, extraction) : numbered(names, extraction);
  const place = `${SUBJECTS}/${sessionName(session)}/${TENSORS}/${folder}`;
  return found?.map((name) => place + name);
}

/** Patches and slices: `<source>_..._patch-<i>_<suffix>.pt`. */
function numbered(names: readonly string[], extraction: Extraction): string[] | undefined {
  const words = wordsOf(extraction);
  if (words === undefined) return undefined;
  const isSource = compileGlob(lastOf(extraction.fileType.pattern));
  const bySource = new Map<string, Map<number, string>>();
  for (const name of names) {
    const at = name.lastIndexOf(words);
    const rest = at < 0 ? null : /^(\d+)(_[^_]*)\.pt$/.exec(name.slice(at + words.length));
    if (rest === null) continue;
    const source = `${name.slice(0, at)}${rest[2] ?? ''}.nii.gz`;
    if (!isSource(source)) continue;
    const numbers = bySource.get(source) ?? new Map<number, string>();
    bySource.set(source, numbers.set(Number(rest[1]), name));
  }
  const sources = [...bySource.keys()];
  const source = sources.length > 1 ? highestRun(sources) : sources[0];
  return source === undefined ? undefined : withoutGap(bySource.get(source), extraction);
}

function withoutGap(
  numbers: ReadonlyMap<number, string> = new Map(),
  extraction: Extraction,
): string[] | undefined {
  const first = extraction.mode === 'slice' ? discardedSlices(extraction.discarded)[0] : 0;
  const found: string[] = [];
  for (let name; (name = numbers.get(first + found.length)) !== undefined;) found.push(name);
  return found.length === numbers.size && found.length > 0 ? found : undefined;
}

function wordsOf(extraction: Extraction): string | undefined {
  switch (extraction.mode) {
    case 'patch':
      return `_patchsize-${extraction.patchSize}_stride-${extraction.strideSize}_patch-`;
    case 'slice':
      return `_axis-${SLICE_AXES[extraction.direction]}_channel-${extraction.channels}_slice-`;
    default:
      return undefined;
  }
}

/** Regions: `..._roi-<name>_<suffix>.pt`, cropped ones with `desc-CropRoi`. */
function regionsAmong(
  names: readonly string[],
  extraction: Extraction & { mode: 'roi' },
): string[] | undefined {
  const { pattern } = extraction.fileType;
  const suffix = lastOf(pattern).replace(/\.nii(\.gz|\*)?$/i, '');
  const end = suffix.slice(suffix.lastIndexOf('_') + 1).replaceAll('*', '');
  const found = extraction.regions.map((region) => {
    const last = `_roi-${region}_${end}.pt`.toLowerCase();
    const fitting = names.filter(
      (name) =>
        name.toLowerCase().endsWith(last) &&
        name.includes('_desc-CropRoi_') !== extraction.uncropped,
    );
    return fitting.length === 1 ? fitting[0] : highestRun(fitting);
  });
  return found.every((name) => name !== undefined) ? found : undefined;
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
