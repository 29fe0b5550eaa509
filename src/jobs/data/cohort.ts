/**
 * An experiment's view of a CAPS, or of several: which volume each session of its tables has, what is
 * wrong with some of them, and the elements that the engine is fed from.
 */
import { cohortSessionName, refuseSameIds, type CohortSession } from '../../core/caps/cohorts.ts';
import { firstPart, type Extraction } from '../../core/caps/extraction.ts';
import { elementCount, elementShape } from '../../core/caps/extract.ts';
import type { RegionMask } from '../../core/caps/regions.ts';
import { CapsuleError, describe, toProblem, type Problem } from '../../core/errors.ts';
import type { Shape3 } from '../../core/volume.ts';
import type { Job } from '../events.ts';
import type { PlainContext } from '../shared/context.ts';
import { checkVolumes } from './check-volumes.ts';
import { findMasks, findSources, type CohortCaps } from './cohort-sources.ts';
import { CapsElements, type ElementPlace, type VolumeSession } from './elements.ts';
import { pieceRecipe, pieceSize } from './pieces.ts';
import { makeRecipe, type Recipe } from './recipe.ts';
import { VolumeStore } from './volume-store.ts';

export interface CohortRequest extends CohortCaps {
  readonly extraction: Extraction;
  /** Every session that may be needed. */
  readonly sessions: readonly CohortSession[];
  /** Where volumes are kept once read; a new one when absent. */
  readonly store?: VolumeStore | undefined;
  /** What to do when a volume is missing or cannot be used: stop, or go on without its session. */
  readonly unreadable: 'stop' | 'leave-out';
}

/** A session of a set with its class code, -1 without a label. */
export interface CodedSession extends CohortSession {
  readonly code: number;
}

interface CohortParts {
  readonly extraction: Extraction;
  /** Of every volume; absent when there are saved parts alone. */
  readonly volumeShape: Shape3 | undefined;
  /** Of the files of saved parts. */
  readonly pieceShapes: readonly Shape3[];
  readonly masks: readonly RegionMask[];
  readonly faults: ReadonlyMap<string, Problem>;
  readonly paths: ReadonlyMap<string, string>;
  readonly parts: ReadonlyMap<string, readonly string[]>;
  readonly store: VolumeStore;
}

export class Cohort {
  readonly extraction: Extraction;
  /** Channels first, as in maps.json. */
  readonly inputSize: readonly number[];
  readonly partsPerImage: number;
  /** Sessions that cannot be used, and why, by `cohortSessionName`. */
  readonly faults: ReadonlyMap<string, Problem>;
  readonly #of: CohortParts;
  /** By whether intensities are normalised; all sets share them. */
  readonly #recipes = new Map<string, Recipe>();

  constructor(of: CohortParts) {
    const { extraction, volumeShape, pieceShapes, masks } = of;
    const [piece = [0, 0, 0]] = pieceShapes;
    this.extraction = extraction;
    this.faults = of.faults;
    this.#of = of;
    this.inputSize =
      volumeShape === undefined
        ? pieceSize(extraction, piece as Shape3)
        : elementShape(volumeShape, extraction, masks);
    this.partsPerImage =
      volumeShape === undefined ? pieceShapes.length : elementCount(volumeShape, extraction);
  }

  isUsable(session: CohortSession): boolean {
    return !this.faults.has(cohortSessionName(session));
  }

  /**
   * @param sessions - usable ones, in the order of their table
   * @param onlyPart - for a network that sees one part of each image
   */
  elements(
    sessions: readonly CodedSession[],
    normalize: boolean,
    onProblem: (problem: Problem) => void = () => undefined,
    onlyPart?: number,
  ): CapsElements {
    const placed = sessions.map((session): VolumeSession => {
      const { participant, session: visit, cohort, code } = session;
      const name = cohortSessionName(session);
      const parts = this.#of.parts.get(name);
      const path = this.#of.paths.get(name) ?? parts?.[0];
      if (path === undefined) throw new RangeError(`${name} has no volume`);
      return { participant, session: visit, cohort, code, path, parts };
    });
    return new CapsElements({
      ...{ store: this.#of.store, mode: this.extraction.mode, sessions: placed, onProblem },
      ...{ size: this.inputSize, partsPerImage: this.partsPerImage, onlyPart },
      firstPart: firstPart(this.extraction),
      placeOf: (session, part) => this.#place(session, part, normalize),
    });
  }

  #place({ path, parts }: VolumeSession, part: number, normalize: boolean): ElementPlace {
    if (parts === undefined) return { path, recipe: this.#recipe(undefined, normalize), part };
    return { path: parts[part] ?? '', recipe: this.#recipe(part, normalize), part: 0 };
  }

  #recipe(piece: number | undefined, normalize: boolean): Recipe {
    const { extraction, volumeShape = [0, 0, 0], pieceShapes, masks } = this.#of;
    const name = `${piece ?? ''} ${normalize}`;
    const known = this.#recipes.get(name);
    if (known !== undefined) return known;
    const recipe =
      piece === undefined
        ? makeRecipe({ extraction, volumeShape, masks, normalize })
        : pieceRecipe(extraction, pieceShapes[piece] ?? [0, 0, 0], normalize);
    this.#recipes.set(name, recipe);
    return recipe;
  }
}

/**
 * Finds and reads the volumes. Everything that is wrong is told, one problem a session, before
 * anything else happens.
 * @throws the first problem when `unreadable` is `stop` and there is any; COHORT_IDS
 */
export async function* openCohort(request: CohortRequest, context: PlainContext): Job<Cohort> {
  const { extraction, unreadable } = request;
  const sessions = [
    ...new Map(request.sessions.map((key) => [cohortSessionName(key), key])).values(),
  ];
  if (extraction.mode !== 'image') refuseSameIds(sessions);
  const sources = await findSources(request, extraction, sessions);
  const { paths, parts } = sources;
  const faults = new Map(sources.faults);
  const store = request.store ?? new VolumeStore(request.caps);
  const places = sessions.flatMap((session) => {
    const path = paths.get(cohortSessionName(session));
    return path === undefined ? [] : [{ ...session, path }];
  });
  const checked = places.length === 0 ? undefined : yield* checkVolumes(store, places, context);
  for (const [name, problem] of checked?.faults ?? []) faults.set(name, problem);
  const masks = await masksFor(request, checked !== undefined);
  const pieces = await checkPieces(store, sessions, parts, {
    extraction,
    volumeShape: checked?.shape,
    masks,
  });
  for (const [name, problem] of pieces.faults) faults.set(name, problem);
  const [first, ...others] = faults.values();
  const isEmpty = faults.size === sessions.length;
  const stops = unreadable === 'stop' || isEmpty;
  // The one that is thrown is told by that.
  const told = stops ? others : faults.values();
  for (const problem of told) yield { kind: 'problem', problem };
  if (first !== undefined && stops) {
    throw new CapsuleError(first.code, {
      ...first,
      action: `${first.action} ${faults.size} of ${sessions.length} sessions cannot be used.`,
    });
  }
  if (isEmpty) throw new CapsuleError('CAPS_NO_VOLUME');
  return new Cohort({
    ...{ extraction, volumeShape: checked?.shape, pieceShapes: pieces.shapes, masks },
    ...{ faults, paths, parts, store },
  });
}

/** Saved regions can be used without their masks. */
async function masksFor(request: CohortRequest, areNeeded: boolean): Promise<RegionMask[]> {
  try {
    return await findMasks(request, request.extraction);
  } catch (thrown) {
    const isMissing = thrown instanceof CapsuleError && thrown.code === 'CAPS_MASK';
    if (areNeeded || !isMissing) throw thrown;
    return [];
  }
}

/** Looks at the first part of each session that has parts alone: it has to fit the others. */
async function checkPieces(
  store: VolumeStore,
  sessions: readonly CohortSession[],
  parts: ReadonlyMap<string, readonly string[]>,
  of: { extraction: Extraction; volumeShape: Shape3 | undefined; masks: readonly RegionMask[] },
): Promise<{ shapes: readonly Shape3[]; faults: ReadonlyMap<string, Problem> }> {
  const { extraction, volumeShape, masks } = of;
  const faults = new Map<string, Problem>();
  let shapes: Shape3[] = [];
  let wanted =
    volumeShape === undefined
      ? undefined
      : describeParts(
          elementCount(volumeShape, extraction),
          elementShape(volumeShape, extraction, masks),
        );
  for (const { participant, session, ...of } of sessions) {
    const name = cohortSessionName({ participant, session, ...of });
    const files = parts.get(name);
    if (files === undefined) continue;
    const [file = ''] = files;
    try {
      const look = (path: string) => store.geometry({ participant, session, path });
      const { shape } = await look(file);
      const found = describeParts(files.length, pieceSize(extraction, shape));
      wanted ??= found;
      if (found !== wanted) {
        const where = { participant, session, file };
        faults.set(name, describe('TENSOR_SHAPE', { ...where, expected: wanted, found }));
      } else if (shapes.length === 0) {
        // Regions may differ from each other, but not from one session to another.
        shapes = await Promise.all(files.map(async (path) => (await look(path)).shape));
      }
    } catch (thrown) {
      faults.set(name, toProblem(thrown, { participant, session, file }));
    }
  }
  return { shapes, faults };
}

const describeParts = (count: number, size: readonly number[]): string =>
  `${count} parts of ${size.join(' x ')}`;
