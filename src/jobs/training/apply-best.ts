/**
 * The end of a split: what the best model of each selection metric says about the training and the
 * validation set; where every part has a network of its own, what all of them say together. Of a
 * reconstruction the first image of each set is kept with what was made of it.
 */
import {
  isSourceGroup,
  TRAINING_GROUPS,
  type TargetGroup,
  type TrainingGroup,
} from '../../core/maps/layout.ts';
import type { TaskResults } from '../../core/maps/split-writer.ts';
import { randperm } from '../../core/random/mt19937.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import type { MadeVolume } from '../../engine/evaluate.ts';
import { Network } from '../../engine/networks/network.ts';
import { targetPlan } from '../../engine/networks/target-head.ts';
import { channelsFirst, type CapsElements } from '../data/elements.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { descriptionDate } from '../shared/dates.ts';
import { predictionsOf, resultsOf, type NetworkPredictions } from '../shared/results.ts';
import { loadCheckpoint } from '../shared/weights.ts';
import { evaluateSet, upTo } from './evaluation.ts';
import { Recovery } from './recovery.ts';
import { stepsOf, type SplitRequest } from './split-request.ts';
import { steadily } from './steadily.ts';
import type { TrainedNetwork } from './train-split.ts';

/** The network, or those of the parts in their order. */
export type Networks = readonly [TrainedNetwork, ...TrainedNetwork[]];

/** Writes the tables of both sets for each metric, and declares the split whole. */
export async function* applyBestModels(networks: Networks, context: JobContext): Job<void> {
  const [{ request }] = networks;
  const { writer, config } = request;
  const microBatchSize = Math.min(...networks.map((network) => network.microBatchSize));
  const recovery = new Recovery(microBatchSize, config.batch_size);
  // Metrics that chose the same epochs have the same models.
  const known = new Map<string, AppliedSet>();
  for (const metric of config.selection_metrics) {
    const epochs = networks.map(({ bestEpochs }) => bestEpochs.get(metric));
    if (epochs.includes(undefined)) continue;
    for (const group of groupsOf(request)) {
      const key = [group, ...epochs].join();
      const applied =
        known.get(key) ?? (yield* appliedTo({ group, metric, networks, recovery }, context));
      known.set(key, applied);
      for (const { of, what, tensor } of applied.tensors) {
        await writer.writeTensor(metric, group, of, what, tensor);
      }
      await writer.writeResults(metric, group, applied.results);
    }
  }
  const isMulti = request.network !== undefined;
  await writer.finish(config.selection_metrics, isMulti ? networks.length : undefined);
}

type AppliedGroup = TrainingGroup | Exclude<TargetGroup, 'unlabelled_target'>;

/** Of an adaptation also the target's, which its own head predicts. */
function groupsOf({ adaptation }: SplitRequest): readonly AppliedGroup[] {
  if (adaptation === undefined) return TRAINING_GROUPS;
  return [...TRAINING_GROUPS, 'train_target', 'validation_target'];
}

/** The set of a group, the network as it is applied to it, and where its volumes are. */
function placeOf(request: SplitRequest, group: AppliedGroup) {
  const { adaptation, plan, caps } = request;
  if (isSourceGroup(group)) return { set: request[group], plan, caps };
  if (adaptation === undefined) throw new Error(`no target for ${group}`);
  const set = adaptation[group === 'train_target' ? 'train' : 'validation'];
  return { set, plan: targetPlan(plan), caps: adaptation.caps };
}

interface AppliedSet {
  readonly results: TaskResults;
  readonly tensors: readonly SavedTensor[];
}

interface SavedTensor {
  /** `<participant>_<session>_<mode>-<part>` */
  readonly of: string;
  readonly what: 'input' | 'output';
  readonly tensor: TorchTensor;
}

interface Application {
  readonly group: AppliedGroup;
  readonly metric: string;
  readonly networks: Networks;
  readonly recovery: Recovery;
}

async function* appliedTo(of: Application, context: JobContext): Job<AppliedSet> {
  const { group, networks } = of;
  const [{ request }] = networks;
  const said: NetworkPredictions[] = [];
  const tensors: SavedTensor[] = [];
  for (const trained of networks) {
    const { predictions, made } = yield* applyOne(trained, of, context);
    said.push(predictions);
    tensors.push(...made);
  }
  const { config, task } = request;
  const { set, caps } = placeOf(request, group);
  const results = resultsOf(task, {
    ...{ mode: set.mode, partsPerImage: set.partsPerImage, networks: said, labelled: true },
    reference: said.flatMap(({ predictions }) => predictions),
    ...{ selectionThreshold: config.selection_threshold ?? 0, seed: config.seed },
    description: {
      ...{ group, date: descriptionDate(context.clock.now()), caps, ...set.headCount },
    },
  });
  return { results, tensors };
}

/** One network on one set. Where the device fails it is begun again, on a device opened anew. */
async function* applyOne(
  { request, lastEpoch }: TrainedNetwork,
  { group, metric, recovery }: Application,
  context: JobContext,
): Job<{ predictions: NetworkPredictions; made: SavedTensor[] }> {
  const { network: number, task, config } = request;
  const { set, plan } = placeOf(request, group);
  // As in 1.6.1: training sessions in the order of the last epoch.
  const isTraining = group.startsWith('train');
  const order = isTraining ? randperm(set.count, lastEpoch) : upTo(set.count);
  const checkpoint = await request.readBest(metric);
  const of = isSourceGroup(group) ? '' : ' of the target';
  const which = isTraining ? 'training' : 'validation';
  const phase = `Applying the best model to the ${which} set${of}`;
  let network: Network | undefined;
  let made: SavedTensor[] = [];
  const release = () => {
    network?.dispose();
    network = undefined;
  };
  try {
    const evaluation = yield* steadily(context, recovery, {
      ...{ steps: stepsOf(request), release },
      async *restore() {
        // The work makes its network itself, and has told nothing yet that could be wrong.
      },
      async *work() {
        made = [];
        network = new Network(plan, config.seed);
        loadCheckpoint(network, checkpoint, `best-${metric}`);
        return yield* evaluateSet(
          {
            ...{ request, network, set, order, phase, microBatchSize: recovery.microBatchSize },
            onVolume: (volume) => {
              if (isOfFirstImage(set, volume)) made.push(...tensorsOf(set, volume));
              return Promise.resolve();
            },
          },
          context,
        );
      },
    });
    const predictions = predictionsOf(task, set, order, evaluation);
    const of = number === undefined ? {} : { network: number };
    return { predictions: { ...of, predictions, evaluation }, made };
  } finally {
    release();
  }
}

function isOfFirstImage(set: CapsElements, { index }: MadeVolume): boolean {
  const first = set.session(0);
  return set.session(index) === first;
}

function tensorsOf(set: CapsElements, { index, input, output }: MadeVolume): SavedTensor[] {
  const { participant, session } = set.session(index);
  const of = `${participant}_${session}_${set.mode}-${set.partNumber(index)}`;
  const channels = set.shape.at(-1) ?? 1;
  const shape = [channels, ...set.shape.slice(0, -1)];
  const tensor = (values: Float32Array) =>
    TorchTensor.float32(shape, channelsFirst(values, channels));
  return [
    { of, what: 'input', tensor: tensor(input) },
    { of, what: 'output', tensor: tensor(output) },
  ];
}
