/**
 * An experiment's view of a CAPS: which volume each session of its tables has, what is wrong with
 * some of them, and the elements that the engine is fed from.
 */
import type { Extraction } from '../../core/caps/extraction.ts';
import { elementCount, elementShape } from '../../core/caps/extract.ts';
import { indexCaps } from '../../core/caps/index.ts';
import { findRegionMasks, regionMask, type RegionMask } from '../../core/caps/regions.ts';
import { volumesOf } from '../../core/caps/volumes.ts';
import { CapsuleError, type Problem } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { needFile } from '../../core/files/read.ts';
import { readVolume } from '../../core/nifti/read.ts';
import { sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import type { Shape3 } from '../../core/volume.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { checkVolumes } from './check-volumes.ts';
import { CapsElements } from './elements.ts';
import { makeRecipe, type Recipe } from './recipe.ts';
import { VolumeStore } from './volume-store.ts';

export interface CohortRequest {
  readonly caps: FileTree;
  readonly extraction: Extraction;
  /** Every session that may be needed. */
  readonly sessions: readonly SessionKey[];
  /** Where volumes are kept once read; a new one when absent. */
  readonly store?: VolumeStore | undefined;
  /** What to do when a volume is missing or cannot be used: stop, or go on without its session. */
  readonly unreadable: 'stop' | 'leave-out';
}

/** A session of a set with its class code, -1 without a label. */
export interface CodedSession extends SessionKey {
  readonly code: number;
}

export class Cohort {
  readonly extraction: Extraction;
  readonly volumeShape: Shape3;
  readonly masks: readonly RegionMask[];
  /** Sessions that cannot be used, and why. */
  readonly faults: ReadonlyMap<string, Problem>;
  readonly #paths: ReadonlyMap<string, string>;
  readonly #store: VolumeStore;
  /** By whether intensities are normalised; all sets share them. */
  readonly #recipes = new Map<boolean, Recipe>();

  constructor(parts: {
    extraction: Extraction;
    volumeShape: Shape3;
    masks: readonly RegionMask[];
    faults: ReadonlyMap<string, Problem>;
    paths: ReadonlyMap<string, string>;
    store: VolumeStore;
  }) {
    this.extraction = parts.extraction;
    this.volumeShape = parts.volumeShape;
    this.masks = parts.masks;
    this.faults = parts.faults;
    this.#paths = parts.paths;
    this.#store = parts.store;
  }

  /** Channels first, as in maps.json. */
  get inputSize(): readonly number[] {
    return elementShape(this.volumeShape, this.extraction, this.masks);
  }

  get partsPerImage(): number {
    return elementCount(this.volumeShape, this.extraction);
  }

  isUsable(session: SessionKey): boolean {
    return !this.faults.has(sessionName(session));
  }

  /** @param sessions - usable ones, in the order of their table */
  elements(
    sessions: readonly CodedSession[],
    normalize: boolean,
    onProblem: (problem: Problem) => void = () => undefined,
  ): CapsElements {
    const placed = sessions.map((session) => {
      const path = this.#paths.get(sessionName(session));
      if (path === undefined) throw new RangeError(`${sessionName(session)} has no volume`);
      return { ...session, path };
    });
    const recipe = this.#recipe(normalize);
    return new CapsElements({ store: this.#store, recipe, sessions: placed, onProblem });
  }

  #recipe(normalize: boolean): Recipe {
    const { extraction, volumeShape, masks } = this;
    const known = this.#recipes.get(normalize);
    const recipe = known ?? makeRecipe({ extraction, volumeShape, masks, normalize });
    this.#recipes.set(normalize, recipe);
    return recipe;
  }
}

/**
 * Finds and reads the volumes. Everything that is wrong is told, one problem a session, before
 * anything else happens.
 * @throws the first problem when `unreadable` is `stop` and there is any
 */
export async function* openCohort(request: CohortRequest, context: JobContext): Job<Cohort> {
  const { caps, extraction, unreadable } = request;
  const sessions = [...new Map(request.sessions.map((key) => [sessionName(key), key])).values()];
  const index = await indexCaps(caps);
  const { paths, problems } = volumesOf(index, extraction.fileType.pattern, sessions);
  const faults = new Map(problems.map((problem) => [nameOf(problem), problem]));
  const places = sessions.flatMap((session) => {
    const path = paths.get(sessionName(session));
    return path === undefined ? [] : [{ ...session, path }];
  });
  const store = request.store ?? new VolumeStore(caps);
  const checked = places.length === 0 ? undefined : yield* checkVolumes(store, places, context);
  for (const [name, problem] of checked?.faults ?? []) faults.set(name, problem);
  const [first, ...others] = faults.values();
  const stops = unreadable === 'stop' || checked === undefined;
  // The one that is thrown is told by that.
  const told = stops ? others : faults.values();
  for (const problem of told) yield { kind: 'problem', problem };
  if (first !== undefined && stops) {
    throw new CapsuleError(first.code, {
      ...first,
      action: `${first.action} ${faults.size} of ${sessions.length} sessions cannot be used.`,
    });
  }
  if (checked === undefined) throw new CapsuleError('CAPS_NO_VOLUME');
  const masks: RegionMask[] = [];
  for (const path of await findRegionMasks(caps, extraction)) {
    const { volume } = await readVolume(await needFile(caps, path));
    masks.push(regionMask(volume, path));
  }
  return new Cohort({ extraction, volumeShape: checked.shape, masks, faults, paths, store });
}

function nameOf({ participant = '', session = '' }: Problem): string {
  return sessionName({ participant, session });
}
