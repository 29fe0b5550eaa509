/**
 * `capsule train`: tables and a CAPS in, a MAPS out. Everything that can be wrong is looked at before
 * the MAPS is created; then the splits are trained.
 */
import { SINGLE } from '../core/caps/cohorts.ts';
import { extractionRecord, type Extraction } from '../core/caps/extraction.ts';
import { learningRateProblem } from '../core/config/learning-rate.ts';
import { mapsJson, toMapsParameters } from '../core/config/maps-parameters.ts';
import type { Config } from '../core/config/schema.ts';
import type { FileTree, WritableTree } from '../core/files/file-tree.ts';
import type { GroupDefinition, SplitDefinition } from '../core/maps/writer.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import type { LabelledSession } from '../core/split/cohort-table.ts';
import { describeNetwork } from '../engine/networks/describe.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import type { CapsSource } from './shared/caps-source.ts';
import type { JobContext } from './shared/context.ts';
import { informationDate } from './shared/dates.ts';
import { environmentText } from './shared/environment.ts';
import { refuseUnknownMetrics } from './shared/task.ts';
import { asOnlyWriter } from './shared/one-writer.ts';
import {
  chooseMemory,
  type ExperimentMemory,
  type MemoryChoice,
} from './training/experiment-memory.ts';
import { prepareExperiment, type Experiment } from './training/prepare.ts';
import type { SetsPlace } from './training/read-sets.ts';
import type { TargetRequest, TargetSplit } from './training/target-cohort.ts';
import { trainSplits, type TrainOutcome } from './training/train-splits.ts';
import type { Transfer } from './training/transfer.ts';

export type { MemoryChoice } from './training/experiment-memory.ts';
export type { TrainOutcome } from './training/train-splits.ts';

export interface TrainRequest extends CapsSource {
  readonly config: Config;
  readonly extraction: Extraction;
  /** A tree that holds the folder of the sets, and its parent where that is within reach. */
  readonly tables: FileTree;
  /** The sets' folder in that tree, '' for the tree itself. */
  readonly tablesFolder: string;
  /** Instead of these two: where the sets of each cohort are, when there are several. */
  readonly places?: readonly SetsPlace[];
  /** As the user named it: the folder of the sets, or the table of cohorts. */
  readonly tsvDirectory: string;
  /** The cohort that the network is adapted to (`ssda_network`). */
  readonly target?: TargetRequest | undefined;
  readonly maps: WritableTree;
  readonly mapsDirectory: string;
  /** The MAPS, or the file, whose weights are the start (`transfer_path`). */
  readonly transfer?: Transfer;
  readonly unreadable: 'stop' | 'leave-out';
  /** Trains in spite of leakage; the MAPS then says so for ever. */
  readonly iKnow?: boolean;
  /** Computes as this version of ClinicaDL does where Capsule does better. */
  readonly compat?: '1.6.1' | undefined;
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
  /** What Capsule runs in, for environment.txt. */
  readonly runtime: string;
  /** Seconds after which a training is saved within an epoch; see `SplitRequest`. */
  readonly checkpointSeconds?: number | undefined;
  /** How memory is saved; chosen by the estimate when absent. */
  readonly memory?: MemoryChoice;
}

/** @throws CapsuleError of configuration, tables, CAPS, network, device; MAPS_IN_USE; CANCELLED */
export async function* train(request: TrainRequest, context: JobContext): Job<TrainOutcome> {
  return yield* asOnlyWriter(request.maps, () => trainAlone(request, context));
}

async function* trainAlone(request: TrainRequest, context: JobContext): Job<TrainOutcome> {
  refuseUnknownMetrics(request.config);
  const problem = learningRateProblem(request.config);
  if (problem !== undefined) yield { kind: 'problem', problem };
  const experiment = yield* prepareExperiment(request, context);
  const memory = yield* chooseMemory(request.memory, experiment, context);
  const writer = await createMaps(request, context, experiment, memory);
  return yield* trainSplits({ ...request, experiment, memory, writer, isResumed: false }, context);
}

async function createMaps(
  request: TrainRequest,
  { clock, device }: JobContext,
  { config, cohort, plan, task, label, all, splits, seen, target, leakage }: Experiment,
  memory: ExperimentMemory,
): Promise<MapsWriter> {
  const parameters = toMapsParameters(config, {
    caps_directory: request.capsDirectory,
    tsv_path: request.tsvDirectory,
    preprocessing_dict: extractionRecord(request.extraction),
    ...(request.target && {
      preprocessing_dict_target: extractionRecord(request.target.extraction),
    }),
    num_networks: cohort.partsPerImage,
    output_size: task.kind === 'reconstruction' ? cohort.inputSize : task.outputs,
    input_size: cohort.inputSize,
  });
  const group = (sessions: readonly LabelledSession[]): GroupDefinition => ({
    rows: sessions.map((session) => ({ ...session, cohort: session.cohort ?? SINGLE })),
    label,
    capsDirectory: request.capsDirectory,
    multiCohort: request.cohorts !== undefined,
  });
  const targetGroups = target && new Map([...target.all, ...target.splits]);
  return MapsWriter.create(request.maps, {
    mapsJson: mapsJson(parameters, config.network_task),
    environment: environmentText(device.report, request.runtime, remarksOn(request, memory)),
    date: informationDate(clock.now()),
    path: request.mapsDirectory,
    network: describeNetwork(plan),
    trainValidation: seen,
    leakage,
    splits: [...new Map([...all, ...splits])].map(([index, split]) => ({
      index,
      train: group(split.train),
      validation: group(split.validation),
      ...targetGroupsOf(targetGroups?.get(index), label, target?.capsDirectory ?? ''),
    })),
  });
}

/** What a MAPS says of the target's sets in a split. */
function targetGroupsOf(
  split: TargetSplit | undefined,
  label: string | undefined,
  capsDirectory: string,
): Pick<SplitDefinition, 'target'> {
  if (split === undefined) return {};
  const group = (sessions: readonly LabelledSession[]): GroupDefinition => ({
    rows: sessions.map((session) => ({ ...session, cohort: SINGLE })),
    ...{ label, capsDirectory, multiCohort: false },
  });
  return {
    target: {
      train_target: group(split.train),
      validation_target: group(split.validation),
      unlabelled_target: { ...group(split.unlabelled), label: undefined },
    },
  };
}

/** What is unusual about the run. */
function remarksOn(
  { config, compat }: TrainRequest,
  { checkpointed, microBatchSize }: ExperimentMemory,
): string[] {
  const { amp, batch_size: size, accumulation_steps: steps } = config;
  return [
    ...(amp ? ['feature maps: 16-bit floats'] : []),
    ...(checkpointed ? ['convolutions made again for the gradients'] : []),
    ...(microBatchSize < size ? [`batches of ${size} in parts of ${microBatchSize}`] : []),
    ...(compat === '1.6.1' && steps > 1
      ? [`gradients of ${steps} batches added up, not averaged, as ClinicaDL 1.6.1 does`]
      : []),
  ];
}
