/**
 * Where a training stands, kept in one of two slots: weights, optimizer and loss scale as PyTorch
 * saves them, and beside them all that the loop knows. From seed, epoch and batch follow the order of
 * the sessions and every draw, so a training that goes on from here computes what it would have
 * computed, bit for bit on the same device.
 */
import * as v from 'valibot';
import { CapsuleError } from '../../core/errors.ts';
import type { CheckpointSlots } from '../../core/maps/checkpoint-slots.ts';
import {
  checkpointBytes,
  optimizerCheckpointBytes,
  readCheckpoint,
  readOptimizerCheckpoint,
  type Checkpoint,
  type OptimizerCheckpoint,
} from '../../core/torch/checkpoint.ts';
import type { LoopSnapshot } from './loop-state.ts';

const MODEL = 'checkpoint.pth.tar';
const OPTIMIZER = 'optimizer.pth.tar';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** JSON has no infinity: a number that is none yet is null. */
const unbounded = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Infinity),
);

const POINT = v.object({
  ...{ epoch: count, batches: count, isOver: v.boolean(), rows: count },
  ...{ seconds: v.number(), date: v.number(), skipped: count, isSummed: v.boolean() },
  microBatchSize: v.pipe(count, v.minValue(1)),
  loop: v.object({
    best: v.array(v.object({ metric: v.string(), value: v.number(), epoch: count })),
    stopping: v.object({ best: v.optional(v.number()), worse: count }),
    plateau: v.optional(v.object({ learningRate: v.number(), best: unbounded, worse: count })),
  }),
});

/** Plain data. */
export interface ResumePoint {
  /** Epochs that are done. */
  readonly epoch: number;
  /** Batches of the next one that are done, the last of them followed by a step. */
  readonly batches: number;
  /** Whether the last epoch was the last: only the best models are still to be applied. */
  readonly isOver: boolean;
  /** Rows of training.tsv that belong to it. */
  readonly rows: number;
  /** How long the training took until here. */
  readonly seconds: number;
  /** When it began, in seconds since 1970. */
  readonly date: number;
  /** Elements that went through the network at once. */
  readonly microBatchSize: number;
  /** Steps that half precision left out. */
  readonly skipped: number;
  /** Whether gradients of accumulated batches are added up. */
  readonly isSummed: boolean;
  readonly loop: LoopSnapshot;
}

export interface SavedTraining {
  readonly point: ResumePoint;
  readonly model: Checkpoint;
  readonly optimizer: OptimizerCheckpoint;
}

export async function savePoint(
  slots: CheckpointSlots,
  { point, model, optimizer }: SavedTraining,
): Promise<void> {
  await slots.save(point, {
    [MODEL]: checkpointBytes(model),
    [OPTIMIZER]: optimizerCheckpointBytes(optimizer),
  });
}

/**
 * @returns where a training stands, for showing it: its weights are not read; undefined where
 * nothing was saved
 */
export async function readPlace(slots: CheckpointSlots): Promise<ResumePoint | undefined> {
  const state = await slots.state();
  return state === undefined ? undefined : pointOf(state, MODEL);
}

/**
 * @returns undefined where nothing whole was saved
 * @throws CapsuleError MAPS_DAMAGED, TORCH_FORMAT for what no training of Capsule has written
 */
export async function readPoint(slots: CheckpointSlots): Promise<SavedTraining | undefined> {
  const saved = await slots.newest();
  if (saved === undefined) return undefined;
  const [modelFile, optimizerFile] = await Promise.all([saved.file(MODEL), saved.file(OPTIMIZER)]);
  const point = pointOf(saved.state, modelFile.path);
  return {
    point,
    model: readCheckpoint(await modelFile.bytes(), modelFile.path),
    optimizer: readOptimizerCheckpoint(await optimizerFile.bytes(), optimizerFile.path),
  };
}

/**
 * @param model - path of the weights beside the manifest
 * @throws CapsuleError MAPS_DAMAGED
 */
function pointOf(state: unknown, model: string): ResumePoint {
  const found = v.safeParse(POINT, state);
  if (!found.success) {
    throw new CapsuleError('MAPS_DAMAGED', {
      file: model.replace(MODEL, 'manifest.json'),
      expected: 'where a training stands',
      found: found.issues[0].message,
    });
  }
  const { loop, ...place } = found.output;
  const { best, stopping, plateau } = loop;
  const known = { best: stopping.best, worse: stopping.worse };
  return { ...place, loop: { best, stopping: known, plateau } };
}
