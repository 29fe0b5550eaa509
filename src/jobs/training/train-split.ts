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
import { Network, type NetworkPlan } from '../../engine/networks/network.ts';
import { Adam } from '../../engine/optimizers/adam.ts';
import { LossScaler } from '../../engine/optimizers/loss-scaler.ts';
import { trainEpoch } from '../../engine/train.ts';
import type { CapsElements } from '../data/elements.ts';
import type { EvaluationFigures, Job, LogEvent } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { descriptionDate } from '../shared/dates.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { predictionsOf, resultsOf, trainingMetrics } from '../shared/results.ts';
import { checkpointOf, loadCheckpoint, optimizerCheckpointOf } from '../shared/weights.ts';
import { EarlyStopping } from './early-stopping.ts';
import { BestModels } from './selection.ts';
import { StepProfiler } from './step-profiler.ts';

export interface SplitRequest {
  readonly index: number;
  readonly config: Config;
  readonly plan: NetworkPlan;
  readonly classes: number;
  readonly train: CapsElements;
  readonly validation: CapsElements;
  readonly writer: SplitWriter;
  /** As description.log names it. */
  readonly capsDirectory: string;
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
  const { amp, learning_rate, seed, weight_decay } = request.config;
  const network = new Network(request.plan, seed, amp ? 'half' : 'f32');
  const optimizer = new Adam(learning_rate, weight_decay);
  const profiler = request.config.profiler
    ? new StepProfiler(context.device, request.writer)
    : undefined;
  try {
    if (request.start !== undefined) {
      loadCheckpoint(network, request.start.checkpoint, request.start.file);
    }
    return yield* new SplitTraining(request, context, network, optimizer, profiler).run();
  } finally {
    profiler?.detach();
    network.dispose();
    optimizer.dispose();
  }
}

class SplitTraining {
  readonly #request: SplitRequest;
  readonly #context: JobContext;
  readonly #network: Network;
  readonly #optimizer: Adam;
  readonly #scaler: LossScaler | undefined;
  readonly #profiler: StepProfiler | undefined;
  readonly #best: BestModels;
  readonly #rows: TrainingRow[] = [];
  readonly #bestEpochs = new Map<string, number>();
  readonly #steps: readonly string[];
  #start = 0;

  constructor(
    request: SplitRequest,
    context: JobContext,
    network: Network,
    optimizer: Adam,
    profiler: StepProfiler | undefined,
  ) {
    this.#request = request;
    this.#context = context;
    this.#network = network;
    this.#optimizer = optimizer;
    this.#profiler = profiler;
    this.#scaler = isScaled(request, context) ? new LossScaler() : undefined;
    this.#best = new BestModels(request.config.selection_metrics);
    this.#steps = [`split-${request.index}`];
  }

  async *run(): Job<Record<string, number>> {
    const { config, writer } = this.#request;
    const stopping = new EarlyStopping(config.patience, config.tolerance);
    this.#start = this.#context.clock.elapsed();
    await this.#writeLog();
    let epoch = 0;
    for (; epoch < config.epochs; epoch++) {
      const validation = yield* this.#epoch(epoch);
      if (stopping.shouldStop(validation.meanLoss)) {
        const left = config.epochs - epoch - 1;
        if (left > 0) yield { kind: 'log', message: `Stopped early; ${left} epochs were left.` };
        break;
      }
    }
    yield* told(await this.#profiler?.finish());
    const lastEpoch = Math.min(epoch, config.epochs - 1);
    yield* this.#applyBestModels(lastEpoch);
    await writer.finish(this.#best.metrics);
    return Object.fromEntries(this.#bestEpochs);
  }

  async *#epoch(epoch: number): Job<SetFigures> {
    const { config, train, index } = this.#request;
    const { device, signal, clock } = this.#context;
    const order = randperm(train.count, epoch);
    const batchCount = Math.ceil(train.count / config.batch_size);
    const meter = new ProgressMeter(clock, 'batches', batchCount);
    const steps = [...this.#steps, `epoch ${epoch + 1} of ${config.epochs}`];
    const first = epoch === 0 ? 'Preparing GPU programs and first batch' : 'Training';
    yield meter.event(first, 0, steps);
    let evaluated: { iteration: number; validation: SetFigures } | undefined;
    const epochSteps = trainEpoch({
      ...{ device, signal, epoch, order, source: train },
      ...{ network: this.#network, optimizer: this.#optimizer, seed: config.seed },
      ...{ batchSize: config.batch_size, accumulationSteps: config.accumulation_steps },
      scaler: this.#scaler,
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
    const batchSize = this.#request.config.batch_size;
    const network = this.#network;
    const evaluation = evaluate({ device, network, source: set, order, batchSize, signal });
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
    const improved = this.#best.improvedBy(value);
    const checkpoint = await checkpointOf(this.#network, epoch);
    const optimizer = await optimizerCheckpointOf(
      this.#network,
      this.#optimizer,
      epoch,
      this.#scaler,
    );
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
        loadCheckpoint(this.#network, checkpoint, `best-${metric}`);
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
    const { config, classes, capsDirectory } = this.#request;
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
        caps: new Map([['single', capsDirectory]]),
        ...set.headCount,
      },
    });
  }

  #skippedStep(epoch: number, iteration: number): string {
    const { scale, skipped } = this.#scaler?.state ?? {};
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

/** Only blocks in three dimensions are kept in halves, and only by our kernels. */
function isScaled({ config, plan }: SplitRequest, { device }: JobContext): boolean {
  return config.amp && plan.inputShape.length === 4 && device.report.kind !== 'none';
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
