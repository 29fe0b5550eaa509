/**
 * What the page asks of its worker: one session holds one opened cohort, one experiment and its
 * MAPS. Every argument and result is plain data that crosses the worker boundary; voxels cross it
 * only as whole NIfTI files for the viewer. A failure rejects with an `Error` whose `problem`
 * survives the crossing (see `src/app/lib/worker-client.ts`).
 */
import type { Problem } from '../core/errors.ts';
import type { TreeSource } from '../core/files/tree-source.ts';
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import type { SampleOptions } from '../core/sample/options.ts';
import type { JobEvent } from './events.ts';

export type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
export type { JobEvent } from './events.ts';
export type { Problem } from '../core/errors.ts';
export type { SampleOptions } from '../core/sample/options.ts';
export type { TreeSource } from '../core/files/tree-source.ts';

export interface ParticipantRow {
  readonly participant: string;
  readonly session: string;
  /** Path of the volume below the CAPS root; empty when none was found. */
  readonly path: string;
  /** Whether the volume has turned out to be unusable. */
  readonly damaged: boolean;
  /** The labels table's other cells, by column: age, sex, diagnosis, ... */
  readonly cells: Readonly<Record<string, string>>;
}

export interface LabelColumn {
  readonly name: string;
  /** Distinct values and how many sessions with a usable volume have each, most frequent first; at most 20. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Whether a network can be trained to classify it: 2 to 20 values, two sessions each at least. */
  readonly classifiable: boolean;
  readonly numeric: boolean;
}

export interface PreprocessingChoice {
  /** Stable within the cohort, such as `t1-linear cropped` or `custom desc-Crop_res-4x4x4_T1w.nii.gz`. */
  readonly id: string;
  readonly sessions: number;
}

export interface CohortSummary {
  readonly name: string;
  readonly sample: boolean;
  readonly preprocessings: readonly PreprocessingChoice[];
  /** The one in use. */
  readonly preprocessing: string;
  readonly rows: readonly ParticipantRow[];
  readonly columns: readonly LabelColumn[];
  /** Name of the labels table that was found; empty when none was. */
  readonly table: string;
  /** Shape [X, Y, Z] of the first volume. */
  readonly shape: readonly [number, number, number];
  readonly voxelSize: readonly [number, number, number];
  readonly problems: readonly Problem[];
}

export interface ExperimentChoice {
  readonly preprocessing: string;
  readonly label: string;
  /** Values of the label that take part; two or more. */
  readonly classes: readonly string[];
  readonly architecture: string;
  /** Shares of the participants, 0 to 0.5 each; the rest trains. */
  readonly validationShare: number;
  readonly testShare: number;
  /** Sessions left out, as `participant/session`. */
  readonly excluded: readonly string[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** As `torch.optim` names it. */
  readonly optimizer: string;
  readonly weightDecay: number;
  readonly dropout: number;
  /** Epochs without a better validation loss before stopping; 0 never stops early. */
  readonly patience: number;
  readonly seed: number;
  /** Feature maps in half precision while training. */
  readonly halfPrecision: boolean;
}

export type SetName = 'train' | 'validation' | 'test';

export interface Plan {
  readonly sets: Readonly<Record<SetName, readonly string[]>>;
  /** Count of each class in each set. */
  readonly balance: Readonly<Record<SetName, Readonly<Record<string, number>>>>;
  readonly network: {
    readonly name: string;
    readonly parameterCount: number;
    readonly layers: readonly {
      readonly name: string;
      readonly outputShape: readonly number[];
      readonly parameters: number;
    }[];
  };
  readonly memory: MemoryEstimate;
  /** Participants found in two sets; leakage when above 0. */
  readonly shared: number;
  readonly problems: readonly Problem[];
}

export interface MetricFigure {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface PredictionRow {
  readonly participant: string;
  readonly session: string;
  readonly trueLabel: string;
  readonly predictedLabel: string;
  /** Probability of each class, in the order of `classes`. */
  readonly probabilities: readonly number[];
}

export interface GroupResult {
  readonly group: string;
  readonly selectionMetric: string;
  /** confusion[t][p]: sessions of true class t predicted as p. */
  readonly confusion: readonly (readonly number[])[];
  readonly metrics: Readonly<Record<string, MetricFigure>>;
  readonly predictions: readonly PredictionRow[];
}

export interface ModelSummary {
  /** Name of the MAPS. */
  readonly name: string;
  readonly architecture: string;
  readonly label: string;
  readonly classes: readonly string[];
  readonly inputSize: readonly number[];
  readonly selectionMetrics: readonly string[];
  /** Epoch (0-based) that each selection metric chose. */
  readonly bestEpochs: Readonly<Record<string, number>>;
  readonly results: readonly GroupResult[];
  /** Rows of training.tsv: mean losses over batches, NaN where the number of batches is not known. */
  readonly history: readonly {
    readonly epoch: number;
    readonly iteration: number;
    readonly train: number;
    readonly validation: number;
  }[];
  /** False when training was cancelled or broke off. */
  readonly finished: boolean;
}

export interface ExplainRequest {
  readonly participant: string;
  readonly session: string;
  readonly selectionMetric: string;
  /** Index into the model's classes. */
  readonly targetClass: number;
}

export interface Explanation {
  /** A complete .nii file: the gradient of the class score, in the scan's space. */
  readonly map: Uint8Array<ArrayBuffer>;
  /** A complete .nii file: the scan as the network saw it, intensities 0 to 1. */
  readonly scan: Uint8Array<ArrayBuffer>;
  /** Absolute value that one voxel in a thousand exceeds: where the colours end. */
  readonly peak: number;
  /** Where the map is largest: millimetres, RAS+. */
  readonly peakAt: readonly [number, number, number];
  readonly prediction: PredictionRow;
}

/** Called as a job works; proxied across the worker boundary. */
export type OnEvent = (event: JobEvent) => void;

export interface Session {
  device(): Promise<DeviceReport>;
  /** Makes a cohort with a known answer from a brain that is part of Capsule. */
  makeSample(options: SampleOptions, onEvent: OnEvent): Promise<CohortSummary>;
  openFolder(source: TreeSource, onEvent: OnEvent): Promise<CohortSummary>;
  /** Reads another labels table (TSV text) for the opened cohort. */
  useTable(name: string, text: string): Promise<CohortSummary>;
  usePreprocessing(id: string): Promise<CohortSummary>;
  /** @returns a complete .nii or .nii.gz file with its name, for the viewer. */
  volume(
    participant: string,
    session: string,
  ): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }>;
  /** Sets, network and memory for a choice; cheap enough to call at each change. */
  plan(choice: ExperimentChoice): Promise<Plan>;
  /** Trains, evaluates on validation and test, and keeps the MAPS. */
  train(choice: ExperimentChoice, onEvent: OnEvent): Promise<ModelSummary>;
  /** Stops the running job within a second; it then rejects with code CANCELLED. */
  cancel(): Promise<void>;
  /** Removes decoded volumes from the storage; training makes them again. */
  emptyCache(): Promise<void>;
  explain(request: ExplainRequest, onEvent: OnEvent): Promise<Explanation>;
  /** Opens a finished MAPS, folder or zip; refuses others with a reason. */
  openMaps(source: TreeSource): Promise<ModelSummary>;
  /** The current MAPS as a zip: written as a stream, `onEvent` tells the progress. */
  exportMaps(onEvent: OnEvent): Promise<{ name: string; blob: Blob }>;
}
