/**
 * The arithmetic of a network's first layer on one slice of a scan, for looking at it voxel by voxel:
 * what the layer sees, its weights, and what the network's own convolution, batch normalisation and
 * ReLU make of it. Whoever shows it can add up the 27 products and hold the sum against the layer.
 * The idea is CNN Explainer's (Wang et al. 2021, IEEE TVCG 27:1396-1406).
 */
import * as tf from '@tensorflow/tfjs';
import { withReduction } from '../../core/caps/size-reduction.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { WritableTree } from '../../core/files/file-tree.ts';
import { openMaps } from '../../core/maps/reader.ts';
import { makeLabelCode } from '../../core/split/label-code.ts';
import { Network, type NetworkPlan } from '../../engine/networks/network.ts';
import { resolveNetwork } from '../../engine/networks/registry.ts';
import { openCohort, type Cohort, type CodedSession } from '../data/cohort.ts';
import type { Job } from '../events.ts';
import type { ExperimentChoice, FirstLayer, FirstLayerRequest } from '../session-api.ts';
import type { JobContext } from '../shared/context.ts';
import { openGroup } from '../shared/group-cohort.ts';
import { loadNetwork, modelOf } from '../shared/model.ts';
import { taskOf } from '../shared/task.ts';
import { planOf } from '../training/prepare.ts';
import type { OpenedCohort } from './opened-cohort.ts';

/** PyTorch's of BatchNorm3d. */
const EPSILON = 1e-5;
/** Convolution, normalisation, activation: the layers that are shown. */
const SHOWN = ['Conv3d', 'BatchNorm3d', 'ReLU'];

/**
 * @param tree - of the MAPS, for weights that were trained
 * @throws CapsuleError CONFIG_NOT_YET for a network that begins otherwise; NO_MODEL; those of volumes
 */
export async function* firstLayerOf(
  cohort: OpenedCohort,
  tree: WritableTree | undefined,
  request: FirstLayerRequest,
  context: JobContext,
): Job<FirstLayer> {
  const { participant, session, choice } = request;
  const of: CodedSession = { participant, session, code: -1 };
  const {
    network,
    cohort: opened,
    normalize,
  } = choice === undefined
    ? yield* trainedNetwork(cohort, tree, request, of, context)
    : yield* freshNetwork(cohort, choice, of, context);
  try {
    const channels = channelsOf(network.plan);
    // Of a network of each part, that of the first part is shown.
    const elements = opened.elements([of], normalize);
    const element = await elements.load(0, context.signal);
    const [X = 1, Y = 1, Z = 1] = elements.shape;
    const slice = Math.max(0, Math.min(Z - 1, request.slice ?? Math.floor(Z / 2)));
    const state = new Map((await network.state()).map(({ name, values }) => [name, values]));
    const [convolution, norm] = network.plan.sequentials[0] ?? [];
    const values = (layer: typeof norm, at: number) =>
      state.get(layer?.states[at]?.name ?? '') ?? new Float32Array(0);
    const stages: Float32Array<ArrayBuffer>[] = [];
    for (const level of SHOWN.keys()) {
      const features = tf.tidy(
        () => network.evaluateAt(tf.tensor(element, [1, X, Y, Z, 1]), level + 1).features,
      );
      try {
        const all = (await context.device.read(features.data(), context.signal)) as Float32Array;
        stages.push(sliceOf(all, [X, Y, Z], slice, channels));
      } finally {
        features.dispose();
      }
    }
    const [convolved, normalised, rectified] = stages as [Values, Values, Values];
    return {
      ...{ architecture: network.plan.name, isTrained: choice === undefined },
      ...{ shape: [X, Y, Z], slice, channels },
      input: slabOf(element, [X, Y, Z], slice),
      ...{ kernels: values(convolution, 0), biases: values(convolution, 1) },
      norm: {
        ...{ weight: values(norm, 0), bias: values(norm, 1), epsilon: EPSILON },
        ...{ mean: values(norm, 2), variance: values(norm, 3) },
      },
      ...{ convolved, normalised, rectified },
    };
  } finally {
    network.dispose();
  }
}

type Values = Float32Array<ArrayBuffer>;

interface Opened {
  readonly network: Network;
  readonly cohort: Cohort;
  readonly normalize: boolean;
}

async function* trainedNetwork(
  { caps, store }: OpenedCohort,
  tree: WritableTree | undefined,
  { selectionMetric, split: wanted }: FirstLayerRequest,
  of: CodedSession,
  context: JobContext,
): Job<Opened> {
  if (tree === undefined) throw new CapsuleError('NO_MODEL');
  const maps = await openMaps(tree);
  const model = modelOf(maps);
  channelsOf(model.plan);
  const splits = maps.wholeSplits();
  const split = splits.find(({ index }) => index === wanted) ?? splits[0];
  if (split === undefined) throw new CapsuleError('NO_MODEL');
  const cohort = yield* openGroup({ caps, store, unreadable: 'stop' }, model, [of], context);
  const [metric = 'loss'] = split.metrics;
  const chosen = split.metrics.includes(selectionMetric ?? '') ? selectionMetric : metric;
  const number = model.networks?.[0];
  const network = await loadNetwork(model, split, chosen ?? metric, number);
  return { network, cohort, normalize: model.config.normalize };
}

/** With the weights that training would start from. */
async function* freshNetwork(
  opened: OpenedCohort,
  { config, mode, classes }: ExperimentChoice,
  of: CodedSession,
  context: JobContext,
): Job<Opened> {
  const { caps, store } = opened;
  const extraction = withReduction(opened.extraction(mode), config);
  const request = { caps, extraction, sessions: [of], store, unreadable: 'stop' } as const;
  const cohort = yield* openCohort(request, context);
  const { network_task: kind, seed, normalize } = config;
  const task = taskOf(config, kind === 'classification' ? makeLabelCode(classes) : {});
  const architecture = resolveNetwork(config.architecture, kind);
  const plan = planOf({ ...config, architecture }, task, cohort.inputSize);
  channelsOf(plan);
  return { network: new Network(plan, seed), cohort, normalize };
}

/** @returns how many kernels the first layer has. @throws CapsuleError CONFIG_NOT_YET */
function channelsOf({ name, inputShape, sequentials: [layers = []] }: NetworkPlan): number {
  const kinds = layers.slice(0, SHOWN.length).map(({ kind }) => kind);
  const [first] = layers;
  // Fusible: window 3, stride 1, padding 1, with a bias.
  const isShown = kinds.join() === SHOWN.join() && first?.isFusible === true;
  if (isShown && inputShape.at(-1) === 1) return first.outputShape.at(-1) ?? 0;
  throw new CapsuleError('CONFIG_NOT_YET', {
    expected: 'a network that begins with a 3 x 3 x 3 convolution, batch normalisation and ReLU',
    found: `${name}: ${kinds.join(', ')}`,
    action: 'Choose Conv4_FC3 or Conv5_FC3 on whole images, patches or regions.',
  });
}

/** @returns `[X, Y, channels]` of `[X, Y, Z, channels]` */
function sliceOf(
  values: Float32Array,
  [X, Y, Z]: readonly [number, number, number],
  slice: number,
  channels: number,
): Values {
  const made = new Float32Array(X * Y * channels);
  for (let column = 0; column < X * Y; column++) {
    const from = (column * Z + slice) * channels;
    made.set(values.subarray(from, from + channels), column * channels);
  }
  return made;
}

/** @returns `[X, Y, 3]`: the slice with its neighbours, 0 beyond the volume as the layer pads it */
function slabOf(
  values: Float32Array,
  [X, Y, Z]: readonly [number, number, number],
  slice: number,
): Values {
  const made = new Float32Array(X * Y * 3);
  for (let column = 0; column < X * Y; column++) {
    for (const step of [0, 1, 2]) {
      const z = slice + step - 1;
      if (z >= 0 && z < Z) made[column * 3 + step] = values[column * Z + z] ?? 0;
    }
  }
  return made;
}
