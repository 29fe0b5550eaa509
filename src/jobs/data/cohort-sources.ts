/**
 * Where the elements of an experiment's sessions are, over one CAPS or several: each session has a
 * volume, or saved parts, or a problem.
 */
import { cohortSessionName, SINGLE, type CohortSession } from '../../core/caps/cohorts.ts';
import type { Extraction } from '../../core/caps/extraction.ts';
import { indexCaps } from '../../core/caps/index.ts';
import { findRegionMasks, readRegionMasks, type RegionMask } from '../../core/caps/regions.ts';
import { sourcesOf } from '../../core/caps/sources.ts';
import { CapsuleError, type Problem } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { subTree } from '../../core/files/sub-tree.ts';

/** One CAPS, or several as folders of a union. */
export interface CohortCaps {
  readonly caps: FileTree;
  /** Names of the folders of `caps` that are a CAPS each; absent when it is one itself. */
  readonly cohorts?: readonly string[] | undefined;
}

/** All by `cohortSessionName`. */
export interface CohortSources {
  readonly paths: ReadonlyMap<string, string>;
  readonly parts: ReadonlyMap<string, readonly string[]>;
  readonly faults: ReadonlyMap<string, Problem>;
}

/** @throws CAPS_NOT_CAPS naming the cohort */
export async function findSources(
  from: CohortCaps,
  extraction: Extraction,
  sessions: readonly CohortSession[],
): Promise<CohortSources> {
  const paths = new Map<string, string>();
  const parts = new Map<string, readonly string[]>();
  const faults = new Map<string, Problem>();
  for (const { cohort, tree, prefix } of treesOf(from)) {
    const own = sessions.filter((session) => (session.cohort ?? SINGLE) === cohort);
    if (own.length === 0) continue;
    const found = sourcesOf(await indexOf(tree, cohort), extraction, own);
    const keyOf = ({ participant = '', session = '' }: Partial<CohortSession>) =>
      cohortSessionName({ participant, session, cohort });
    for (const session of own) {
      const plain = cohortSessionName({ ...session, cohort: SINGLE });
      const path = found.paths.get(plain);
      const saved = found.parts.get(plain);
      if (path !== undefined) paths.set(keyOf(session), prefix + path);
      if (saved !== undefined) {
        parts.set(
          keyOf(session),
          saved.map((file) => prefix + file),
        );
      }
    }
    for (const problem of found.problems) {
      faults.set(keyOf(problem), cohort === SINGLE ? problem : { ...problem, steps: [cohort] });
    }
  }
  return { paths, parts, faults };
}

/**
 * The masks of an extraction. Of several CAPS the first that has them gives them; where others have
 * them too, they have to be the same, because every region is one for all.
 * @throws CAPS_MASK
 */
export async function findMasks(from: CohortCaps, extraction: Extraction): Promise<RegionMask[]> {
  if (extraction.mode !== 'roi') return [];
  let masks: RegionMask[] | undefined;
  let missing: unknown;
  for (const { tree, prefix } of treesOf(from)) {
    try {
      await findRegionMasks(tree, extraction);
    } catch (thrown) {
      if (!(thrown instanceof CapsuleError) || thrown.code !== 'CAPS_MASK') throw thrown;
      missing ??= thrown;
      continue;
    }
    const found = await readRegionMasks(tree, extraction);
    if (masks === undefined) masks = found;
    else refuseOther(masks, found, prefix);
  }
  if (masks === undefined) throw missing;
  return masks;
}

function refuseOther(masks: readonly RegionMask[], others: readonly RegionMask[], prefix: string) {
  others.forEach(({ file, shape, voxels }, region) => {
    const mask = masks[region];
    const isSame =
      mask?.shape.join() === shape.join() && voxels.every((voxel, at) => voxel === mask.voxels[at]);
    if (isSame) return;
    throw new CapsuleError('CAPS_MASK', {
      file: prefix + file,
      expected: 'the same mask in every cohort',
      found: 'another one than in the first',
      action: 'Keep the masks in one CAPS only, or make them the same.',
    });
  });
}

async function indexOf(tree: FileTree, cohort: string) {
  try {
    return await indexCaps(tree);
  } catch (thrown) {
    if (!(thrown instanceof CapsuleError) || cohort === SINGLE) throw thrown;
    throw thrown.at({ steps: [cohort] });
  }
}

export function treesOf({ caps, cohorts }: CohortCaps) {
  if (cohorts === undefined) return [{ cohort: SINGLE, tree: caps, prefix: '' }];
  return cohorts.map((cohort) => ({ cohort, tree: subTree(caps, cohort), prefix: `${cohort}/` }));
}
