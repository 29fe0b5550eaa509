/**
 * What the page asks of its worker: one session holds one opened cohort, one experiment and its
 * MAPS. Every argument and result is plain data that crosses the worker boundary; voxels cross it
 * only as whole NIfTI files for the viewer. A failure rejects with an `Error` whose `problem`
 * survives the crossing (see `src/app/lib/worker-client.ts`).
 */
import type { Problem } from '../core/errors.ts';
import type { TreeSource } from '../core/files/tree-source.ts';
import type { AuditReport } from '../core/leakage/audit.ts';
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import type { SampleOptions } from '../core/sample/options.ts';
import type { JobEvent } from './events.ts';

export type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
export type { JobEvent } from './events.ts';
export type { Problem } from '../core/errors.ts';
export type { SampleOptions } from '../core/sample/options.ts';
export type { TreeSource } from '../core/files/tree-source.ts';
export type { AuditReport } from '../core/leakage/audit.ts';

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
  /** Columns that hold the age and the sex; absent where none does. */
  readonly roles?: { readonly age?: string; readonly sex?: string };
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
  /** Folds of a cross-validation, 2 to 10; one split when absent. The test set stays apart. */
  readonly folds?: number | undefined;
  /** Numbers of the folds that are trained; all of them when absent or empty. */
  readonly trainedFolds?: readonly number[] | undefined;
  /** Validates on all sessions of each participant, not on the first alone. */
  readonly validLongitudinal?: boolean | undefined;
  /** Takes the sets from tables that were opened (`OwnSplitSummary.id`) instead of drawing them. */
  readonly ownSplit?: string | undefined;
}

export type SetName = 'train' | 'validation' | 'test';

/** One fold's sets as `participant/session`, as they will be used. */
export interface FoldPlan {
  readonly train: readonly string[];
  readonly validation: readonly string[];
}

/** Sets that someone brought, as `tsvtools` writes them. */
export interface OwnSplitSummary {
  /** For `ExperimentChoice.ownSplit`; known until another cohort is opened. */
  readonly id: string;
  readonly name: string;
  readonly folds: number;
  /** Names of the tables that were read. */
  readonly files: readonly string[];
}

export interface TrainOptions {
  /** Trains in spite of leakage; the MAPS then says so for ever. */
  readonly iKnow?: boolean;
}

export interface Plan {
  /** Of the only split, or of the first fold. */
  readonly sets: Readonly<Record<SetName, readonly string[]>>;
  /** One a fold; one for a single split. */
  readonly folds: readonly FoldPlan[];
  /** What the leakage audit says of all folds and the test set. */
  readonly audit: AuditReport;
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
  /** Which split this is, and which there are; absent where there is one. */
  readonly split?: number;
  readonly splits?: readonly number[];
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

/** A training that was cancelled, or whose tab was closed or killed. */
export interface InterruptedTraining {
  /** Name of the folder that was open then. */
  readonly cohort: string;
  /** Whether that was sample brains. */
  readonly isSample: boolean;
  /** Whether a folder of that name, with all its sessions, is open now. */
  readonly fits: boolean;
  readonly architecture: string;
  readonly label: string;
  /** Where it goes on; absent where only the test set is left to predict. */
  readonly split?: number;
  /** Epochs of that split that are done, and batches of the next one. */
  readonly epoch: number;
  readonly batches: number;
  readonly epochs: number;
  readonly batchesPerEpoch: number;
  /** All splits of the training. */
  readonly splits: readonly number[];
}

export interface ExplainRequest {
  readonly participant: string;
  readonly session: string;
  readonly selectionMetric: string;
  /** Whose network is asked; the first that there is when absent. */
  readonly split?: number | undefined;
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
  /** Sets, their audit, network and memory for a choice; cheap enough to call at each change. */
  plan(choice: ExperimentChoice): Promise<Plan>;
  /** Reads a folder or zip of split tables, single or folds, for the opened cohort. */
  openSplit(source: TreeSource): Promise<OwnSplitSummary>;
  /**
   * Hashes the voxels of every scan that was not yet, beside whatever else runs: plans made later
   * say whether one scan stands under two names. @returns how many scans are known
   */
  compareScans(onEvent: OnEvent): Promise<number>;
  /** Stops it; it then rejects with code CANCELLED. What was hashed stays known. */
  cancelComparison(): Promise<void>;
  /** The tables of the sets as a zip, under the names of `tsvtools`. */
  splitTables(choice: ExperimentChoice): Promise<{ name: string; blob: Blob }>;
  /** Text of the `leakage.json` that a training on these sets would write. */
  leakageRecord(choice: ExperimentChoice, options?: TrainOptions): Promise<string>;
  /**
   * Trains, evaluates on validation and test, and keeps the MAPS.
   * Rejects with LEAKAGE_PARTICIPANTS or LEAKAGE_FOUND unless `iKnow`.
   */
  train(choice: ExperimentChoice, onEvent: OnEvent, options?: TrainOptions): Promise<ModelSummary>;
  /** The last training that was interrupted; undefined when there is none. */
  interrupted(): Promise<InterruptedTraining | undefined>;
  /** Finishes it on the opened cohort: the same result as if nothing had happened. */
  resume(onEvent: OnEvent): Promise<ModelSummary>;
  /** Removes it. */
  dropInterrupted(): Promise<void>;
  /** Another split of the current MAPS. */
  modelOf(split: number): Promise<ModelSummary>;
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
