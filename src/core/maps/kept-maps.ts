/**
 * Interpretations that a MAPS holds: `<split>/best-<metric>/<group>/interpret-<name>/` with a map as
 * `.pt` and, where it was asked for, `.nii.gz` for each session or for the mean of the group.
 */

export interface KeptInterpretation {
  /** Folder of the split, such as `split-0`. */
  readonly split: string;
  /** That selected the network. */
  readonly metric: string;
  readonly group: string;
  readonly name: string;
  /** NIfTI files; none where maps were kept as tensors only. */
  readonly volumes: readonly KeptVolume[];
  /** Maps in all. */
  readonly maps: number;
}

export interface KeptVolume {
  /** `mean`, or `<participant>_<session>`. */
  readonly of: string;
  readonly path: string;
}

const FILE =
  /^((?:split|fold)-\d+|ensemble)\/best-([^/]+)\/([^/]+)\/interpret-([^/]+)\/([^/]+)_map\.(nii\.gz|pt)$/;
/** What stands between whom a map is of and its ending. */
const PART = /_(?:image|patch|slice|roi)-\d+$/;

/** @param paths - of all files, relative to the root of the MAPS */
export function interpretationsIn(paths: readonly string[]): KeptInterpretation[] {
  const found = new Map<string, KeptInterpretation & { volumes: KeptVolume[]; maps: number }>();
  for (const path of [...paths].sort()) {
    const [, split = '', metric = '', group = '', name = '', of = '', ending] =
      FILE.exec(path) ?? [];
    if (ending === undefined) continue;
    const folder = path.slice(0, path.lastIndexOf('/'));
    const entry = found.get(folder) ?? { split, metric, group, name, volumes: [], maps: 0 };
    if (ending === 'pt') entry.maps += 1;
    else entry.volumes.push({ of: of.replace(PART, ''), path });
    found.set(folder, entry);
  }
  return [...found.values()].map((entry) => ({
    ...entry,
    maps: Math.max(entry.maps, entry.volumes.length),
  }));
}
