/**
 * `capsule train resume`: finishes the training of a MAPS that was interrupted. Splits that were saved
 * go on from there, splits that were not begun are trained, finished ones stay as they are. Sets,
 * options and network are those of the MAPS; only the volumes come from outside.
 */
import { SINGLE } from '../core/caps/cohorts.ts';
import { CapsuleError } from '../core/errors.ts';
import type { WritableTree } from '../core/files/file-tree.ts';
import { groupFolder, splitName } from '../core/maps/layout.ts';
import { openMaps, type Maps } from '../core/maps/reader.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import type { LabelledSession } from '../core/split/cohort-table.ts';
import type { Split } from '../core/split/read-split.ts';
import { openCohort, type Cohort } from './data/cohort.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import { capsOf, type CapsSource } from './shared/caps-source.ts';
import type { JobContext } from './shared/context.ts';
import { modelOf, refuseOtherShape, type Model } from './shared/model.ts';
import { asOnlyWriterOf } from './shared/one-writer.ts';
import { chooseMemory, type MemoryChoice } from './training/experiment-memory.ts';
import {
  openTarget,
  sessionsOf,
  type TargetCaps,
  type TargetSplit,
} from './training/target-cohort.ts';
import {
  trainSplits,
  type TrainableExperiment,
  type TrainOutcome,
} from './training/train-splits.ts';
import { openTransfer, type Transfer } from './training/transfer.ts';

export interface ResumeRequest extends CapsSource {
  readonly maps: WritableTree;
  /** Splits to finish; all that are not when empty. */
  readonly splits: readonly number[];
  /** The MAPS, or the file, whose weights start the splits that were not begun, where the training has one. */
  readonly transfer?: Transfer;
  /** Of a domain adaptation: where the volumes of its target are. */
  readonly target?: TargetCaps | undefined;
  readonly store?: VolumeStore | undefined;
  readonly compat?: '1.6.1' | undefined;
  readonly checkpointSeconds?: number | undefined;
  readonly memory?: MemoryChoice;
}

/** @throws CapsuleError MAPS_*, SPLIT_MISSING, CONFIG_MISSING, those of volumes and the device; CANCELLED */
export async function* resume(request: ResumeRequest, context: JobContext): Job<TrainOutcome> {
  return yield* asOnlyWriterOf(request.maps, () => resumeAlone(request, context));
}

async function* resumeAlone(request: ResumeRequest, context: JobContext): Job<TrainOutcome> {
  const maps = await openMaps(request.maps);
  const model = modelOf(maps);
  const { config, extraction, task, plan } = model;
  const wanted = unfinished(maps, request.splits);
  if (wanted.length === 0) {
    yield { kind: 'log', message: 'Every split is finished: there is nothing to go on with.' };
    return { bestEpochs: new Map(), leftOut: [] };
  }
  const source = await sourceOf(request, maps, wanted);
  const splits = new Map<number, Split>();
  for (const index of wanted) splits.set(index, await setsOf(maps, index, SOURCE));
  const sessions = [...splits.values()].flatMap(({ train, validation }) => [
    ...train,
    ...validation,
  ]);
  // Without one of its sessions it would be another training.
  const volumes = { ...capsOf(request), extraction, sessions, unreadable: 'stop' as const };
  const cohort = yield* openCohort({ ...volumes, store: request.store }, context);
  refuseOtherShape(model, cohort.inputSize);
  const target = yield* targetOf(request, maps, wanted, { model, cohort }, context);
  const memory = yield* chooseMemory(request.memory, model, context);
  const experiment = { config, cohort, task, plan, loss: task.loss(plan), splits, source, target };
  const writer = new MapsWriter(request.maps);
  return yield* trainSplits({ ...request, experiment, memory, writer, isResumed: true }, context);
}

/** @throws CapsuleError SPLIT_MISSING */
function unfinished(maps: Maps, asked: readonly number[]): number[] {
  const planned = maps.plannedSplits;
  const stranger = asked.find((index) => !planned.includes(index));
  if (stranger !== undefined) {
    throw new CapsuleError('SPLIT_MISSING', {
      file: maps.name,
      expected: planned.map(splitName).join(', '),
      found: splitName(stranger),
    });
  }
  const isWhole = (index: number) => {
    return maps.splits.some((split) => split.index === index && split.whole);
  };
  return planned.filter(
    (index) => (asked.length === 0 || asked.includes(index)) && !isWhole(index),
  );
}

/** @throws CapsuleError CONFIG_MISSING where a split that was not begun needs its weights */
async function sourceOf({ transfer }: ResumeRequest, maps: Maps, wanted: readonly number[]) {
  if (transfer !== undefined) return openTransfer(transfer);
  const { transfer_path: path } = maps.parameters.config;
  const begun = new Set(maps.splits.map(({ index }) => index));
  if (path === false || wanted.every((index) => begun.has(index))) return undefined;
  throw new CapsuleError('CONFIG_MISSING', {
    file: maps.name,
    expected: `the weights that its networks start from, "${path}"`,
  });
}

interface Source {
  readonly model: Model;
  readonly cohort: Cohort;
}

/**
 * The target of an adaptation, its sets as they were when the MAPS was made.
 * @throws CapsuleError CONFIG_MISSING without its volumes
 */
async function* targetOf(
  { target }: ResumeRequest,
  maps: Maps,
  wanted: readonly number[],
  { model, cohort: source }: Source,
  context: JobContext,
): Job<TrainableExperiment['target']> {
  const { targetExtraction: extraction } = model;
  if (extraction === undefined) return undefined;
  if (target === undefined) {
    throw new CapsuleError('CONFIG_MISSING', {
      ...{ file: maps.name, expected: 'the CAPS of the target cohort' },
      found: `"${model.config.caps_target}"`,
      action: 'Go on on the command line, where a second cohort can be opened.',
    });
  }
  const splits = new Map<number, TargetSplit>();
  for (const index of wanted) {
    const unlabelled = await sessionsIn(maps, 'unlabelled_target', index);
    splits.set(index, { ...(await setsOf(maps, index, TARGET)), unlabelled });
  }
  const sessions = [...splits.values()].flatMap(sessionsOf);
  const place = { ...target, extraction };
  const cohort = yield* openTarget(place, sessions, source, 'stop', context);
  return { cohort, splits, capsDirectory: target.capsDirectory };
}

const SOURCE = { train: 'train', validation: 'validation' } as const;
const TARGET = { train: 'train_target', validation: 'validation_target' } as const;

/** As they were when the MAPS was made. */
async function setsOf(
  maps: Maps,
  index: number,
  groups: typeof SOURCE | typeof TARGET,
): Promise<Split> {
  const [train, validation] = await Promise.all([
    sessionsIn(maps, groups.train, index),
    sessionsIn(maps, groups.validation, index),
  ]);
  const file = (group: string) => `${groupFolder(group, splitName(index))}/data.tsv`;
  return {
    ...{ train, validation },
    files: { train: file(groups.train), validation: file(groups.validation) },
  };
}

async function sessionsIn(maps: Maps, group: string, index: number): Promise<LabelledSession[]> {
  const { rows } = await maps.group(group, { name: splitName(index) });
  return rows.map(({ participant, session, cohort, label }): LabelledSession => {
    const of = cohort === SINGLE ? {} : { cohort };
    return { participant, session, label: String(label ?? ''), ...of };
  });
}
