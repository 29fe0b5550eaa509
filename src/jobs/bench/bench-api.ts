/**
 * What a benchmark is asked and what it answers, as plain data: the benchmark page talks to its
 * worker in these words, and `npm run bench` prints the rows as they are.
 */
import type { DeviceReport } from '../../core/reports.ts';
import type { Precision } from '../../engine/networks/steps.ts';
import type { KernelProfile } from '../../engine/profiler/profile.ts';
import type { OnEvent } from '../session-api.ts';
import type { Case } from './trainer.ts';

export type { DeviceReport } from '../../core/reports.ts';
export type { Precision } from '../../engine/networks/steps.ts';
export type { KernelProfile } from '../../engine/profiler/profile.ts';
export type { OnEvent } from '../session-api.ts';

export interface BenchRequest extends Case {
  readonly precisions: readonly Precision[];
  /** Whether stock tfjs operations take the same steps, for comparison. */
  readonly stock: boolean;
  /** Steps that are timed, of each; their median counts. */
  readonly steps: number;
}

/**
 * Training steps in one precision beside those of stock tfjs, whose figures are NaN (null in JSON)
 * when it was left out. Keys are those that `npm run bench -- engine` prints.
 */
export interface EngineRow {
  readonly adapter: string;
  readonly network: string;
  readonly precision: Precision;
  /** Such as `64x64x64`. */
  readonly shape: string;
  readonly batch: number;
  /** Medians. */
  readonly stock_ms: number;
  readonly capsule_ms: number;
  /** Stock by Capsule, as `bytes_ratio`. */
  readonly ratio: number;
  /** GPU buffers that tfjs holds after two steps, one for stock; it never gives one back. */
  readonly stock_bytes: number;
  readonly capsule_bytes: number;
  readonly bytes_ratio: number;
  /** Of the very first step on a fresh device, compilation included. */
  readonly first_step_ms: number;
  readonly stock_first_step_ms: number;
}

/** One training step, kernel by kernel, by the device's timestamps. */
export interface KernelMeasurement {
  readonly adapter: string;
  readonly precision: Precision;
  readonly profile: readonly KernelProfile[];
  /** In the format of Chrome's tracing, which Perfetto opens. */
  readonly trace: string;
  /** Nanoseconds between neighbouring readings of the device's clock, as far as this step tells. */
  readonly clockStep: number;
}

export interface BenchResult {
  readonly device: DeviceReport;
  readonly request: BenchRequest;
  /** One a precision; a precision that could not run is missing and was told as a problem. */
  readonly rows: readonly EngineRow[];
  /** One a row; empty on a device without timestamps. */
  readonly kernels: readonly KernelMeasurement[];
}

export interface Bench {
  device(): Promise<DeviceReport>;
  run(request: BenchRequest, onEvent: OnEvent): Promise<BenchResult>;
}
