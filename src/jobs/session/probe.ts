/**
 * Some training steps on scans of the first split, before anything is decided: whether they fit this
 * device, what they hold of its memory, how long they take. The same state, programs and loop as in
 * `train`; the network that comes out is thrown away. The device is opened anew, so that what it holds
 * afterwards is what these steps have asked for.
 */
import type { Extraction } from '../../core/caps/extraction.ts';
import { readPipeline } from '../../core/augmentation/pipeline.ts';
import { withReduction } from '../../core/caps/size-reduction.ts';
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError, toProblem } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { makeLabelCode, type LabelCode } from '../../core/split/label-code.ts';
import { augmenter } from '../../engine/augmentation/augmenter.ts';
import { allocatedBytes } from '../../engine/device/tfjs-backend.ts';
import { evaluate } from '../../engine/evaluate.ts';
import { resolveNetwork } from '../../engine/networks/registry.ts';
import { trainEpoch } from '../../engine/train.ts';
import { openCohort } from '../data/cohort.ts';
import type { CapsElements } from '../data/elements.ts';
import type { VolumeStore } from '../data/volume-store.ts';
import type { Job } from '../events.ts';
import type { ExperimentChoice } from '../session-api.ts';
import type { JobContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { taskOf } from '../shared/task.ts';
import { refuseAugmentation } from '../training/augmentation.ts';
import { compilePrograms } from '../training/compile-programs.ts';
import { chooseMemory } from '../training/experiment-memory.ts';
import { planOf } from '../training/prepare.ts';
import { numberOfLabel } from '../training/read-sets.ts';
import { Recovery } from '../training/recovery.ts';
import { networkNumbers, seedOf, type SplitRequest } from '../training/split-request.ts';
import { TrainingState } from '../training/training-state.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import { batchesOf, runTime } from './run-time.ts';
import { configOf } from './set-tables.ts';
import { firstSessions, validationOf, type SessionSets } from './sets.ts';
import type { ProbeResult } from './training-api.ts';

/** Steps after the first, and milliseconds after which they are enough. */
const MOST_STEPS = 12;
const ENOUGH = 1500;
const PHASE = 'Trying steps';

export interface ProbeRequest {
  readonly config: Config;
  readonly extraction: Extraction;
  readonly caps: FileTree;
  readonly store: VolumeStore;
  /** Of a classification; {} otherwise. */
  readonly code: LabelCode;
  /** Sessions of the splits that are trained; scans are taken from the first. */
  readonly splits: readonly {
    readonly train: readonly LabelledSession[];
    readonly validation: readonly LabelledSession[];
  }[];
  readonly test: number;
}

/** @param sets - as `train` would take them */
export function probeOf(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
  sets: SessionSets,
): ProbeRequest {
  const { caps, store } = cohort;
  const config = configOf(cohort, choice, sets);
  const { trainedFolds = [] } = choice;
  const isTrained = (index: number) => trainedFolds.length === 0 || trainedFolds.includes(index);
  const isClassified = config.network_task === 'classification';
  return {
    ...{ config, caps, store, extraction: cohort.extraction(choice.mode) },
    code: isClassified ? makeLabelCode(choice.classes) : {},
    splits: sets.folds
      .filter((_, index) => isTrained(index))
      .map((fold) => ({
        train: config.baseline ? firstSessions(fold.train) : fold.train,
        validation: validationOf(fold, sets),
      })),
    test: firstSessions(sets.test).length,
  };
}

type Timed = Pick<ProbeResult, 'firstStep' | 'step' | 'steps' | 'evaluation' | 'bytes'>;
const UNTIMED: Timed = { firstStep: NaN, step: NaN, steps: 0, evaluation: NaN, bytes: 0 };
type Probed = Pick<SplitRequest, 'config' | 'plan' | 'loss' | 'train' | 'index' | 'network'>;

/** @throws CapsuleError of scans, network; CANCELLED */
export async function* probe(request: ProbeRequest, context: JobContext): Job<ProbeResult> {
  const { clock } = context;
  const { caps, store, splits, test, code } = request;
  const architecture = resolveNetwork(request.config.architecture, request.config.network_task);
  const config = { ...request.config, architecture };
  const extraction = withReduction(request.extraction, config);
  // No more than fill a batch, if an image is one element.
  const sessions = (splits[0]?.train ?? []).slice(0, config.batch_size);
  const start = clock.elapsed();
  const wanted = { caps, extraction, store, sessions, unreadable: 'leave-out' as const };
  const cohort = yield* openCohort(wanted, context);
  const [network] = networkNumbers(config, cohort.partsPerImage);
  const usable = sessions.filter((session) => cohort.isUsable(session));
  const coded = usable.map((one) => ({ ...one, code: numberOfLabel(config, code, one.label) }));
  const train = cohort.elements(coded, config.normalize, undefined, network);
  const elements = upTo(Math.min(config.batch_size, train.count));
  await Promise.all(elements.map((index) => train.load(index, context.signal)));
  const reading = (clock.elapsed() - start) / 1000 / sessions.length;
  const task = taskOf(config, code);
  const plan = planOf(config, task, cohort.inputSize);
  refuseAugmentation(config, cohort.inputSize, context.device);
  const memory = yield* chooseMemory(undefined, { config, plan }, context);
  const probed = { config, plan, loss: task.loss(plan), train, index: 0, network };
  const tried = yield* tryParts(probed, elements, memory, context);
  const networks = network === undefined ? 1 : cohort.partsPerImage;
  const facts = {
    splits: splits.map((split) => ({
      train: split.train.length * cohort.partsPerImage,
      validation: split.validation.length * cohort.partsPerImage,
    })),
    ...{ test: test * cohort.partsPerImage, networks, batchSize: config.batch_size },
    unread: new Set(splits.flatMap((split) => [...split.train, ...split.validation].map(nameOf)))
      .size,
    ...{ epochs: config.epochs, evaluationSteps: config.evaluation_steps },
    selectionMetrics: config.selection_metrics.length,
    ...{ step: tried.step, evaluation: tried.evaluation, reading },
  };
  return {
    ...{ ...tried, batchSize: config.batch_size, reading, batches: batchesOf(facts) },
    ...(tried.fits ? { time: runTime(facts) } : {}),
  };
}

type Tried = Omit<ProbeResult, 'batchSize' | 'reading' | 'batches' | 'time'>;

/** As a training does: smaller parts of the batch where the device has no room for it. */
async function* tryParts(
  probed: Probed,
  elements: readonly number[],
  { microBatchSize: first, checkpointed }: { microBatchSize: number; checkpointed: boolean },
  context: JobContext,
): Job<Tried> {
  const { device } = context;
  const recovery = new Recovery(first, probed.config.batch_size);
  for (;;) {
    const { microBatchSize } = recovery;
    const memory = { microBatchSize, checkpointed };
    try {
      await device.reopen();
      const timed = yield* timeSteps({ ...probed, memory }, elements, context);
      return { ...timed, fits: true, microBatchSize };
    } catch (thrown) {
      const error = await device.faultBehind(thrown);
      const remedy = recovery.from(error);
      if (remedy !== undefined) yield { kind: 'problem', problem: remedy };
      else {
        if (!(error instanceof CapsuleError) || !error.code.startsWith('GPU_')) throw error;
        await device.reopen();
        return { ...UNTIMED, fits: false, problem: toProblem(error, {}), microBatchSize };
      }
    }
  }
}

async function* timeSteps(
  request: Probed & Pick<SplitRequest, 'memory'>,
  elements: readonly number[],
  context: JobContext,
): Job<Timed> {
  const { device, clock, signal } = context;
  const { config, train, loss, memory } = request;
  const state = TrainingState.fresh(request, context);
  const meter = new ProgressMeter(clock, 'steps', MOST_STEPS + 1);
  const seconds = (since: number) => (clock.elapsed() - since) / 1000;
  const order = Array.from({ length: MOST_STEPS + 1 }, () => elements).flat();
  const seed = seedOf(request);
  const augment = augmenter(readPipeline(config.data_augmentation), { seed, epoch: 0 });
  let timed = UNTIMED;
  try {
    const start = clock.elapsed();
    yield* compilePrograms(request, state, memory.microBatchSize, context);
    yield meter.event(PHASE, 0);
    const epoch = trainEpoch({
      ...{ device, signal, epoch: 0, source: train, order, loss, ...state, seed, augment },
      ...{ batchSize: elements.length, microBatchSize: memory.microBatchSize },
      ...{ accumulationSteps: config.accumulation_steps, pausesAfter: (at) => at === 0 },
    });
    let since = start;
    for await (const { iteration: done } of epoch) {
      if (done === 0) {
        await device.settle();
        timed = { ...timed, firstStep: seconds(start) };
        since = clock.elapsed();
      } else timed = { ...timed, step: seconds(since) / done, steps: done };
      yield meter.event(PHASE, done + 1);
      if (done > 0 && clock.elapsed() - since >= ENOUGH) break;
    }
    await device.settle();
    const evaluation = await timeEvaluation(request, elements, state, context);
    return { ...timed, evaluation, bytes: allocatedBytes() };
  } finally {
    state.dispose();
  }
}

/** @returns seconds of a batch after the first */
async function timeEvaluation(
  { train, loss, memory, config }: { train: CapsElements } & Parameters<typeof timeSteps>[0],
  elements: readonly number[],
  { network }: TrainingState,
  { device, clock, signal }: JobContext,
): Promise<number> {
  const evaluation = evaluate({
    ...{ device, network, source: train, order: [...elements, ...elements], signal, loss },
    ...{ batchSize: elements.length, microBatchSize: memory.microBatchSize, seed: config.seed },
  });
  await evaluation.next();
  const start = clock.elapsed();
  await evaluation.next();
  const taken = (clock.elapsed() - start) / 1000;
  await evaluation.return(undefined as never);
  return taken;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const nameOf = ({ participant, session }: LabelledSession): string => `${participant}/${session}`;
