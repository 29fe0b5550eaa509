/**
 * One saliency map for the page: of a scan or the mean over a group, computed, kept in the MAPS, and
 * given to the viewer with what lies under it and what is known of its worth.
 */
import { CapsuleError, type Problem } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { METHOD_DEFAULTS } from '../../core/interpret/defaults.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import { percentile } from '../../core/metrics/bootstrap.ts';
import { argmax, softmax } from '../../core/metrics/softmax.ts';
import { transformPoint, type Vector3 } from '../../core/nifti/matrix.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import type { Volume } from '../../core/volume.ts';
import type { CodedSession } from '../data/cohort.ts';
import type { VolumeStore } from '../data/volume-store.ts';
import type { InterpretationEvent, Job } from '../events.ts';
import { interpret, type SessionMap } from '../interpret.ts';
import type { Explanation, ExplainRequest, Method, PredictionRow } from '../session-api.ts';
import type { JobContext } from '../shared/context.ts';
import { sessionsOfGroup } from '../shared/groups.ts';
import { modelForGroup, modelOf, type Model } from '../shared/model.ts';
import { scanUnder } from './scan-under.ts';
import { predictionRow } from './summary.ts';
import { wholeMap } from './whole-map.ts';

/**
 * @throws CapsuleError MAPS_GROUP when the session is in no group of the MAPS, or nobody of the group
 *   has the class; those of `interpret`
 */
export async function* explainOne(
  tree: WritableTree,
  caps: FileTree,
  request: ExplainRequest,
  store: VolumeStore,
  context: JobContext,
): Job<Explanation> {
  const maps = await openMaps(tree);
  const splits = maps.wholeSplits();
  const split = splits.find(({ index }) => index === request.split) ?? splits[0];
  const asked = await askedOf(maps, modelOf(maps), request, split);
  const model = modelForGroup(modelOf(maps), asked.group);
  const { method = { method: 'gradients' }, part } = request;
  let said: InterpretationEvent | undefined;
  let caution: Problem | undefined;
  const job = interpret(
    {
      ...{ maps: tree, caps, group: asked.group, store, sessions: asked.sessions, method },
      ...{ unreadable: request.group === undefined ? 'stop' : 'leave-out' },
      splits: split === undefined ? [] : [split.index],
      name: nameOf(method, model, request),
      selectionMetrics: [request.selectionMetric],
      targetNode: request.targetClass,
      mean: request.group !== undefined,
      parts: part === undefined ? undefined : [part],
      sanityCheck: request.sanityCheck === true ? 'full' : undefined,
      saveIndividual: request.group === undefined,
      ...{ saveNifti: true, overwriteName: false },
    },
    context,
  );
  let step = await job.next();
  for (; step.done !== true; step = await job.next()) {
    const event = step.value;
    if (event.kind === 'interpretation') said = event;
    else if (event.kind === 'problem' && event.problem.code === 'INTERPRET_CHANCE') {
      caution = event.problem;
    } else yield event;
  }
  const made = step.value;
  if (made.length === 0) throw new CapsuleError('CAPS_NO_VOLUME', sessionOf(request));
  const under = yield* scanUnder({ caps, store, model, sessions: asked.sessions }, context);
  const whole = wholeMap(made, under.volume);
  return {
    ...{ map: niftiBytes(whole), scan: niftiBytes(under.volume), ...peakOf(whole), caution },
    ...(request.group === undefined
      ? await predictionsOf(model, split, asked, request, made)
      : { sessions: { map: said?.sessions ?? NaN, scan: under.scans } }),
    parts: made.map((map) => map.part),
    sanity: sanityOf(said, made, under.volume),
  };
}

interface Asked {
  readonly group: string;
  readonly sessions: readonly CodedSession[];
}

/** Of one session the group it belongs to: a test group before validation and training. */
async function askedOf(
  maps: Maps,
  model: Model,
  request: ExplainRequest,
  split: MapsSplit | undefined,
): Promise<Asked> {
  const { group: wanted } = request;
  const groups = wanted === undefined ? [...maps.groups].reverse() : [wanted.name];
  for (const group of groups) {
    if (split === undefined) break;
    const { sessions } = await sessionsOfGroup(maps, model, group, split);
    const found = sessions.filter((other) =>
      wanted === undefined
        ? sessionName(other) === sessionName(request)
        : wanted.className === undefined || model.classes[other.code] === wanted.className,
    );
    if (found.length > 0) return { group, sessions: found };
  }
  throw new CapsuleError('MAPS_GROUP', {
    ...(wanted === undefined ? sessionOf(request) : {}),
    expected:
      wanted === undefined
        ? 'a session that the model was trained, validated or tested on'
        : `sessions of "${wanted.name}"${wanted.className === undefined ? '' : ` whose class is ${wanted.className}`}`,
    found: wanted === undefined ? 'a session of no group' : 'none',
  });
}

/** Of the folder: the method, its settings where they are not the usual ones, what is explained. */
export function nameOf(
  method: Method,
  { classes, label }: Pick<Model, 'classes' | 'label'>,
  { targetClass, group }: Pick<ExplainRequest, 'targetClass' | 'group'>,
): string {
  const { method: called, ...settings } = method;
  const usual: Readonly<Record<string, unknown>> = {
    ...METHOD_DEFAULTS,
    ...('size' in settings ? { stride: settings.size } : {}),
  };
  const own = Object.entries(settings)
    .filter(([key, value]) => value !== undefined && value !== usual[key])
    .map(([key, value]) => `${key}-${String(value)}`);
  const target = classes[targetClass] ?? label;
  const of = group?.className === undefined ? [] : ['of', group.className];
  const words = [called, ...own, target, ...of].map((word) =>
    word.replace(/[^A-Za-z0-9.+]+/g, '-'),
  );
  return words.filter((word) => word !== '').join('-');
}

/** How far the colours reach, and where the map is largest. */
function peakOf({ data, shape, affine }: Volume) {
  const sizes = data.map(Math.abs);
  const highest = argmax(sizes);
  const [, ny, nz] = shape;
  const voxel: Vector3 = [
    Math.floor(highest / (ny * nz)),
    Math.floor(highest / nz) % ny,
    highest % nz,
  ];
  return {
    peak: reachOf(sizes),
    peakAt: transformPoint(affine, voxel),
    peakValue: data[highest] ?? NaN,
    signed: data.some((value) => value < 0),
  };
}

/** Of a map that is 0 nearly everywhere, its largest value. @param sizes - absolute values; sorted */
function reachOf(sizes: Float32Array): number {
  sizes.sort();
  const reach = percentile(sizes, 0.999);
  return reach > 0 ? reach : (sizes.at(-1) ?? 0);
}

function sanityOf(
  said: InterpretationEvent | undefined,
  made: readonly SessionMap[],
  scan: Volume,
): Explanation['sanity'] {
  if (said?.verdict === undefined) return undefined;
  const random = made.flatMap(({ randomised, grid }) =>
    randomised === undefined ? [] : [{ values: randomised, grid }],
  );
  if (random.length === 0) return undefined;
  const whole = wholeMap(random, scan);
  const { verdict, correlation = NaN, checked = random.length } = said;
  const peak = reachOf(whole.data.map(Math.abs));
  return { ...{ verdict, correlation, maps: checked }, map: niftiBytes(whole), peak };
}

/** What the network says of the whole scan, and of the one part where one was asked for. */
async function predictionsOf(
  model: Model,
  split: MapsSplit | undefined,
  { group, sessions }: Asked,
  request: ExplainRequest,
  [first]: readonly SessionMap[],
): Promise<Pick<Explanation, 'prediction' | 'partPrediction'>> {
  const fresh = first === undefined ? undefined : saidOf(model, request, sessions, first.scores);
  if (model.extraction.mode === 'image') return { prediction: fresh };
  return {
    prediction: await votedOf(model, split, group, request),
    partPrediction: request.part === undefined ? undefined : fresh,
  };
}

/** The scores of one element in words. */
function saidOf(
  model: Model,
  request: ExplainRequest,
  [session]: readonly CodedSession[],
  scores: readonly number[],
): PredictionRow {
  const isClassified = model.task.kind === 'classification';
  return predictionRow(model, {
    ...{ ...sessionOf(request), part: 0, truth: session?.code ?? NaN },
    predicted: isClassified ? argmax(scores) : (scores[0] ?? NaN),
    probabilities: isClassified ? Array.from(softmax(scores)) : [],
  });
}

/** What its parts said together, as the tables of the MAPS have it; they may be absent. */
async function votedOf(
  model: Model,
  split: MapsSplit | undefined,
  group: string,
  request: ExplainRequest,
): Promise<PredictionRow | undefined> {
  const { selectionMetric } = request;
  if (split?.hasTable(selectionMetric, group, 'image', 'prediction') !== true) return undefined;
  const rows = await split.predictions(selectionMetric, group, 'image');
  const found = rows.find((row) => sessionName(row) === sessionName(request));
  return found && predictionRow(model, found);
}

const sessionOf = ({ participant, session }: SessionKey): SessionKey => ({ participant, session });
