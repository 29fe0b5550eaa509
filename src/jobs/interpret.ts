/**
 * `capsule interpret`: where the score of a class changes with the voxels, for the sessions of a data
 * group, and their mean. Maps are written as `.pt` and `.nii.gz` with the affine of their volume
 * (1.6.1 writes the identity).
 */
import { refuseSameIds } from '../core/caps/cohorts.ts';
import type { ElementGrid } from '../core/caps/element-grid.ts';
import { CapsuleError } from '../core/errors.ts';
import type { FileTree, WritableTree } from '../core/files/file-tree.ts';
import { openMaps } from '../core/maps/reader.ts';
import type { MapsSplit } from '../core/maps/split-reader.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import { gzipBytes } from '../core/nifti/gunzip.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import { TorchTensor } from '../core/torch/tensor.ts';
import { sessionName, type SessionKey } from '../core/tsv/sessions.ts';
import { throwIfCancelled } from '../engine/cancel.ts';
import { inputGradient } from '../engine/interpret/gradients.ts';
import { openCohort, type Cohort } from './data/cohort.ts';
import { channelsFirst, type CapsElements } from './data/elements.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import { chosenSplits } from './predict.ts';
import { capsOf } from './shared/caps-source.ts';
import type { JobContext } from './shared/context.ts';
import { defineGroup, sessionsOfGroup, type NewGroup } from './shared/groups.ts';
import { loadNetwork, metricsOf, modelOf, refuseOtherShape, type Model } from './shared/model.ts';
import { ProgressMeter } from './shared/progress-meter.ts';

export interface InterpretRequest {
  readonly maps: WritableTree;
  readonly group: string;
  readonly definition?: NewGroup;
  /** Name of the interpretation: its maps stand in `interpret-<name>`. */
  readonly name: string;
  /** The CAPS; of several, their union. */
  readonly caps: FileTree;
  /** Folder of each cohort, when there are several. */
  readonly cohorts?: ReadonlyMap<string, string> | undefined;
  /** `loss` when empty, as in ClinicaDL. */
  readonly selectionMetrics: readonly string[];
  /** Class code whose score is explained. */
  readonly targetNode: number;
  readonly saveIndividual: boolean;
  readonly saveNifti: boolean;
  /** Replaces maps of the same name. */
  readonly overwriteName: boolean;
  /** Only these sessions of the group; all when absent. */
  readonly sessions?: readonly SessionKey[];
  readonly unreadable: 'stop' | 'leave-out';
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
}

/** One map, on its way out. */
export interface SessionMap extends SessionKey {
  readonly part: number;
  /** Channels first, in the axes of the element. */
  readonly gradient: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
  readonly grid: ElementGrid;
  /** Before softmax. */
  readonly scores: readonly number[];
}

/** @returns the maps of the first split and metric, when single sessions were asked for */
export async function* interpret(
  request: InterpretRequest,
  context: JobContext,
): Job<readonly SessionMap[]> {
  let maps = await openMaps(request.maps);
  const model = modelOf(maps);
  refuseTarget(model, request.targetNode);
  const writer = new MapsWriter(request.maps);
  if (request.definition !== undefined) {
    await defineGroup(maps, writer, model, request.group, request.definition);
    maps = await openMaps(request.maps);
  }
  const kept: SessionMap[] = [];
  for (const split of chosenSplits(maps, [])) {
    const wanted = request.sessions && new Set(request.sessions.map(sessionName));
    const { sessions: all } = await sessionsOfGroup(maps, model, request.group, split);
    const sessions = all.filter((key) => wanted === undefined || wanted.has(sessionName(key)));
    const { unreadable, store } = request;
    const { extraction } = model;
    const asked = request.selectionMetrics.length === 0 ? ['loss'] : request.selectionMetrics;
    const metrics = metricsOf(split, asked);
    refuseTakenName(request, split, metrics);
    const volumes = { ...capsOf(request), extraction, sessions, unreadable, store };
    const cohort = yield* openCohort(volumes, context);
    refuseOtherShape(model, cohort.inputSize);
    const usable = sessions.filter((session) => cohort.isUsable(session));
    if (request.saveIndividual) refuseSameIds(usable);
    const elements = cohort.elements(usable, model.config.normalize);
    for (const metric of metrics) {
      await makeRoom(request, split, metric);
      const made = yield* explain({ request, context, model, split, metric, elements, cohort });
      if (kept.length === 0 && wanted !== undefined) kept.push(...made);
    }
  }
  return kept;
}

interface Explanation {
  readonly request: InterpretRequest;
  readonly context: JobContext;
  readonly model: Model;
  readonly split: MapsSplit;
  readonly metric: string;
  readonly elements: CapsElements;
  readonly cohort: Cohort;
}

async function* explain(work: Explanation): Job<SessionMap[]> {
  const { request, context, model, split, metric, elements } = work;
  const { device, signal, clock } = context;
  const writer = new MapsWriter(request.maps).splitNamed(split.name);
  const network = await loadNetwork(model, split, metric);
  const meter = new ProgressMeter(clock, 'maps', elements.count);
  const means = new MeanMaps(elements);
  const kept: SessionMap[] = [];
  const channels = elements.shape[elements.shape.length - 1] ?? 1;
  const shape = [channels, ...elements.shape.slice(0, -1)];
  try {
    for (let index = 0; index < elements.count; index++) {
      throwIfCancelled(signal);
      yield meter.event('Computing maps', index, [split.name, `best-${metric}`]);
      const element = await elements.load(index);
      const target = request.targetNode;
      const found = await inputGradient(device, network, element, elements.shape, target, signal);
      const gradient = channelsFirst(found.gradient, channels);
      const { participant, session } = elements.session(index);
      const grid = await elements.grid(index);
      const part = elements.part(index);
      const map = { participant, session, part, gradient, shape, grid, scores: found.scores };
      means.add(map);
      if (request.sessions !== undefined) kept.push(map);
      if (request.saveIndividual) {
        await write(work, writer, `${participant}_${session}`, map);
      }
    }
    if (request.sessions === undefined) {
      for (const mean of means.maps()) await write(work, writer, 'mean', mean);
    }
  } finally {
    network.dispose();
  }
  yield meter.event('Computing maps', elements.count, [split.name, `best-${metric}`]);
  return kept;
}

/** The mean map of each part over the sessions of a group. */
class MeanMaps {
  readonly #sums = new Map<number, { map: SessionMap; sum: Float64Array; count: number }>();
  readonly #parts: number;

  constructor(elements: CapsElements) {
    this.#parts = elements.partsPerImage;
  }

  add(map: SessionMap): void {
    const entry = this.#sums.get(map.part) ?? {
      ...{ map, count: 0 },
      sum: new Float64Array(map.gradient.length),
    };
    this.#sums.set(map.part, entry);
    entry.count += 1;
    for (let i = 0; i < map.gradient.length; i++) {
      entry.sum[i] = (entry.sum[i] ?? 0) + (map.gradient[i] ?? 0);
    }
  }

  *maps(): Generator<SessionMap> {
    for (let part = 0; part < this.#parts; part++) {
      const entry = this.#sums.get(part);
      if (entry === undefined) continue;
      yield { ...entry.map, gradient: Float32Array.from(entry.sum, (sum) => sum / entry.count) };
    }
  }
}

async function write(
  { request, model, metric }: Explanation,
  writer: ReturnType<MapsWriter['split']>,
  of: string,
  map: SessionMap,
): Promise<void> {
  const nifti = request.saveNifti ? { nifti: await gzipBytes(niftiOf(map)) } : {};
  await writer.writeInterpretation(metric, request.group, request.name, {
    ...{ of, mode: model.extraction.mode, part: map.part, ...nifti },
    tensor: TorchTensor.float32(map.shape, map.gradient),
  });
}

/** The map as a complete .nii file in the space of its volume; of several channels the first. */
export function niftiOf({ gradient, grid }: SessionMap): Uint8Array<ArrayBuffer> {
  const [x, y, z] = grid.shape;
  return niftiBytes({ ...grid, data: gradient.slice(0, x * y * z) });
}

/** @throws CapsuleError FOLDER_NOT_EMPTY when maps of this name are there and shall not be replaced */
function refuseTakenName(
  { name, group, overwriteName, sessions }: InterpretRequest,
  split: MapsSplit,
  metrics: readonly string[],
): void {
  if (sessions !== undefined || overwriteName) return;
  const taken = metrics.find((metric) => split.interpretations(metric, group).includes(name));
  if (taken === undefined) return;
  throw new CapsuleError('FOLDER_NOT_EMPTY', {
    file: mapsFolder(split, taken, group, name),
    action: 'Choose another name, or replace these maps with --overwrite_name.',
  });
}

async function makeRoom(request: InterpretRequest, split: MapsSplit, metric: string) {
  const { maps, name, group, sessions } = request;
  if (sessions !== undefined || !split.interpretations(metric, group).includes(name)) return;
  await maps.remove(mapsFolder(split, metric, group, name));
}

const mapsFolder = (split: MapsSplit, metric: string, group: string, name: string): string =>
  `${split.name}/best-${metric}/${group}/interpret-${name}`;

function refuseTarget(model: Model, target: number): void {
  if (Number.isInteger(target) && target >= 0 && target < model.classes.length) return;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"target_node" to be a class code: ${model.classes.map((name, code) => `${code} (${name})`).join(', ')}`,
    found: String(target),
  });
}
