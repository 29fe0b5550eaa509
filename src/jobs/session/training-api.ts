/** What the page asks of a training before and while it runs. Plain data; see session-api.ts. */
import type { Problem } from '../../core/errors.ts';
import type { Plane } from '../../core/picture/plane.ts';
import type { KernelProfile } from '../../engine/profiler/profile.ts';
import type { ExperimentChoice, OnEvent } from '../session-api.ts';

/** Seconds that a training is expected to take, from what its steps took. */
export interface RunTime {
  readonly epoch: number;
  /** One split, with the tables that are written at its end. */
  readonly split: number;
  /** Reading every scan once, before the first epoch. */
  readonly reading: number;
  readonly whole: number;
}

/** What some steps on real scans have shown. */
export interface ProbeResult {
  /** Whether a step could be done, in parts where it had to. */
  readonly fits: boolean;
  /** Why it could not. */
  readonly problem?: Problem;
  /** Elements that go through the network at once: the batch, or a part of it. */
  readonly microBatchSize: number;
  readonly batchSize: number;
  /** Bytes on the device after the steps; 0 where no device tells. */
  readonly bytes: number;
  /** Seconds of the first step, with what is compiled and allocated for it. */
  readonly firstStep: number;
  /** Seconds of a later one; NaN where none could be done. */
  readonly step: number;
  /** Steps that were timed. */
  readonly steps: number;
  /** Seconds that a batch takes in evaluation. */
  readonly evaluation: number;
  /** Seconds to read a scan for the first time; next to none where it was read before. */
  readonly reading: number;
  /** In one epoch of each split that is trained. */
  readonly batches: readonly number[];
  /** Absent where no step could be done. */
  readonly time?: RunTime;
}

export interface PlanePicture {
  readonly plane: Plane;
  /** Pixels, one a voxel. */
  readonly width: number;
  readonly height: number;
  /** Height of a pixel by its width. */
  readonly pixelRatio: number;
  /** Grey, 0 to 255, row by row from the top left. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

export interface SamplePicture {
  readonly participant: string;
  readonly session: string;
  /** Class, or the number to predict; '' where there is none. */
  readonly label: string;
  /** Number of the patch, slice or region. */
  readonly part?: number;
  readonly planes: readonly PlanePicture[];
}

/** The middle planes of what goes through a network. */
export interface BatchPicture {
  readonly split: number;
  readonly network?: number;
  readonly epoch: number;
  readonly iteration: number;
  /** The first ones. */
  readonly samples: readonly SamplePicture[];
  /** How many elements there are. */
  readonly elements: number;
  /** Values that are black and white, of all samples alike. */
  readonly low: number;
  readonly high: number;
}

/** GPU time over some batches of a training. */
export interface KernelTimes {
  readonly batches: number;
  /** Of all kernels. */
  readonly milliseconds: number;
  /** The slowest first. */
  readonly kernels: readonly KernelProfile[];
  /** Milliseconds between two readings of the clock that can be told apart. */
  readonly clockStep: number;
}

export interface TrainingSession {
  /**
   * Does some training steps on scans of the first split, as a training of the choice would, and
   * throws the network away. The device is opened anew for it. Rejects with CANCELLED.
   */
  probe(choice: ExperimentChoice, onEvent: OnEvent): Promise<ProbeResult>;
  /**
   * The running training rests once its step is done and it was saved. What it has on the device
   * stays there. `cancel` ends it as ever.
   * @returns once it rests: true; false when it ended before, or none runs
   */
  pause(): Promise<boolean>;
  /** A training that rests goes on. */
  goOn(): Promise<void>;
  /** The next batch of the running training; undefined when there is none. */
  batchPicture(): Promise<BatchPicture | undefined>;
  /**
   * Times the programs of the next batches of the running training.
   * @returns undefined where nothing could be timed
   */
  kernelTimes(batches: number): Promise<KernelTimes | undefined>;
}
