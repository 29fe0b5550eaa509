/**
 * Trains one split: epochs, evaluations, the best model of each selection metric, early stopping,
 * and at the end what these models say about the training and validation sets. The same loop runs in
 * the page's worker and on Node. It sees the training and validation sets of its split, and no other.
 */
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError, type Problem } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/torch/checkpoint.ts';
import { CLASSIFICATION_METRICS, type Metrics } from '../../core/metrics/classification.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import type { ClassificationResults, SplitWriter } from '../../core/maps/split-writer.ts';
import type { TrainingRow } from '../../core/maps/tables.ts';
import { randperm } from '../../core/random/mt19937.ts';
import { evaluate, type Evaluation } from '../../engine/evaluate.ts';
import { throwIfCancelled } from '../../engine/cancel.ts';
import type { NetworkPlan } from '../../engine/networks/network.ts';
import { trainEpoch } from '../../engine/train.ts';
import { warmUp } from '../../engine/warm-up.ts';
import type { CapsElements } from '../data/elements.ts';
import type { EvaluationFigures, Job, LogEvent } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { descriptionDate } from '../shared/dates.ts';
import { optimizerCheckpointOf } from '../shared/optimizer-checkpoint.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { predictionsOf, resultsOf, trainingMetrics } from '../shared/results.ts';
import { checkpointOf, loadCheckpoint } from '../shared/weights.ts';
import { EarlyStopping } from './early-stopping.ts';
import { Recovery } from './recovery.ts';
import { BestModels } from './selection.ts';
import { StepProfiler } from './step-profiler.ts';
import { TrainingState } from './training-state.ts';

export interface SplitRequest {
  readonly index: number;
  readonly config: Config;
  readonly plan: NetworkPlan;
  readonly classes: number;
  readonly train: CapsElements;
  readonly validation: CapsElements;
  readonly writer: SplitWriter;
  readonly memory: {
    /** Elements that go through the network at once, where memory is short. */
    readonly microBatchSize: number;
    /** Whether convolutions are made again for the gradients instead of kept. */
    readonly checkpointed: boolean;
  };
  /** Folder of each cohort, as description.log names it. */
  readonly caps: ReadonlyMap<string, string>;
  /** Weights to start from, and the file they came from. */
  readonly start?: { readonly checkpoint: Checkpoint; readonly file: string };
  /** Reads the saved model of a selection metric back from the MAPS. */
  readonly readBest: (metric: string) => Promise<Checkpoint>;
  /** Problems that turned up while elements were read; emptied here. */
  readonly problems: Problem[];
}

/** One set evaluated. */
interface SetFigures {
  readonly metrics: Metrics;
  readonly meanLoss: number;
}

/** @returns epoch (0-based) that each selection metric chose */
export async function* trainSplit(
  request: SplitRequest,
  context: JobContext,
): Job<Record<string, number>> {
  const training = new SplitTraining(request, context);
  try {
    return yield* training.run();
  } finally {
    training.dispose();
  }
}

class SplitTraining {
  readonly #request: SplitRequest;
  readonly #context: JobContext;
  readonly #recovery: Recovery;
  readonly #best: BestModels;
  readonly #rows: TrainingRow[] = [];
  readonly #bestEpochs = new Map<string, number>();
  readonly #steps: readonly string[];
  #profiler: StepProfiler | undefined;
  #state: TrainingState;
  #start = 0;

  constructor(request: SplitRequest, context: JobContext) {
    const { config, memory, index, writer } = request;
    this.#request = request;
    this.#context = context;
    this.#recovery = new Recovery(memory.microBatchSize, config.batch_size);
    this.#profiler = config.profiler ? new StepProfiler(context.device, writer) : undefined;
    this.#best = new BestModels(config.selection_metrics);
    this.#steps = [`split-${index}`];
    this.#state = TrainingState.fresh(request, context);
  }

  dispose(): void {
    this.#profiler?.detach();
    this.#state.dispose();
  }

  async *run(): Job<Record<string, number>> {
    const { config, writer } = this.#request;
    const stopping = new EarlyStopping(config.patience, config.tolerance);
    this.#start = this.#context.clock.elapsed();
    await this.#writeLog();
    yield* this.#steadily(0, () => this.#warmUp());
    let epoch = 0;
    for (; epoch < config.epochs; epoch++) {
      const current = epoch;
      const validation = yield* this.#steadily(epoch, () => this.#epoch(current));
      this.#recovery.progress();
      if (stopping.shouldStop(validation.meanLoss)) {
        const left = config.epochs - epoch - 1;
        if (left > 0) yield { kind: 'log', message: `Stopped early; ${left} epochs were left.` };
        break;
      }
    }
    yield* told(await this.#profiler?.finish());
    const lastEpoch = Math.min(epoch, config.epochs - 1);
    yield* this.#steadily(lastEpoch + 1, () => this.#applyBestModels(lastEpoch));
    await writer.finish(this.#best.metrics);
    return Object.fromEntries(this.#bestEpochs);
  }

  /** Does some work, and again from the last finished epoch when the device failed and may recover. */
  async *#steadily<Result>(epoch: number, work: () => Job<Result>): Job<Result> {
    const rows = this.#rows.length;
    for (let isLost = false; ; isLost = true) {
      try {
        if (isLost) {
          await this.#begin();
          yield* this.#warmUp();
        }
        return yield* work();
      } catch (thrown) {
        const error = await this.#context.device.faultBehind(thrown);
        const remedy = this.#recovery.from(error);
        if (remedy === undefined) throw error;
        this.#rows.length = rows;
        yield { kind: 'problem', problem: { ...remedy, steps: this.#steps } };
        yield { kind: 'restart', split: this.#request.index, epoch };
      }
    }
  }

  /** A device opened anew, and on it what the last checkpoint has. */
  async #begin(): Promise<void> {
    const { device } = this.#context;
    // What it has seen went with the device.
    this.#profiler?.detach();
    this.#profiler = undefined;
    this.#state.dispose();
    await device.reopen();
    const saved = await this.#request.writer.savedEpoch();
    this.#state =
      saved === undefined
        ? TrainingState.fresh(this.#request, this.#context)
        : TrainingState.saved(this.#request, this.#context, saved);
  }

  /** GPU programs take long to compile, all of them once a device. */
  async *#warmUp(): Job<void> {
    const { device, clock, signal } = this.#context;
    const { network, scaler } = this.#state;
    if (device.isUntuned) {
      yield new ProgressMeter(clock, 'measurements', 1).event('Measuring this GPU', 0, this.#steps);
      await device.tune(clock);
    }
    const phase = 'Compiling GPU programs';
    let meter: ProgressMeter | undefined;
    const compiled = warmUp({
      ...{ device, network, shape: this.#request.train.shape, isScaled: scaler !== undefined },
      batchSize: Math.min(this.#recovery.microBatchSize, this.#request.train.count),
    });
    for await (const { done, total } of compiled) {
      throwIfCancelled(signal);
      if (total === 0) continue;
      meter ??= new ProgressMeter(clock, 'programs', total);
      yield meter.event(phase, done, this.#steps);
    }
  }

  async *#epoch(epoch: number): Job<SetFigures> {
    const { config, train, index } = this.#request;
    const { device, signal, clock } = this.#context;
    const order = randperm(train.count, epoch);
    const batchCount = Math.ceil(train.count / config.batch_size);
    const meter = new ProgressMeter(clock, 'batches', batchCount);
    const steps = [...this.#steps, `epoch ${epoch + 1} of ${config.epochs}`];
    yield meter.event('Training', 0, steps);
    let evaluated: { iteration: number; validation: SetFigures } | undefined;
    const epochSteps = trainEpoch({
      ...{ device, signal, epoch, order, source: train },
      ...this.#state,
      ...{ seed: config.seed, batchSize: config.batch_size },
      ...{ microBatchSize: this.#recovery.microBatchSize },
      ...{ accumulationSteps: config.accumulation_steps },
      pauseEvery: config.evaluation_steps === 0 ? undefined : config.evaluation_steps,
    });
    for await (const { iteration, loss, updated, skipped } of epochSteps) {
      yield* this.#tellProblems();
      if (skipped) yield { kind: 'log', message: this.#skippedStep(epoch, iteration) };
      yield { kind: 'batch', split: index, epoch, iteration, loss };
      yield* told(await this.#profiler?.afterBatch());
      yield meter.event('Training', iteration + 1, steps);
      const every = config.evaluation_steps;
      if (every > 0 && (iteration + 1) % every === 0 && updated) {
        evaluated = { iteration, validation: yield* this.#evaluateBoth(epoch, iteration, order) };
      }
    }
    const last = batchCount - 1;
    const validation =
      evaluated?.iteration === last
        ? evaluated.validation
        : yield* this.#evaluateBoth(epoch, last, order);
    yield* this.#keepEpoch(epoch, last, validation);
    return validation;
  }

  /** Evaluates training and validation sets and adds the row of training.tsv. */
  async *#evaluateBoth(
    epoch: number,
    iteration: number,
    order: ArrayLike<number>,
  ): Job<SetFigures> {
    const { validation: validationSet, train: trainSet } = this.#request;
    const train = yield* this.#figures(trainSet, order, 'training set');
    const validation = yield* this.#figures(
      validationSet,
      upTo(validationSet.count),
      'validation set',
    );
    const time = (this.#context.clock.elapsed() - this.#start) / 1000;
    this.#rows.push({
      ...{ epoch, iteration, time },
      ...{ train: train.metrics, validation: validation.metrics },
    });
    await this.#writeLog();
    yield {
      ...{ kind: 'evaluation', split: this.#request.index, epoch, iteration, seconds: time },
      ...{ train: eventFigures(train), validation: eventFigures(validation) },
    };
    return validation;
  }

  async *#figures(set: CapsElements, order: ArrayLike<number>, what: string): Job<SetFigures> {
    const evaluation = yield* this.#evaluate(set, order, `Evaluating the ${what}`);
    const predictions = predictionsOf(set, order, evaluation);
    return {
      metrics: trainingMetrics(predictions, this.#request.classes, evaluation.lossSum),
      meanLoss: evaluation.lossSum / evaluation.batches,
    };
  }

  async *#evaluate(set: CapsElements, order: ArrayLike<number>, phase: string): Job<Evaluation> {
    const { device, signal, clock } = this.#context;
    const meter = new ProgressMeter(clock, 'elements', order.length);
    const evaluation = evaluate({
      ...{ device, network: this.#state.network, source: set, order, signal },
      ...{ batchSize: this.#request.config.batch_size },
      ...{ microBatchSize: this.#recovery.microBatchSize },
    });
    for (;;) {
      const step = await evaluation.next().catch((thrown: unknown) => {
        throw thrown instanceof CapsuleError
          ? thrown.at({ steps: [...this.#steps, phase] })
          : thrown;
      });
      if (step.done === true) return step.value;
      yield* this.#tellProblems();
      yield meter.event(phase, step.value, this.#steps);
    }
  }

  /** The checkpoint of an epoch, and the best models that it replaces. */
  async *#keepEpoch(epoch: number, iteration: number, validation: SetFigures): Job<void> {
    const value = (metric: string) => Number(validation.metrics.get(metric) ?? NaN);
    const { network, optimizer: rule, scaler } = this.#state;
    const checkpoint = await checkpointOf(network, epoch);
    const optimizer = await optimizerCheckpointOf(network, rule, epoch, scaler);
    this.#context.device.check();
    // From here on the device may fail: the epoch is done.
    const improved = this.#best.improvedBy(value);
    await this.#request.writer.saveEpoch(checkpoint, optimizer, improved);
    for (const metric of improved) this.#bestEpochs.set(metric, epoch);
    if (improved.length > 0) {
      const split = this.#request.index;
      yield { kind: 'best', split, epoch, iteration, metrics: improved };
    }
  }

  /** Applies the best model of each metric to both sets, in the order of the last epoch. */
  async *#applyBestModels(lastEpoch: number): Job<void> {
    const { train, validation, writer } = this.#request;
    const results = new Map<number, Record<'train' | 'validation', ClassificationResults>>();
    for (const [metric, epoch] of this.#bestEpochs) {
      let both = results.get(epoch);
      if (both === undefined) {
        const checkpoint = await this.#request.readBest(metric);
        loadCheckpoint(this.#state.network, checkpoint, `best-${metric}`);
        both = {
          train: yield* this.#results('train', train, randperm(train.count, lastEpoch)),
          validation: yield* this.#results('validation', validation, upTo(validation.count)),
        };
        results.set(epoch, both);
      }
      await writer.writeResults(metric, 'train', both.train);
      await writer.writeResults(metric, 'validation', both.validation);
    }
  }

  async *#results(
    group: string,
    set: CapsElements,
    order: ArrayLike<number>,
  ): Job<ClassificationResults> {
    const { config, classes, caps } = this.#request;
    const phase = `Applying the best model to the ${group === 'train' ? 'training' : group} set`;
    const evaluation = yield* this.#evaluate(set, order, phase);
    const predictions: PartPrediction[] = predictionsOf(set, order, evaluation);
    return resultsOf({
      ...{ mode: set.mode, classes, partsPerImage: set.partsPerImage, predictions },
      ...{ lossSum: evaluation.lossSum, labelled: true, reference: predictions },
      ...{ selectionThreshold: config.selection_threshold ?? 0, seed: config.seed },
      description: {
        group,
        date: descriptionDate(this.#context.clock.now()),
        caps,
        ...set.headCount,
      },
    });
  }

  #skippedStep(epoch: number, iteration: number): string {
    const { scale, skipped } = this.#state.scaler?.state ?? {};
    return (
      `epoch ${epoch + 1}, batch ${iteration + 1}: a gradient was too large for half precision; ` +
      `the step was left out (${skipped} so far), the loss is now scaled by ${scale}.`
    );
  }

  async #writeLog(): Promise<void> {
    await this.#request.writer.writeTrainingLog(TRAINING_COLUMNS, this.#rows);
  }

  *#tellProblems(): Generator<{ kind: 'problem'; problem: Problem }, void, void> {
    for (const problem of this.#request.problems.splice(0)) yield { kind: 'problem', problem };
  }
}

function* told(message: string | undefined): Generator<LogEvent, void, void> {
  if (message !== undefined) yield { kind: 'log', message };
}

const TRAINING_COLUMNS = [...CLASSIFICATION_METRICS, 'loss'];

function eventFigures({ metrics, meanLoss }: SetFigures): EvaluationFigures {
  const numbers = [...metrics].map(([name, value]) => [name, Number(value)] as const);
  return {
    loss: Number(metrics.get('loss') ?? NaN),
    meanLoss,
    metrics: Object.fromEntries(numbers),
  };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
