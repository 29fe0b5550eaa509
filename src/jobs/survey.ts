/**
 * The dry run: finds the volumes of an experiment and reads their headers, a few at once, so that
 * everything that would stop it is known by name before it starts.
 */
import { elementCount, elementShape } from '../core/caps/extract.ts';
import type { Extraction } from '../core/caps/extraction.ts';
import { groupGeometries, type PlacedVolume } from '../core/caps/geometry-groups.ts';
import { indexCaps, type CapsIndex } from '../core/caps/index.ts';
import { readRegionMasks, type RegionMask } from '../core/caps/regions.ts';
import { sourcesOf } from '../core/caps/sources.ts';
import type { Survey } from '../core/caps/survey.ts';
import { isTensorFile } from '../core/caps/tensor-files.ts';
import { readCapsGeometry } from '../core/caps/volume-file.ts';
import { CapsuleError, describe, toProblem, type Problem } from '../core/errors.ts';
import type { FileTree } from '../core/files/file-tree.ts';
import { needFile } from '../core/files/read.ts';
import { sessionName, type SessionKey } from '../core/tsv/sessions.ts';
import type { Shape3 } from '../core/volume.ts';
import { throwIfCancelled } from '../engine/cancel.ts';
import { readAhead } from '../engine/data/read-ahead.ts';
import { pieceSize } from './data/pieces.ts';
import type { Job } from './events.ts';
import type { PlainContext } from './shared/context.ts';
import { ProgressMeter } from './shared/progress-meter.ts';

/** Headers that are read at once: each is a few kilobytes. */
const AT_ONCE = 16;
/** Shares of the work that are told: an event a header would take longer than the header. */
const EVENTS = 200;

export interface SurveyRequest {
  readonly caps: FileTree;
  readonly extraction: Extraction;
  /** Sessions that are needed; all that the CAPS has when absent. */
  readonly sessions?: readonly SessionKey[] | undefined;
  /** Where masks are, if not in the CAPS. */
  readonly masks?: FileTree | undefined;
  /** When the folder was listed already. */
  readonly index?: CapsIndex | undefined;
}

/** @throws CAPS_NOT_CAPS, CANCELLED; what is wrong with single volumes is in the result */
export async function* survey(
  request: SurveyRequest,
  { clock, signal }: PlainContext,
): Job<Survey> {
  const { caps, extraction } = request;
  const index = request.index ?? (await indexCaps(caps));
  const sessions = [
    ...new Map((request.sessions ?? index.sessions).map((key) => [sessionName(key), key])).values(),
  ];
  const { paths, parts, missing, doubles } = sourcesOf(index, extraction, sessions);
  const places = sessions.flatMap(({ participant, session }) => {
    const path = paths.get(sessionName({ participant, session }));
    return path === undefined ? [] : [{ participant, session, path }];
  });
  const placed: PlacedVolume[] = [];
  const unreadable: Problem[] = [];
  const warnings: Problem[] = [];
  const meter = new ProgressMeter(clock, 'headers', places.length);
  const step = Math.max(1, Math.ceil(places.length / EVENTS));
  const looks = readAhead({
    ...{ count: places.length, ahead: AT_ONCE, signal },
    read: (at) => look(caps, places[at] as (typeof places)[number]),
  });
  let done = 0;
  for await (const { volume, fault, problems } of looks) {
    throwIfCancelled(signal);
    if (volume !== undefined) placed.push(volume);
    if (fault !== undefined) unreadable.push(fault);
    warnings.push(...problems);
    done += 1;
    if (done % step === 0 || done === places.length) yield meter.event('Reading headers', done);
  }
  const groups = groupGeometries(placed);
  const tensors = places.filter(({ path }) => isTensorFile(path)).length;
  const { masks, problem } = await masksOf(request.masks ?? caps, extraction);
  const [first] = groups;
  const cut = first === undefined ? {} : elementsOf(first.shape, extraction, masks);
  const saved = await lookAtParts(caps, extraction, sessions, parts, cut.elements);
  return {
    pattern: extraction.fileType.pattern,
    participants: new Set(sessions.map(({ participant }) => participant)).size,
    sessions: sessions.length,
    found: { nifti: places.length - tensors, tensors, parts: parts.size },
    ...{ missing, doubles, groups, unreadable: [...unreadable, ...saved.faults] },
    ...(saved.elements === undefined ? {} : { elements: saved.elements }),
    problems: [
      ...[...index.problems, ...(problem === undefined ? [] : [problem])],
      ...[...(cut.problem === undefined ? [] : [cut.problem]), ...differences(groups)],
      ...warnings,
    ],
  };
}

interface Look {
  readonly volume?: PlacedVolume;
  readonly fault?: Problem;
  readonly problems: readonly Problem[];
}

async function look(caps: FileTree, place: SessionKey & { path: string }): Promise<Look> {
  const { participant, session, path } = place;
  try {
    const file = await needFile(caps, path);
    const { shape, affine, problems } = await readCapsGeometry(file, { participant, session });
    const known = isTensorFile(path) ? undefined : affine;
    return { volume: { ...place, shape, affine: known }, problems };
  } catch (thrown) {
    return { fault: toProblem(thrown, { participant, session, file: path }), problems: [] };
  }
}

async function masksOf(caps: FileTree, extraction: Extraction) {
  try {
    return { masks: await readRegionMasks(caps, extraction) };
  } catch (thrown) {
    return { masks: [], problem: toProblem(thrown) };
  }
}

function elementsOf(shape: Shape3, extraction: Extraction, masks: readonly RegionMask[]) {
  // What is wrong with the masks is said already.
  if (extraction.mode === 'roi' && masks.length === 0) return {};
  const odd = masks.find((mask) => mask.shape.join() !== shape.join());
  if (odd !== undefined) {
    const expected = `a mask of ${shape.join(' x ')} voxels`;
    const found = odd.shape.join(' x ');
    return { problem: describe('CAPS_MASK', { file: odd.file, expected, found }) };
  }
  try {
    const count = elementCount(shape, extraction);
    return { elements: { count, shape: elementShape(shape, extraction, masks) } };
  } catch (thrown) {
    if (!(thrown instanceof CapsuleError)) throw thrown;
    return { problem: thrown.problem };
  }
}

/** The first part of each session that has parts alone: as many, and as large, as all others. */
async function lookAtParts(
  caps: FileTree,
  extraction: Extraction,
  sessions: readonly SessionKey[],
  parts: ReadonlyMap<string, readonly string[]>,
  elements: Survey['elements'],
) {
  const faults: Problem[] = [];
  let wanted = elements;
  for (const { participant, session } of sessions) {
    const files = parts.get(sessionName({ participant, session }));
    if (files === undefined) continue;
    const [file = ''] = files;
    try {
      const geometry = await readCapsGeometry(await needFile(caps, file), { participant, session });
      const found = { count: files.length, shape: pieceSize(extraction, geometry.shape) };
      wanted ??= found;
      if (inWords(found) === inWords(wanted)) continue;
      const where = { participant, session, file };
      const expected = inWords(wanted);
      faults.push(describe('TENSOR_SHAPE', { ...where, expected, found: inWords(found) }));
    } catch (thrown) {
      faults.push(toProblem(thrown, { participant, session, file }));
    }
  }
  return { elements: wanted, faults };
}

const inWords = ({ count, shape }: NonNullable<Survey['elements']>): string =>
  `${count} parts of ${shape.join(' x ')}`;

/** One problem each for volumes of several shapes, and for one shape in several places. */
function differences(groups: Survey['groups']): Problem[] {
  const shapes = new Map<string, number>();
  const affines = new Map<string, number>();
  for (const { shape, affine, volumes } of groups) {
    const key = shape.join(' x ');
    shapes.set(key, (shapes.get(key) ?? 0) + volumes.length);
    if (affine !== undefined) affines.set(key, (affines.get(key) ?? 0) + 1);
  }
  const counts = [...shapes].sort(([, a], [, b]) => b - a);
  const [most] = counts;
  const different =
    counts.length < 2 || most === undefined
      ? []
      : [
          describe('CAPS_SHAPES_DIFFER', {
            expected: `${most[0]}, as ${most[1]} volumes`,
            found: counts
              .slice(1, 5)
              .map(([shape, count]) => `${shape} (${count})`)
              .join(', '),
          }),
        ];
  const moved = [...affines]
    .filter(([, count]) => count > 1)
    .map(([shape, count]) =>
      describe('CAPS_AFFINES_DIFFER', { found: `${count} affines among volumes of ${shape}` }),
    );
  return [...different, ...moved];
}
