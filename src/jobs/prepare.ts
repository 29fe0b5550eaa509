/**
 * `prepare-data`: the preprocessing JSON of an extraction and, when asked for, the `.pt` tensors that
 * ClinicaDL trains on. Everything that can be wrong is looked at before the first file is written;
 * the JSON comes last, so that it never speaks of tensors that are not there. A file that holds the
 * very numbers stays as it is, one that holds others is not touched unless asked.
 */
import { elementCount, extractElement } from '../core/caps/extract.ts';
import { extractionJson, extractionPath } from '../core/caps/extraction-file.ts';
import type { Extraction } from '../core/caps/extraction.ts';
import type { CapsIndex } from '../core/caps/index.ts';
import { maskSearch, readRegionMasks, type RegionMask } from '../core/caps/regions.ts';
import { holdsElement, tensorBytes } from '../core/caps/tensor-files.ts';
import { tensorPath } from '../core/caps/tensor-names.ts';
import { readCapsGeometry, readCapsVolume } from '../core/caps/volume-file.ts';
import { volumesOf } from '../core/caps/volumes.ts';
import { CapsuleError, toProblem, type Problem } from '../core/errors.ts';
import type { FileTree, WritableTree } from '../core/files/file-tree.ts';
import { needFile, readText } from '../core/files/read.ts';
import type { SessionKey } from '../core/tsv/sessions.ts';
import { sessionName } from '../core/tsv/sessions.ts';
import { throwIfCancelled } from '../engine/cancel.ts';
import { readAhead } from '../engine/data/read-ahead.ts';
import type { Job } from './events.ts';
import type { PlainContext } from './shared/context.ts';
import { ProgressMeter } from './shared/progress-meter.ts';

export interface PrepareRequest {
  /** Where the JSON and the tensors go, and where the masks are. */
  readonly caps: WritableTree;
  /** As the user named it: a JSON with saved regions says where its masks are. */
  readonly capsDirectory: string;
  /** Where the volumes are: the CAPS itself, or a BIDS folder seen as one. */
  readonly source: FileTree;
  /** Of the source. */
  readonly index: CapsIndex;
  readonly extraction: Extraction;
  /** Sessions that are asked for; when absent, those that have a volume. */
  readonly sessions?: readonly SessionKey[];
  /** Whether tensors are written: of the image, or of the parts of a saved extraction. */
  readonly writeTensors: boolean;
  /** Writes tensors anew that hold other numbers. */
  readonly overwrite: boolean;
  /** Volumes at once. */
  readonly atOnce: number;
  /** What to do about a session whose volume is missing or cannot be used. */
  readonly unreadable: 'stop' | 'leave-out';
}

export interface PrepareOutcome {
  /** Below the CAPS root. */
  readonly json: string;
  readonly sessions: number;
  /** Tensor files. */
  readonly written: number;
  /** Tensor files that were there already, with the same numbers. */
  readonly kept: number;
}

/** @throws CAPS_*, EXTRACTION_*, TENSOR_EXISTS, those of volumes, CANCELLED */
export async function* prepareData(
  request: PrepareRequest,
  { clock, signal }: PlainContext,
): Job<PrepareOutcome> {
  const { caps, source, extraction, writeTensors } = request;
  const record = withMaskKeys(request);
  const isThere = await refuseOtherJson(caps, record);
  const { places, problems } = placesOf(request);
  yield* settle(problems, request.unreadable);
  const [first] = places;
  if (first === undefined) {
    throw new CapsuleError('CAPS_NO_VOLUME', {
      ...{ file: source.name, expected: `files ${extraction.fileType.pattern}`, found: 'none' },
    });
  }
  const masks = await readRegionMasks(caps, extraction);
  await refuseImpossible(source, first, extraction, masks);
  let written = 0;
  let kept = 0;
  if (writeTensors) {
    const meter = new ProgressMeter(clock, 'volumes', places.length);
    yield meter.event('Writing tensors', 0);
    const work = readAhead({
      ...{ count: places.length, ahead: request.atOnce, signal },
      read: (at, stopped) => writeOne(request, places[at] as Place, masks, stopped),
    });
    let done = 0;
    for await (const outcome of work) {
      throwIfCancelled(signal);
      written += outcome.written;
      kept += outcome.kept;
      if (outcome.fault !== undefined) yield* settle([outcome.fault], request.unreadable);
      done += 1;
      yield meter.event('Writing tensors', done);
    }
  }
  const json = extractionPath(extraction.name);
  if (!isThere) await caps.write(json, extractionJson(record));
  return { json, sessions: places.length, written, kept };
}

interface Place extends SessionKey {
  readonly path: string;
}

function placesOf({ index, extraction, sessions }: PrepareRequest) {
  const found = volumesOf(index, extraction.fileType.pattern, sessions);
  const keys = sessions ?? index.sessions;
  const wanted = keys.flatMap(({ participant, session }): Place[] => {
    const path = found.paths.get(sessionName({ participant, session }));
    return path === undefined ? [] : [{ participant, session, path }];
  });
  // Without a table nobody has asked for the sessions that have no volume.
  const problems =
    sessions === undefined
      ? found.problems.filter(({ code }) => code !== 'CAPS_NO_VOLUME')
      : found.problems;
  return { places: wanted, problems };
}

/** Tells all problems; the first one is thrown when one is enough to stop. */
async function* settle(problems: readonly Problem[], unreadable: 'stop' | 'leave-out'): Job<void> {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const stops = unreadable === 'stop';
  for (const problem of stops ? others : problems) yield { kind: 'problem', problem };
  if (stops) throw new CapsuleError(first.code, first);
}

/** As 1.6.1 adds them, in its order. */
function withMaskKeys({ extraction, capsDirectory }: PrepareRequest): Extraction {
  const search = extraction.savedFeatures ? maskSearch(extraction) : undefined;
  if (search === undefined) return extraction;
  const root = capsDirectory.replace(/(?<=.)[/\\]+$/, '');
  const keys = new Map([
    ...extraction.others,
    ['roi_template', search.template],
    ['roi_mask_pattern', search.pattern],
    ['masks_location', `${root}/${search.folder}`],
  ]);
  return { ...extraction, others: keys };
}

/** @returns whether the very JSON is there already, as after an interruption */
async function refuseOtherJson(caps: FileTree, extraction: Extraction): Promise<boolean> {
  const path = extractionPath(extraction.name);
  if ((await caps.file(path)) === undefined) return false;
  const isSame = (await readText(caps, path)) === extractionJson(extraction);
  if (isSame && extraction.savedFeatures) return true;
  throw new CapsuleError('EXTRACTION_EXISTS', { file: path });
}

/** A patch larger than the volume, all slices discarded, a mask of another shape: said at once. */
async function refuseImpossible(
  source: FileTree,
  { participant, session, path }: Place,
  extraction: Extraction,
  masks: readonly RegionMask[],
): Promise<void> {
  const file = await needFile(source, path);
  const { shape } = await readCapsGeometry(file, { participant, session });
  elementCount(shape, extraction);
  const odd = masks.find((mask) => mask.shape.join() !== shape.join());
  if (odd === undefined) return;
  throw new CapsuleError('CAPS_MASK', {
    ...{ participant, session, file: odd.file },
    expected: `a mask of ${shape.join(' x ')} voxels`,
    found: odd.shape.join(' x '),
  });
}

interface Written {
  readonly written: number;
  readonly kept: number;
  readonly fault?: Problem;
}

async function writeOne(
  { caps, source, extraction, overwrite }: PrepareRequest,
  { participant, session, path }: Place,
  masks: readonly RegionMask[],
  stopped: AbortSignal,
): Promise<Written> {
  const where = { participant, session, file: path };
  let written = 0;
  let kept = 0;
  try {
    const volume = await readCapsVolume(await needFile(source, path), { participant, session });
    // Without saved parts the image is written, and parts are cut when they are read.
    const cut = extraction.savedFeatures ? extraction : { ...extraction, mode: 'image' as const };
    const count = elementCount(volume.shape, cut);
    for (let index = 0; index < count; index += 1) {
      throwIfCancelled(stopped);
      const element = extractElement(volume, cut, index, masks);
      const target = tensorPath(path, cut, index, masks[index]?.file);
      const there = await (await caps.file(target))?.bytes();
      if (there !== undefined && holdsElement(there, element)) {
        kept += 1;
        continue;
      }
      if (there !== undefined && !overwrite) {
        throw new CapsuleError('TENSOR_EXISTS', { participant, session, file: target });
      }
      const name = target.slice(target.lastIndexOf('/') + 1, -'.pt'.length);
      await caps.write(target, tensorBytes(element, name));
      written += 1;
    }
    return { written, kept };
  } catch (thrown) {
    const problem = toProblem(thrown, where);
    // What is the folder's fault or the user's wish is no fault of one volume.
    if (/^(TENSOR_EXISTS|FILE_UNWRITABLE|STORAGE|CANCELLED|INTERNAL)/.test(problem.code)) {
      throw thrown;
    }
    return { written, kept, fault: problem };
  }
}
