/**
 * Trains one network on one split: epochs, evaluations, the best model of each selection metric,
 * learning rate and early stopping; saved at the end of each epoch, and within one now and then.
 * The same loop runs in the page's worker and on Node. It sees the training and validation sets of its
 * split, and no other.
 */
import { randperm } from '../../core/random/mt19937.ts';
import { trainEpoch } from '../../engine/train.ts';
import type { CheckpointSlots } from '../../core/maps/checkpoint-slots.ts';
import type { CapsElements } from '../data/elements.ts';
import type { Job, LogEvent } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { optimizerCheckpointOf } from '../shared/optimizer-checkpoint.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { checkpointOf } from '../shared/weights.ts';
import { compilePrograms } from './compile-programs.ts';
import { eventFigures, figuresOf, tellProblems, upTo, type SetFigures } from './evaluation.ts';
import { LoopState } from './loop-state.ts';
import { Recovery } from './recovery.ts';
import { readPoint, savePoint, type SavedTraining } from './resume-point.ts';
import { samplerOf, type Sampler } from './sampler.ts';
import { seedOf, stepsOf, type SplitRequest } from './split-request.ts';
import { steadily } from './steadily.ts';
import { StepProfiler } from './step-profiler.ts';
import { TrainingLog } from './training-log.ts';
import { TrainingState } from './training-state.ts';

/** A network whose models are in the MAPS. */
export interface TrainedNetwork {
  readonly request: SplitRequest;
  /** Epoch (0-based) that each selection metric chose. */
  readonly bestEpochs: ReadonlyMap<string, number>;
  readonly lastEpoch: number;
  /** Elements that the device was seen to hold at once. */
  readonly microBatchSize: number;
}

export async function* trainNetwork(
  request: SplitRequest,
  context: JobContext,
): Job<TrainedNetwork> {
  const training = new Training(request, context);
  try {
    return yield* training.run();
  } finally {
    training.dispose();
  }
}

class Training {
  readonly #request: SplitRequest;
  readonly #context: JobContext;
  readonly #recovery: Recovery;
  readonly #loop: LoopState;
  readonly #log: TrainingLog;
  readonly #sampler: Sampler;
  readonly #steps: readonly string[];
  readonly #slots: CheckpointSlots;
  /** Epochs that are done, and batches of the next one. */
  #done = { epoch: 0, batches: 0 };
  /** Whether the last epoch was the last. */
  #isOver = false;
  /** Whether gradients of accumulated batches are added up. */
  #isSummed: boolean;
  /** Of the clock, when the training was saved last, and how long that took: milliseconds. */
  #savedAt = 0;
  #saveCost = FIRST_COST;
  #profiler: StepProfiler | undefined;
  #state: TrainingState;

  constructor(request: SplitRequest, context: JobContext) {
    const { config, memory, task, writer, network, train } = request;
    this.#request = request;
    this.#context = context;
    this.#recovery = new Recovery(memory.microBatchSize, config.batch_size);
    this.#loop = new LoopState(config, task);
    const metrics = [...task.metricNames, 'loss'];
    const batches = Math.ceil(train.count / config.batch_size);
    this.#log = new TrainingLog({ writer, metrics, network, batches }, context.clock);
    this.#sampler = samplerOf({
      ...{ sampler: config.sampler, seed: seedOf(request), count: train.count },
      ...{ label: (index) => train.label(index), isContinuous: task.kind === 'regression' },
    });
    this.#steps = stepsOf(request);
    this.#slots = writer.slots(network);
    this.#isSummed = request.isSummed;
    this.#profiler = config.profiler ? new StepProfiler(context.device, writer) : undefined;
    this.#state = TrainingState.fresh(request, context);
  }

  dispose(): void {
    this.#profiler?.detach();
    this.#state.dispose();
  }

  async *run(): Job<TrainedNetwork> {
    if (this.#request.isResumed) yield* this.#resume();
    await this.#log.write(this.#loop.rows);
    this.#savedAt = this.#context.clock.elapsed();
    if (!this.#isOver) yield* this.#steadily(() => this.#compile());
    while (!this.#isOver) {
      yield* this.#steadily(() => this.#epoch(this.#done.epoch, this.#done.batches));
      this.#recovery.progress();
    }
    yield* told(await this.#profiler?.finish());
    const lastEpoch = this.#done.epoch - 1;
    const { microBatchSize } = this.#recovery;
    return {
      request: this.#request,
      bestEpochs: this.#loop.best.epochs,
      lastEpoch,
      microBatchSize,
    };
  }

  /** Does some work, and again from where it was saved when the device failed and may recover. */
  #steadily<Result>(work: () => Job<Result>): Job<Result> {
    return steadily(this.#context, this.#recovery, {
      ...{ work, steps: this.#steps, restore: () => this.#restore() },
      release: () => {
        // What it has seen went with the device.
        this.#profiler?.detach();
        this.#profiler = undefined;
        this.#state.dispose();
      },
    });
  }

  /** On a device opened anew: what was saved last. The loop knows its own part already. */
  async *#restore(): Job<void> {
    yield* this.#goOn(await readPoint(this.#slots));
    yield* this.#compile();
  }

  /** After an interruption, in another process or page. */
  async *#resume(): Job<void> {
    const saved = await readPoint(this.#slots);
    if (saved === undefined) return;
    const { loop, microBatchSize, isSummed } = saved.point;
    this.#loop.restore(loop);
    this.#loop.rows.push(...(await this.#request.readLog()));
    this.#log.resume(saved.point);
    this.#recovery.resume(microBatchSize);
    this.#isSummed = isSummed;
    this.#state.dispose();
    yield* this.#goOn(saved);
  }

  /** Makes the state on the device that was saved, or a fresh one. */
  async *#goOn(saved: SavedTraining | undefined): Job<void> {
    const { epoch, batches, rows, isOver } = saved?.point ?? START;
    this.#state =
      saved === undefined
        ? TrainingState.fresh(this.#request, this.#context)
        : TrainingState.saved(this.#request, this.#context, saved);
    this.#done = { epoch, batches };
    this.#isOver = isOver;
    this.#loop.rows.length = Math.min(rows, this.#loop.rows.length);
    yield { kind: 'restart', ...this.#place, epoch, batches };
  }

  #compile(): Job<void> {
    const { microBatchSize } = this.#recovery;
    return compilePrograms(this.#request, this.#state, microBatchSize, this.#context);
  }

  /** @param done - batches of it that are done already */
  async *#epoch(epoch: number, done: number): Job<void> {
    const { config, train, loss } = this.#request;
    const { device, signal, clock } = this.#context;
    const { plateau } = this.#loop;
    if (plateau !== undefined) this.#state.optimizer.learningRate = plateau.learningRate;
    const batchCount = Math.ceil(train.count / config.batch_size);
    const last = batchCount - 1;
    const meter = new ProgressMeter(clock, 'batches', batchCount, done);
    const steps = [...this.#steps, `epoch ${epoch + 1} of ${config.epochs}`];
    yield meter.event('Training', done, steps);
    let evaluated: { iteration: number; validation: SetFigures } | undefined;
    let saveAfter: number | undefined;
    const isEvaluated = (iteration: number) => {
      return config.evaluation_steps > 0 && (iteration + 1) % config.evaluation_steps === 0;
    };
    const pausesAfter = (iteration: number) => {
      const isFree = !config.amp || (iteration + 1) % HALF_PAUSE === 0;
      if (isFree && iteration < last && this.#isSaveDue(iteration)) saveAfter = iteration;
      return saveAfter === iteration || isEvaluated(iteration) || (config.amp && isFree);
    };
    const epochSteps = trainEpoch({
      ...{ device, signal, epoch, order: this.#sampler(epoch), source: train },
      ...{ ...this.#state, loss },
      ...{ seed: seedOf(this.#request), batchSize: config.batch_size },
      ...{ microBatchSize: this.#recovery.microBatchSize },
      ...{ accumulationSteps: config.accumulation_steps, isSummed: this.#isSummed },
      ...{ done, pausesAfter },
    });
    for await (const { iteration, loss, updated, skipped } of epochSteps) {
      yield* tellProblems(this.#request);
      if (skipped) yield { kind: 'log', message: this.#skippedStep(epoch, iteration) };
      yield { kind: 'batch', ...this.#place, epoch, iteration, loss };
      yield* told(await this.#profiler?.afterBatch());
      yield meter.event('Training', iteration + 1, steps);
      if (isEvaluated(iteration) && updated) {
        evaluated = { iteration, validation: yield* this.#evaluateBoth(epoch, iteration) };
      }
      if (saveAfter === iteration) await this.#save({ epoch, batches: iteration + 1 });
    }
    const validation =
      evaluated?.iteration === last ? evaluated.validation : yield* this.#evaluateBoth(epoch, last);
    yield* this.#keepEpoch(epoch, last, validation);
  }

  /** Within an epoch; only after a step, so that no gradients are left over. */
  #isSaveDue(iteration: number): boolean {
    const { config, checkpointSeconds } = this.#request;
    if ((iteration + 1) % config.accumulation_steps !== 0) return false;
    const wait =
      checkpointSeconds === undefined ? this.#saveCost / SHARE : 1000 * checkpointSeconds;
    return this.#context.clock.elapsed() - this.#savedAt >= wait;
  }

  /** @param checkpoints - made already at the end of an epoch */
  async #save(
    done: { readonly epoch: number; readonly batches: number },
    checkpoints?: Omit<SavedTraining, 'point'>,
  ): Promise<void> {
    const { network, optimizer, scaler } = this.#state;
    const { clock } = this.#context;
    const start = clock.elapsed();
    const made = checkpoints ?? {
      model: await checkpointOf(network, done.epoch),
      optimizer: await optimizerCheckpointOf(network, optimizer, done.epoch, scaler),
    };
    if (checkpoints === undefined) this.#context.device.check();
    const { snapshot, rows } = this.#loop;
    await savePoint(this.#slots, {
      ...made,
      point: {
        ...{ ...done, isOver: this.#isOver, rows: rows.length, loop: snapshot },
        ...{ seconds: this.#log.seconds, date: this.#log.date },
        ...{ microBatchSize: this.#recovery.microBatchSize, isSummed: this.#isSummed },
        skipped: scaler?.state.skipped ?? 0,
      },
    });
    this.#done = done;
    this.#savedAt = clock.elapsed();
    this.#saveCost = this.#savedAt - start;
  }

  /** Evaluates training and validation sets and adds the row of training.tsv. */
  async *#evaluateBoth(epoch: number, iteration: number): Job<SetFigures> {
    const { validation: validationSet, train: trainSet } = this.#request;
    const figures = (set: CapsElements, order: ArrayLike<number>, what: string) => {
      const { network } = this.#state;
      const { microBatchSize } = this.#recovery;
      const phase = `Evaluating the ${what}`;
      const of = { request: this.#request, network, microBatchSize, set, order, phase };
      return figuresOf(of, this.#context);
    };
    // In the order of a random sampler, whichever there is: a weighted one leaves sessions out.
    const order = randperm(trainSet.count, epoch);
    const train = yield* figures(trainSet, order, 'training set');
    const validation = yield* figures(validationSet, upTo(validationSet.count), 'validation set');
    const time = this.#log.seconds;
    this.#loop.rows.push({
      ...{ epoch, iteration, time },
      ...{ train: train.metrics, validation: validation.metrics },
    });
    await this.#log.write(this.#loop.rows);
    yield {
      ...{ kind: 'evaluation', ...this.#place, epoch, iteration, seconds: time },
      ...{ train: eventFigures(train), validation: eventFigures(validation) },
    };
    return validation;
  }

  /** The checkpoint of an epoch, and the best models that it replaces. */
  async *#keepEpoch(epoch: number, iteration: number, validation: SetFigures): Job<void> {
    const { writer, config, network: number } = this.#request;
    const { plateau, stopping, best } = this.#loop;
    const value = (metric: string) => Number(validation.metrics.get(metric) ?? NaN);
    const { network, optimizer: rule, scaler } = this.#state;
    const checkpoint = await checkpointOf(network, epoch);
    const optimizer = await optimizerCheckpointOf(network, rule, epoch, scaler);
    this.#context.device.check();
    // From here on the device may fail: the epoch is done.
    const improved = best.improvedBy(epoch, value);
    const isLowered = plateau?.step(value('loss')) === true;
    const isStopped = stopping.shouldStop(validation.meanLoss);
    const left = config.epochs - epoch - 1;
    this.#isOver = isStopped || left === 0;
    await writer.saveEpoch(checkpoint, optimizer, improved, number);
    if (config.save_all_models) await writer.saveEpochModel(checkpoint, number);
    await this.#save({ epoch: epoch + 1, batches: 0 }, { model: checkpoint, optimizer });
    if (improved.length > 0) {
      yield { kind: 'best', ...this.#place, epoch, iteration, metrics: improved };
    }
    if (isLowered) {
      const rate = plateau?.learningRate;
      yield { kind: 'log', message: `The learning rate is ${rate} from here on.` };
    }
    if (isStopped && left > 0) {
      yield { kind: 'log', message: `Stopped early; ${left} epochs were left.` };
    }
  }

  /** Of an event. */
  get #place() {
    const { index: split, network } = this.#request;
    return network === undefined ? { split } : { split, network };
  }

  #skippedStep(epoch: number, iteration: number): string {
    const { scale, skipped } = this.#state.scaler?.state ?? {};
    return (
      `epoch ${epoch + 1}, batch ${iteration + 1}: a gradient was too large for half precision; ` +
      `the step was left out (${skipped} so far), the loss is now scaled by ${scale}.`
    );
  }
}

/** Of the time that a training takes, what it may take to save it within epochs. */
const SHARE = 0.05;
/** What saving costs before anybody knows, in milliseconds. */
const FIRST_COST = 1000;
/**
 * In half precision the scale of the loss follows from losses that are read late. Only here are all
 * of them read, whether the training is saved or not: no bit depends on when it is.
 */
const HALF_PAUSE = 16;

const START = { epoch: 0, batches: 0, rows: 0, isOver: false };

function* told(message: string | undefined): Generator<LogEvent, void, void> {
  if (message !== undefined) yield { kind: 'log', message };
}
