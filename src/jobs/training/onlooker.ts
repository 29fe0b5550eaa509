/**
 * Someone who looks on while networks are trained: may want a pause, see what the network is given, and
 * time its programs. Nothing of it changes a number; the training only waits where it says so.
 */
import type { Batch } from '../../engine/data/batches.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import type { CapsElements } from '../data/elements.ts';
import type { Task } from '../shared/task.ts';

export interface Onlooker {
  /** A pause is wanted: the training is saved as soon as it can be, and tells it as a save point. */
  readonly wantsPause: boolean;
  /** What goes through the network next, which waits for the answer where there is one. */
  onBatch(part: Batch, of: WatchedEpoch): Promise<void> | undefined;
  /** The steps of an epoch are done: what the device does next is none. */
  afterSteps(device: EngineDevice): Promise<void>;
}

/** What a batch is a part of. */
export interface WatchedEpoch {
  readonly device: EngineDevice;
  readonly set: CapsElements;
  readonly task: Task;
  readonly split: number;
  readonly network?: number;
  readonly epoch: number;
}
