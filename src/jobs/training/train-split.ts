/**
 * Trains one network on one split: epochs, evaluations, the best model of each selection metric,
 * learning rate and early stopping; saved at the end of each epoch, and within one now and then.
 * The same loop runs in the page's worker and on Node. It sees the training and validation sets of its
 * split, and no other.
 */
import type { CheckpointSlots } from '../../core/maps/checkpoint-slots.ts';
import { targetView } from '../../engine/networks/target-head.ts';
import { trainEpoch } from '../../engine/train.ts';
import { TRAINING, type Job, type LogEvent } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { optimizerCheckpointOf } from '../shared/optimizer-checkpoint.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { checkpointOf } from '../shared/weights.ts';
import { batchesOfEpoch, setsOfEpoch } from './adaptation.ts';
import { compilePrograms } from './compile-programs.ts';
import { figuresOfBoth, rowOf, tellProblems, toldFigures, type SetFigures } from './evaluation.ts';
import { orAnew, readLeftBehind, restoreLoop } from './left-behind.ts';
import { LoopState } from './loop-state.ts';
import { Recovery } from './recovery.ts';
import { readPoint, savePoint, type SavedTraining } from './resume-point.ts';
import { samplerOf, type Sampler } from './sampler.ts';
import { seedOf, stepsOf, type SplitRequest } from './split-request.ts';
import { steadily } from './steadily.ts';
import { StepProfiler } from './step-profiler.ts';
import { TrainingLog } from './training-log.ts';
import { TrainingState } from './training-state.ts';
import { Unsaved } from './unsaved.ts';

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
  #loop: LoopState;
  readonly #log: TrainingLog;
  readonly #sampler: Sampler;
  readonly #steps: readonly string[];
  readonly #slots: CheckpointSlots;
  readonly #unsaved: Unsaved;
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
    const hasTarget = request.adaptation !== undefined;
    const batches = batchesOfEpoch(request);
    this.#log = new TrainingLog({ writer, metrics, network, batches, hasTarget }, context.clock);
    this.#sampler = samplerOf({
      ...{ sampler: config.sampler, seed: seedOf(request), count: train.count },
      ...{ label: (index) => train.label(index), isContinuous: task.kind === 'regression' },
    });
    this.#steps = stepsOf(request);
    this.#slots = writer.slots(network);
    this.#unsaved = new Unsaved(this.#steps);
    this.#isSummed = request.isSummed;
    this.#profiler = config.profiler ? new StepProfiler(context.device, writer) : undefined;
    this.#state = TrainingState.fresh(request, context);
  }

  dispose(): void {
    this.#profiler?.detach();
    this.#state.dispose();
  }

  async *run(): Job<TrainedNetwork> {
    const left = this.#request.isResumed ? yield* this.#resume() : undefined;
    await this.#log.write(this.#loop.rows, this.#loop.targetRows);
    this.#savedAt = this.#context.clock.elapsed();
    if (left !== undefined) yield* this.#endEpoch(left);
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

  /** On a device opened anew: what was saved last, which may be epochs ago where there was no room. */
  async *#restore(): Job<void> {
    const saved = await readPoint(this.#slots);
    const { config, task } = this.#request;
    if (saved === undefined) this.#loop = new LoopState(config, task);
    else this.#loop.restore(saved.point.loop);
    yield* this.#goOn(saved);
    yield* this.#compile();
  }

  /**
   * After an interruption, in another process or page.
   * @returns an epoch that is trained and not evaluated
   */
  async *#resume(): Job<number | undefined> {
    const saved = await readPoint(this.#slots);
    if (saved === undefined) return yield* this.#takeOver();
    const { loop, microBatchSize, isSummed } = saved.point;
    this.#loop.restore(loop);
    this.#loop.rows.push(...(await this.#request.readLog()));
    if (this.#request.adaptation !== undefined) {
      this.#loop.targetRows.push(...(await this.#request.readTargetLog()));
    }
    this.#log.resume(saved.point);
    this.#recovery.resume(microBatchSize);
    this.#isSummed = isSummed;
    this.#state.dispose();
    yield* this.#goOn(saved);
    return undefined;
  }

  /** From what ClinicaDL leaves: see left-behind.ts. */
  async *#takeOver(): Job<number | undefined> {
    const left = await readLeftBehind(this.#request);
    if (left === undefined) return undefined;
    this.#state.dispose();
    this.#state = await orAnew(this.#request, () =>
      TrainingState.saved(this.#request, this.#context, { ...left, point: { skipped: 0 } }),
    );
    const { learningRate } = this.#state.optimizer;
    yield* restoreLoop(this.#loop, this.#request, left, learningRate, this.#context);
    const seconds = left.rows.at(-1)?.time ?? 0;
    this.#log.resume({ seconds, date: this.#context.clock.now() / 1000 - seconds });
    const { epoch } = left.model;
    if (epoch + 1 < this.#request.config.epochs) {
      yield { kind: 'restart', ...this.#place, epoch: epoch + 1, batches: 0 };
    }
    return epoch;
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
    this.#loop.keepRows(rows);
    yield { kind: 'restart', ...this.#place, epoch, batches };
  }

  #compile(): Job<void> {
    const { microBatchSize } = this.#recovery;
    return compilePrograms(this.#request, this.#state, microBatchSize, this.#context);
  }

  /** @param done - batches of it that are done already */
  async *#epoch(epoch: number, done: number): Job<void> {
    const { config, train } = this.#request;
    const { device, signal, clock, onlooker } = this.#context;
    const { plateau } = this.#loop;
    if (plateau !== undefined) this.#state.optimizer.learningRate = plateau.learningRate;
    const batchCount = batchesOfEpoch(this.#request);
    const last = batchCount - 1;
    const meter = new ProgressMeter(clock, 'batches', batchCount, done);
    const steps = [...this.#steps, `epoch ${epoch + 1} of ${config.epochs}`];
    yield meter.event(TRAINING, done, steps);
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
    const watched = { device, set: train, task: this.#request.task, ...this.#place, epoch };
    const epochSteps = trainEpoch({
      ...{ device, signal, epoch, source: train, ...this.#state },
      ...setsOfEpoch(this.#request, this.#sampler, epoch),
      ...{ seed: seedOf(this.#request), batchSize: config.batch_size },
      ...{ microBatchSize: this.#recovery.microBatchSize },
      ...{ accumulationSteps: config.accumulation_steps, isSummed: this.#isSummed },
      ...{ done, pausesAfter, onBatch: (part) => onlooker?.onBatch(part, watched) },
    });
    for await (const { iteration, loss, updated, skipped } of epochSteps) {
      yield* tellProblems(this.#request);
      if (skipped) yield { kind: 'log', message: this.#skippedStep(epoch, iteration) };
      yield { kind: 'batch', ...this.#place, epoch, iteration, loss };
      yield* told(await this.#profiler?.afterBatch());
      yield meter.event(TRAINING, iteration + 1, steps);
      if (isEvaluated(iteration) && updated) {
        evaluated = { iteration, validation: yield* this.#evaluateBoth(epoch, iteration) };
      }
      if (saveAfter === iteration) {
        const point = { epoch, batches: iteration + 1 };
        yield* this.#savePoint(point, () => this.#save(point));
      }
    }
    yield* this.#endEpoch(epoch, evaluated?.iteration === last ? evaluated.validation : undefined);
  }

  /** @param known - of the validation set, where it was evaluated after the last batch */
  async *#endEpoch(epoch: number, known?: SetFigures): Job<void> {
    const last = batchesOfEpoch(this.#request) - 1;
    const validation = known ?? (yield* this.#evaluateBoth(epoch, last));
    yield* this.#keepEpoch(epoch, last, validation);
  }

  /** Within an epoch; only after a step, so that no gradients are left over. */
  #isSaveDue(iteration: number): boolean {
    const { config, checkpointSeconds } = this.#request;
    if ((iteration + 1) % config.accumulation_steps !== 0) return false;
    if (this.#context.onlooker?.wantsPause === true) return true;
    const wait =
      checkpointSeconds === undefined ? this.#saveCost / SHARE : 1000 * checkpointSeconds;
    return this.#context.clock.elapsed() - this.#savedAt >= wait;
  }

  /** Saves, if there is room, and tells it. */
  async *#savePoint(
    point: { readonly epoch: number; readonly batches: number },
    save: () => Promise<boolean>,
  ): Job<void> {
    let isSaved = false;
    yield* this.#unsaved.attempt(async () => (isSaved = await save()));
    yield { kind: 'save-point', ...this.#place, ...point, isSaved };
  }

  /** @param checkpoints - made already at the end of an epoch */
  async #save(
    done: { readonly epoch: number; readonly batches: number },
    checkpoints?: Omit<SavedTraining, 'point'>,
  ): Promise<true> {
    const { network, optimizer, scaler } = this.#state;
    const { clock } = this.#context;
    const start = clock.elapsed();
    const made = checkpoints ?? {
      model: await checkpointOf(network, done.epoch),
      optimizer: await optimizerCheckpointOf(network, optimizer, done.epoch, scaler),
    };
    if (checkpoints === undefined) this.#context.device.check();
    const { snapshot, rows } = this.#loop;
    this.#done = done;
    const saved = savePoint(this.#slots, {
      ...made,
      point: {
        ...{ ...done, isOver: this.#isOver, rows: rows.length, loop: snapshot },
        ...{ seconds: this.#log.seconds, date: this.#log.date },
        ...{ microBatchSize: this.#recovery.microBatchSize, isSummed: this.#isSummed },
        skipped: scaler?.state.skipped ?? 0,
      },
    });
    await saved.finally(() => {
      this.#savedAt = clock.elapsed();
      this.#saveCost = this.#savedAt - start;
    });
    return true;
  }

  /**
   * Evaluates training and validation sets and adds the row of training.tsv; those of the target too.
   * @returns figures of the validation set that models are chosen by
   */
  async *#evaluateBoth(epoch: number, iteration: number): Job<SetFigures> {
    const { adaptation } = this.#request;
    const { network } = this.#state;
    const { rows, targetRows } = this.#loop;
    const { microBatchSize } = this.#recovery;
    await this.#context.onlooker?.afterSteps(this.#context.device);
    const how = { request: this.#request, microBatchSize, epoch };
    const source = yield* figuresOfBoth({ ...how, network, sets: this.#request }, this.#context);
    const ofTarget = { ...how, network: targetView(network), of: ' of the target' };
    const target =
      adaptation && (yield* figuresOfBoth({ ...ofTarget, sets: adaptation }, this.#context));
    const place = { epoch, iteration, time: this.#log.seconds };
    rows.push(rowOf(place, source));
    if (target !== undefined) targetRows.push(rowOf(place, target));
    await this.#log.write(rows, targetRows);
    yield {
      ...{ kind: 'evaluation', ...this.#place, epoch, iteration, seconds: place.time },
      ...toldFigures(source),
      ...(target && { target: toldFigures(target) }),
    };
    return (target ?? source).validation;
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
    const isSaved = await writer.saveEpoch(checkpoint, optimizer, improved, number);
    if (config.save_all_models) await writer.saveEpochModel(checkpoint, number);
    const done = { epoch: epoch + 1, batches: 0 };
    const made = { model: checkpoint, optimizer };
    yield* this.#savePoint(done, async () => (await this.#save(done, made)) && isSaved);
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
