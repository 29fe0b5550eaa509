/**
 * A training that ClinicaDL has left unfinished, or Capsule without a whole slot: in `tmp/` stand the
 * weights and the optimizer of its last whole epoch, and nothing else of what the loop knew. That epoch
 * is evaluated again, and the training goes on with the next one. (ClinicaDL 1.6.1 trains the epoch
 * once more and forgets best models, scheduler and early stopping.) What was known before it follows
 * from training.tsv where each epoch has a row of its end; else the best models are evaluated.
 */
import { CapsuleError } from '../../core/errors.ts';
import type { TrainingRow } from '../../core/maps/tables.ts';
import type { Checkpoint, OptimizerCheckpoint } from '../../core/torch/checkpoint.ts';
import { Network } from '../../engine/networks/network.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { loadCheckpoint } from '../shared/weights.ts';
import { batchesOfEpoch } from './adaptation.ts';
import { figuresOf, upTo, type SetFigures } from './evaluation.ts';
import type { LoopState } from './loop-state.ts';
import type { BestState } from './selection.ts';
import { stepsOf, type SplitRequest } from './split-request.ts';

export interface LeftBehind {
  readonly model: Checkpoint;
  readonly optimizer: OptimizerCheckpoint;
  /** Of training.tsv, without the end of the last epoch, which is evaluated again. */
  readonly rows: readonly TrainingRow[];
}

const ANEW =
  'To train this split anew, remove its folder "tmp" and its folders "best-*". To keep what it has, finish it with the ClinicaDL that began it.';

/**
 * @returns undefined where there is nothing that a training could go on from
 * @throws CapsuleError of files that cannot be read, MAPS_DAMAGED where they are of two epochs
 */
export async function readLeftBehind(request: SplitRequest): Promise<LeftBehind | undefined> {
  // Of a domain adaptation two networks would have to be told apart.
  if (request.adaptation !== undefined) return undefined;
  const left = await orAnew(request, () => request.readTemporary());
  if (left === undefined) return undefined;
  const { model, optimizer } = left;
  if (model.epoch !== optimizer.epoch) {
    throw new CapsuleError('MAPS_DAMAGED', {
      ...{ steps: stepsOf(request), action: ANEW },
      expected: 'weights and optimizer of one epoch in tmp/',
      found: `epochs ${model.epoch} and ${optimizer.epoch}`,
    });
  }
  const last = batchesOfEpoch(request) - 1;
  const rows = (await request.readLog()).filter(({ epoch, iteration }) => {
    return epoch < model.epoch || (epoch === model.epoch && iteration < last);
  });
  return { ...left, rows };
}

/** Does some work with what was left; a failure says what can be done. */
export async function orAnew<Result>(
  request: SplitRequest,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof CapsuleError)) throw thrown;
    const problem = { ...thrown.problem, steps: stepsOf(request), action: ANEW };
    throw new CapsuleError(thrown.code, problem, { cause: thrown });
  }
}

/**
 * What the loop knew before the last epoch, as far as it can be known.
 * @param learningRate - of the optimizer
 */
export async function* restoreLoop(
  loop: LoopState,
  request: SplitRequest,
  { model, rows }: LeftBehind,
  learningRate: number,
  context: JobContext,
): Job<void> {
  loop.rows.push(...rows);
  const message = `Goes on after epoch ${model.epoch + 1}, from the checkpoint in tmp/; that epoch is evaluated again.`;
  yield { kind: 'log', message };
  if (replay(loop, request, rows, model.epoch)) return;
  loop.best.state = yield* evaluateBest(request, model.epoch, context);
  const { plateau } = loop;
  if (plateau !== undefined) plateau.state = { ...plateau.state, learningRate };
  const { config } = request;
  const restarted = [
    ...(config.patience > 0 ? ['early stopping'] : []),
    ...(plateau === undefined ? [] : ['the scheduler of the learning rate']),
    ...(config.amp ? ['the scale of the loss'] : []),
  ];
  if (restarted.length === 0) return;
  const what = `${restarted.join(' and ')} begin${restarted.length === 1 ? 's' : ''} anew`;
  yield { kind: 'log', message: `training.tsv does not tell of every epoch: ${what}.` };
}

/** @returns whether training.tsv had the end of each epoch before `epoch` */
function replay(
  loop: LoopState,
  { validation, config, ...request }: SplitRequest,
  rows: readonly TrainingRow[],
  epoch: number,
): boolean {
  const last = batchesOfEpoch({ ...request, config }) - 1;
  const ends = upTo(epoch).map((wanted) => {
    return rows.find((row) => row.epoch === wanted && row.iteration === last);
  });
  if (ends.includes(undefined)) return false;
  const batches = Math.ceil(validation.count / config.batch_size);
  for (const [index, row] of ends.entries()) {
    const value = (metric: string) => Number(row?.validation.get(metric) ?? NaN);
    loop.best.improvedBy(index, value);
    loop.plateau?.step(value('loss'));
    loop.stopping.shouldStop(value('loss') / batches);
  }
  return true;
}

/** The best models of earlier epochs; one of this epoch shows itself when it is evaluated. */
async function* evaluateBest(
  request: SplitRequest,
  epoch: number,
  context: JobContext,
): Job<BestState> {
  const best: BestState[number][] = [];
  const known = new Map<number, SetFigures>();
  for (const metric of request.config.selection_metrics) {
    const checkpoint = await request.readBest(metric).catch((error: unknown) => {
      // Interrupted before the first one was copied.
      if (error instanceof CapsuleError && error.code === 'FILE_NOT_FOUND') return undefined;
      throw error;
    });
    if (checkpoint === undefined || checkpoint.epoch >= epoch) continue;
    const figures =
      known.get(checkpoint.epoch) ?? (yield* evaluateModel(request, checkpoint, context));
    known.set(checkpoint.epoch, figures);
    const value = Number(figures.metrics.get(metric) ?? NaN);
    best.push({ metric, value, epoch: checkpoint.epoch });
  }
  return best;
}

async function* evaluateModel(
  request: SplitRequest,
  checkpoint: Checkpoint,
  context: JobContext,
): Job<SetFigures> {
  const { plan, config, memory, validation: set } = request;
  const precision = config.amp ? 'half' : 'f32';
  const network = new Network(plan, config.seed, { precision });
  try {
    loadCheckpoint(network, checkpoint, 'model.pth.tar');
    const phase = 'Evaluating the best model so far';
    const { microBatchSize } = memory;
    const of = { request, network, microBatchSize, set, order: upTo(set.count), phase };
    return yield* figuresOf(of, context);
  } finally {
    network.dispose();
  }
}
