/**
 * `capsule interpret`: what in the volumes speaks for a score, for the sessions of a data group, and
 * their mean, by one of several methods. Maps are written as `.pt` and `.nii.gz` with the affine of
 * their volume (1.6.1 writes the identity), and `interpretation.json` beside them says how they were
 * made and, where asked for, whether they depend on what was learned.
 */
import { refuseSameIds } from '../core/caps/cohorts.ts';
import type { ElementGrid } from '../core/caps/element-grid.ts';
import { CapsuleError } from '../core/errors.ts';
import type { FileTree, WritableTree } from '../core/files/file-tree.ts';
import { isTrainingGroup } from '../core/maps/layout.ts';
import { openMaps, type Maps } from '../core/maps/reader.ts';
import type { MapsSplit } from '../core/maps/split-reader.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import { sessionName, type SessionKey } from '../core/tsv/sessions.ts';
import { refuseUnexplainable, type Method } from '../engine/interpret/methods.ts';
import type { Cohort, CodedSession } from './data/cohort.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import { learningOf } from './interpret/chance.ts';
import { explainedModels } from './interpret/explained-models.ts';
import { Explainer } from './interpret/explainer.ts';
import { writeMap, writeRecord, type MapPlace } from './interpret/files.ts';
import { MeanMaps } from './interpret/mean-maps.ts';
import type { Randomisation } from './interpret/sanity-check.ts';
import { MapScorer, type ScoreAgainst } from './interpret/scoring.ts';
import { chosenSplits } from './predict.ts';
import type { JobContext } from './shared/context.ts';
import { defineGroup, openGroup } from './shared/group-cohort.ts';
import { sessionsOfGroup, type NewGroup } from './shared/groups.ts';
import { metricsOf, modelForGroup, modelOf, type Model } from './shared/model.ts';
import { asOnlyWriterOf } from './shared/one-writer.ts';

export { niftiOf } from './interpret/files.ts';

export interface InterpretRequest {
  readonly maps: WritableTree;
  readonly group: string;
  readonly definition?: NewGroup;
  /** Name of the interpretation: its maps stand in `interpret-<name>`. */
  readonly name: string;
  /** Plain gradients when absent. */
  readonly method?: Method | undefined;
  /** The CAPS; of several, their union. */
  readonly caps: FileTree;
  /** Folder of each cohort, when there are several. */
  readonly cohorts?: ReadonlyMap<string, string> | undefined;
  /** `loss` when empty, as in ClinicaDL. */
  readonly selectionMetrics: readonly string[];
  /** Class code whose score is explained; 0 in a regression. */
  readonly targetNode: number;
  /** Variants of an element that go through the network at once; as many as are safe when absent. */
  readonly batchSize?: number | undefined;
  readonly saveIndividual: boolean;
  readonly saveNifti: boolean;
  /** Removes all that is known of the group first; with a definition, it replaces the old one. */
  readonly overwrite?: boolean | undefined;
  /** Replaces maps of the same name. */
  readonly overwriteName: boolean;
  /** Compares maps with those of randomised networks. */
  readonly sanityCheck?: Randomisation | undefined;
  /** Scores each map against a known answer. */
  readonly scoreAgainst?: ScoreAgainst | undefined;
  /** Of the randomised weights; the training's when absent. */
  readonly seed?: number | undefined;
  /** `1.6.1` divides the mean map of a part by the number of parts as well. */
  readonly compat?: '1.6.1' | undefined;
  /** Only these sessions of the group; all when absent. */
  readonly sessions?: readonly SessionKey[];
  /** Of single sessions, their mean is made and comes back in place of their own maps. */
  readonly mean?: boolean | undefined;
  /** Only these patches, slices or regions; all when absent. */
  readonly parts?: readonly number[] | undefined;
  /** All of them when absent. */
  readonly splits?: readonly number[];
  readonly unreadable: 'stop' | 'leave-out';
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
}

/** One map, on its way out. */
export interface SessionMap extends SessionKey {
  /** Number of the patch, slice or region. */
  readonly part: number;
  /** Channels first, in the axes of the element. */
  readonly values: Float32Array<ArrayBuffer>;
  /** `[channels, ...spatial]` */
  readonly shape: readonly number[];
  readonly grid: ElementGrid;
  /** 1 for voxels that are not background, one a voxel; only where maps are scored. */
  readonly foreground?: Uint8Array<ArrayBuffer> | undefined;
  /** Before softmax. */
  readonly scores: readonly number[];
  /**
   * Of what comes back, where maps were checked: the mean of those that a network with randomised
   * weights made of this part.
   */
  readonly randomised?: Float32Array<ArrayBuffer> | undefined;
}

/**
 * @returns the maps of the first split and metric, or their mean, when single sessions were asked for
 * @throws CapsuleError INTERPRET_METHOD, CONFIG_VALUE, FOLDER_NOT_EMPTY, those of groups and volumes
 */
export async function* interpret(
  request: InterpretRequest,
  context: JobContext,
): Job<readonly SessionMap[]> {
  return yield* asOnlyWriterOf(request.maps, () => interpretAlone(request, context));
}

async function* interpretAlone(
  request: InterpretRequest,
  context: JobContext,
): Job<readonly SessionMap[]> {
  let maps = await openMaps(request.maps);
  const model = modelForGroup(modelOf(maps), request.group);
  const method = request.method ?? { method: 'gradients' };
  refuseTarget(model, request.targetNode);
  refuseUnexplainable(method, model.plan, request.targetNode);
  const asked = request.selectionMetrics.length === 0 ? ['loss'] : request.selectionMetrics;
  const splits = request.splits ?? [];
  for (const split of chosenSplits(maps, splits)) metricsOf(split, asked);
  if (request.sessions === undefined) {
    yield { kind: 'log', message: explainedModels(chosenSplits(maps, splits), asked) };
  }
  const { group } = request;
  const settled = yield* settledGroup(request, maps, model, context);
  maps = settled.maps;
  let { cohort } = settled;
  const kept: SessionMap[] = [];
  for (const split of chosenSplits(maps, splits)) {
    const wanted = request.sessions && new Set(request.sessions.map(sessionName));
    const { sessions: all } = await sessionsOfGroup(maps, model, request.group, split);
    const sessions = all.filter((key) => wanted === undefined || wanted.has(sessionName(key)));
    const metrics = metricsOf(split, asked);
    refuseTakenName(request, split, metrics);
    // Of any other group the volumes are the same in every split.
    if (cohort === undefined || isTrainingGroup(group)) {
      cohort = yield* openGroup(request, model, sessions, context);
    }
    const opened = cohort;
    const usable = sessions.filter((session) => opened.isUsable(session));
    if (request.saveIndividual) refuseSameIds(usable);
    for (const metric of metrics) {
      await makeRoom(request, split, metric);
      const place = { split, metric, group: request.group, name: request.name };
      const of = { request, method, context, model, place, cohort: opened, sessions: usable };
      const made = yield* explainAll(of);
      if (kept.length === 0 && wanted !== undefined) kept.push(...made);
    }
  }
  return kept;
}

/** The MAPS with the group as it is wanted, and its volumes where they were looked at. */
async function* settledGroup(
  request: InterpretRequest,
  maps: Maps,
  model: Model,
  context: JobContext,
): Job<{ maps: Maps; cohort?: Cohort }> {
  const { group, definition, overwrite = false, maps: tree } = request;
  if (overwrite && isTrainingGroup(group)) {
    throw new CapsuleError('MAPS_GROUP', {
      expected: 'no --overwrite for train and validation, which the training defined',
      found: `"${group}"`,
      action: 'Replace maps of the same name with --overwrite_name.',
    });
  }
  if (definition !== undefined) {
    const made = { name: group, group: { ...definition, overwrite } };
    return yield* defineGroup({ maps, tree, model, ...made }, request, context);
  }
  if (!overwrite) return { maps };
  await new MapsWriter(tree).removeResults(group);
  return { maps: await openMaps(tree) };
}

interface Work {
  readonly request: InterpretRequest;
  readonly method: Method;
  readonly context: JobContext;
  readonly model: Model;
  readonly place: MapPlace;
  readonly cohort: Cohort;
  readonly sessions: readonly CodedSession[];
}

/** The maps of one model: of its one network, or of that of each part. */
async function* explainAll(work: Work): Job<SessionMap[]> {
  const { request, method, model, place, cohort, sessions } = work;
  const { saveIndividual, saveNifti, parts } = request;
  const isMean = request.sessions === undefined || request.mean === true;
  const learning = await learningOf(model, place.split, place.metric);
  const problem = learning.state === 'chance' ? learning.problem : undefined;
  if (problem !== undefined) yield { kind: 'problem', problem };
  const means = new MeanMaps(request.compat === undefined ? 1 : cohort.partsPerImage);
  const explainer = new Explainer(work);
  const { scoreAgainst } = request;
  const scorer = scoreAgainst === undefined ? undefined : new MapScorer(scoreAgainst);
  const kept: SessionMap[] = [];
  for (const network of model.networks ?? [undefined]) {
    if (network !== undefined && parts?.includes(network) === false) continue;
    const elements = cohort.elements(sessions, model.config.normalize, undefined, network);
    const maps = explainer.mapsOf(elements, network);
    for (;;) {
      const { value, done } = await maps.next();
      if (done === true) break;
      if ('kind' in value) {
        yield value;
        continue;
      }
      await scorer?.add(value);
      means.add(value);
      if (!isMean) kept.push(value);
      if (!saveIndividual) continue;
      const of = `${value.participant}_${value.session}`;
      await writeMap(request.maps, place, model, { of, map: value, saveNifti });
    }
  }
  const sanity = explainer.sanity(learning.state);
  if (isMean) {
    for (const map of means.maps()) {
      await writeMap(request.maps, place, model, { of: 'mean', map, saveNifti });
      if (request.sessions !== undefined) kept.push(map);
    }
    await writeRecord(request.maps, place, {
      ...{ method, model, target: request.targetNode, sessions: sessions.length, sanity },
      ...{ caution: problem, score: scorer?.told.record },
    });
    await scorer?.write(request.maps, place, model.extraction.mode);
  }
  if (scorer !== undefined) {
    const of = `${place.split.name} best-${place.metric}, ${method.method}`;
    yield { kind: 'log', message: `${of} against the known answer: ${scorer.told.words}` };
  }
  yield {
    kind: 'interpretation',
    ...{ split: place.split.index, metric: place.metric, name: place.name, method: method.method },
    sessions: sessions.length,
    ...(sanity === undefined
      ? {}
      : { verdict: sanity.verdict, correlation: sanity.correlation, checked: sanity.maps }),
    ...(problem === undefined ? {} : { caution: problem.sentence }),
  };
  const randomised = explainer.randomised();
  return kept.map((map) => ({ ...map, randomised: randomised.get(map.part)?.values }));
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

/** Names the classes, where there are classes. */
function refuseTarget({ classes }: Model, target: number): void {
  if (classes.length === 0 || classes[target] !== undefined) return;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"target_node" to be a class code: ${classes.map((name, code) => `${code} (${name})`).join(', ')}`,
    found: String(target),
  });
}
