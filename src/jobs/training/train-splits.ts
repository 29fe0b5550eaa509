/**
 * The splits of an experiment, trained one after the other, and within a split, where every part has
 * its own, the networks. Used by a training that begins and by one that goes on.
 */
import { CapsuleError, type Problem } from '../../core/errors.ts';
import type { WritableTree } from '../../core/files/file-tree.ts';
import { isFull } from '../../core/files/full-storage.ts';
import { needFile, readText } from '../../core/files/read.ts';
import { modelPath, splitName, targetLogPath, trainingLogPath } from '../../core/maps/layout.ts';
import { parseTrainingTable } from '../../core/maps/parse-tables.ts';
import { readInterrupted } from '../../core/maps/split-reader.ts';
import type { MapsWriter } from '../../core/maps/writer.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import type { Split } from '../../core/split/read-split.ts';
import { readCheckpoint } from '../../core/torch/checkpoint.ts';
import type { Job } from '../events.ts';
import { capsFolders, type CapsSource } from '../shared/caps-source.ts';
import type { JobContext } from '../shared/context.ts';
import { applyBestModels, type Networks } from './apply-best.ts';
import type { ExperimentMemory } from './experiment-memory.ts';
import type { Experiment, TargetExperiment } from './prepare.ts';
import { numberOfLabel } from './read-sets.ts';
import { networkNumbers, type SplitRequest } from './split-request.ts';
import { tellRoom } from './storage-room.ts';
import { trainNetwork, type TrainedNetwork } from './train-split.ts';
import { startOf } from './transfer.ts';

export interface SplitsRequest extends CapsSource {
  readonly experiment: TrainableExperiment;
  readonly memory: ExperimentMemory;
  readonly maps: WritableTree;
  readonly writer: MapsWriter;
  readonly compat?: '1.6.1' | undefined;
  readonly checkpointSeconds?: number | undefined;
  readonly isResumed: boolean;
}

/** What of an experiment training needs; the rest is for the MAPS that is made. */
export type TrainableExperiment = Pick<
  Experiment,
  'config' | 'cohort' | 'task' | 'plan' | 'loss' | 'splits' | 'source'
> & { readonly target: Omit<TargetExperiment, 'all'> | undefined };

const GO_ON =
  'Free some space, then resume the training, with "capsule train resume" or on the page: it goes on from where it was saved last, and nothing of that is lost.';

export interface TrainOutcome {
  /** By split: epoch (0-based) that each selection metric chose; of several networks, the first's. */
  readonly bestEpochs: ReadonlyMap<number, Record<string, number>>;
  /** Sessions that were left out, and why. */
  readonly leftOut: readonly Problem[];
}

/** @throws CapsuleError of volumes, weights, the device; STORAGE_FULL; CANCELLED */
export async function* trainSplits(request: SplitsRequest, context: JobContext): Job<TrainOutcome> {
  try {
    return yield* trainAll(request, context);
  } catch (error) {
    if (!isFull(error)) throw error;
    throw new CapsuleError('STORAGE_FULL', { ...error.problem, action: GO_ON }, { cause: error });
  }
}

async function* trainAll(request: SplitsRequest, context: JobContext): Job<TrainOutcome> {
  const { experiment, memory, writer } = request;
  const { config, cohort, splits, source } = experiment;
  const bestEpochs = new Map<number, Record<string, number>>();
  const numbers = networkNumbers(config, cohort.partsPerImage);
  const size = { config, plan: experiment.plan, splits: splits.size, networks: numbers.length };
  yield* tellRoom(request.maps, size);
  for (const [index, split] of splits) {
    const trained: TrainedNetwork[] = [];
    for (const network of numbers) {
      const of = splitRequest(request, { index, split, network });
      const start =
        source === undefined ? {} : { start: await startOf(source, index, config, network) };
      const whole = { ...of, ...start, memory, writer: writer.split(index) };
      trained.push(yield* trainNetwork(whole, context));
    }
    const networks = trained as [TrainedNetwork, ...TrainedNetwork[]] satisfies Networks;
    yield* applyBestModels(networks, context);
    bestEpochs.set(index, Object.fromEntries(networks[0].bestEpochs));
  }
  const { target } = experiment;
  const faults = [...cohort.faults.values(), ...(target?.cohort.faults.values() ?? [])];
  return { bestEpochs, leftOut: faults };
}

interface Chosen {
  readonly index: number;
  readonly split: Split;
  readonly network: number | undefined;
}

function splitRequest(
  request: SplitsRequest,
  { index, split, network }: Chosen,
): Omit<SplitRequest, 'memory' | 'writer'> {
  const { config, cohort, task, plan, loss, target } = request.experiment;
  const { maps, isResumed, compat, checkpointSeconds } = request;
  const problems: Problem[] = [];
  const elements = (sessions: readonly LabelledSession[], of = cohort) => {
    const coded = sessions.map((session) => {
      return { ...session, code: numberOfLabel(config, task.code, session.label) };
    });
    const told = (problem: Problem) => problems.push(problem);
    return of.elements(coded, config.normalize, told, network);
  };
  const other = target?.splits.get(index);
  const adaptation = target &&
    other && {
      train: elements(other.train, target.cohort),
      validation: elements(other.validation, target.cohort),
      unlabelled: elements(other.unlabelled, target.cohort),
      caps: capsFolders({ capsDirectory: target.capsDirectory }),
    };
  return {
    ...{ index, network, config, task, plan, loss, problems, adaptation },
    ...{ train: elements(split.train), validation: elements(split.validation) },
    ...{ caps: capsFolders(request), isSummed: compat === '1.6.1' },
    ...{ checkpointSeconds, isResumed },
    readBest: async (metric) => {
      const path = modelPath(splitName(index), metric, network);
      return readCheckpoint(await (await needFile(maps, path)).bytes(), path);
    },
    readTemporary: () => readInterrupted(maps, splitName(index), network),
    readLog: async () => {
      const path = trainingLogPath(splitName(index), network);
      return parseTrainingTable(await readText(maps, path), path).rows;
    },
    readTargetLog: async () => {
      const path = targetLogPath(splitName(index));
      return parseTrainingTable(await readText(maps, path), path).rows;
    },
  };
}
