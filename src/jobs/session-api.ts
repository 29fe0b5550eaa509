/**
 * What the page asks of its worker: one session holds one opened cohort, one experiment and its
 * MAPS. Every argument and result is plain data that crosses the worker boundary; voxels cross it
 * only as whole NIfTI files for the viewer. A failure rejects with an `Error` whose `problem`
 * survives the crossing (see `src/app/lib/worker-client.ts`).
 */
import type { ModeOptions } from '../core/caps/extraction.ts';
import type { FolderPart } from '../core/caps/folder-parts.ts';
import type { Config, Task } from '../core/config/schema.ts';
import type { Problem } from '../core/errors.ts';
import type {
  Comparison,
  ComparisonRequest,
  EvaluationRequest,
  GroupEvaluation,
} from '../core/evaluation/request.ts';
import type { TreeSource } from '../core/files/tree-source.ts';
import type { AuditReport } from '../core/leakage/audit.ts';
import type { Thumbnail } from '../core/picture/thumbnail.ts';
import type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
import type { CohortMistake, Mistake, MistakeNote } from '../core/sample/mistakes.ts';
import type { SampleOptions } from '../core/sample/options.ts';
import type { Method } from '../engine/interpret/methods.ts';
import type { ScoreMethod } from '../core/quality/check-scan.ts';
import type { JobEvent } from './events.ts';
import type { QualityRow } from './quality.ts';
import type { ExportOptions, SavedFile, ShelfSession } from './session/shelf-api.ts';
import type { UseModelSession } from './session/use-model-api.ts';
import type { TrainingSession } from './session/training-api.ts';

export type { Thumbnail } from '../core/picture/thumbnail.ts';
export type { Method } from '../engine/interpret/methods.ts';
export type { ModeOptions } from '../core/caps/extraction.ts';
export type { FolderPart } from '../core/caps/folder-parts.ts';
export type { Config, Task } from '../core/config/schema.ts';
export type {
  Comparison,
  ComparisonRequest,
  EvaluationRequest,
  GroupEvaluation,
} from '../core/evaluation/request.ts';
export type { DeviceReport, MemoryEstimate } from '../core/reports.ts';
export type { JobEvent } from './events.ts';
export type { QualityRow } from './quality.ts';
export type { Problem } from '../core/errors.ts';
export type { CohortMistake, Mistake, MistakeNote } from '../core/sample/mistakes.ts';
export type { SampleOptions } from '../core/sample/options.ts';
export type { TreeSource } from '../core/files/tree-source.ts';
export type { AuditReport } from '../core/leakage/audit.ts';
export type * from './session/shelf-api.ts';
export type * from './session/use-model-api.ts';
export type * from './session/training-api.ts';

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

/** Images of a BIDS dataset that share shape, voxel size and orientation. */
export interface BidsGrid {
  /** [X, Y, Z] as stored. */
  readonly shape: readonly [number, number, number];
  /** mm. */
  readonly voxelSize: readonly [number, number, number];
  /** Where each axis points to, such as `RAS`. */
  readonly orientation: string;
  readonly scans: number;
}

/** What was understood of a BIDS dataset. */
export interface BidsFacts {
  /** As dataset_description.json says; '' where it does not. */
  readonly title: string;
  /** Whether there is a dataset_description.json that can be read. */
  readonly described: boolean;
  /** Images that were made from others, not as the scanner gave them. */
  readonly derivatives: boolean;
  /** Clinica's names (`t1w`, `flair`, `pet_trc-18FFDG`), with the sessions that have each. */
  readonly modalities: readonly { readonly name: string; readonly sessions: number }[];
  /** Of the images in use, the most frequent first. */
  readonly grids: readonly BidsGrid[];
  /** Images whose header was read for them. */
  readonly headers: number;
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
  /** Which part of the folder is open, and the others that there are; absent for a sample. */
  readonly part?: FolderPart | undefined;
  readonly parts?: readonly FolderPart[] | undefined;
  /** Of a BIDS dataset. */
  readonly bids?: BidsFacts | undefined;
  /** Of sample brains that are wrong on purpose, for teaching. */
  readonly mistake?: CohortMistake | undefined;
}

export interface ExperimentChoice {
  readonly preprocessing: string;
  /** What of each volume a network sees: the whole image, patches, slices or regions. */
  readonly mode: ModeOptions;
  /**
   * Every option by ClinicaDL's keys. Those that follow from the sets (`diagnoses`, `n_splits`,
   * `split`) are written when training starts, whatever stands here.
   */
  readonly config: Config;
  /** Of a classification: values of the label that take part; two or more. */
  readonly classes: readonly string[];
  /** Shares of the participants, 0 to 0.5 each; the rest trains. */
  readonly validationShare: number;
  readonly testShare: number;
  /** Sessions left out, as `participant/session`. */
  readonly excluded: readonly string[];
  /** Folds of a cross-validation, 2 to 10; one split when absent. The test set stays apart. */
  readonly folds?: number | undefined;
  /** Numbers of the folds that are trained; all of them when absent or empty. */
  readonly trainedFolds?: readonly number[] | undefined;
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
  /** The configuration is wrong on purpose, for teaching: on sample brains alone. */
  readonly mistake?: Mistake | undefined;
}

export interface PlannedNetwork {
  readonly name: string;
  readonly parameterCount: number;
  /** Channels first. */
  readonly inputShape: readonly number[];
  readonly layers: readonly {
    readonly name: string;
    readonly outputShape: readonly number[];
    readonly parameters: number;
  }[];
}

export interface Plan {
  /** Of the only split, or of the first fold. */
  readonly sets: Readonly<Record<SetName, readonly string[]>>;
  /** One a fold; one for a single split. */
  readonly folds: readonly FoldPlan[];
  /** What the leakage audit says of all folds and the test set. */
  readonly audit: AuditReport;
  /** Of a classification: count of each class in each set. */
  readonly balance: Readonly<Record<SetName, Readonly<Record<string, number>>>>;
  /** Absent where the options do not make one. */
  readonly network?: PlannedNetwork;
  readonly memory?: MemoryEstimate;
  /** Patches, slices or regions of one volume; 1 for whole images. */
  readonly elements: number;
  /** What keeps a network from being trained with these options. */
  readonly refused: readonly Problem[];
  /** Participants found in two sets; leakage when above 0. */
  readonly shared: number;
  readonly problems: readonly Problem[];
}

/** A network that can be chosen for a task. */
export interface OfferedNetwork {
  readonly name: string;
  /** Of the elements that it takes: slices have two axes, all others three. */
  readonly dimension: '2D' | '3D' | '2D or 3D';
  /** On the elements of the choice; absent where they cannot go through it. */
  readonly parameterCount?: number;
  /** Why they cannot. */
  readonly refused?: Problem;
}

/** What there is to choose from, for the opened cohort. */
export interface Offers {
  /** Of the task, in ClinicaDL's order, then those beyond it. */
  readonly networks: readonly OfferedNetwork[];
  /** Regions with a mask in the CAPS that fits the preprocessing. */
  readonly regions: readonly string[];
  /** Template of these masks; empty where there are none. */
  readonly template: string;
}

export interface MetricFigure {
  readonly value: number;
  /** The group leaves it undefined, 0/0: the value is NaN, whatever number the table has. */
  readonly isUndefined?: boolean;
  readonly low?: number;
  readonly high?: number;
}

export interface PredictionRow {
  readonly participant: string;
  readonly session: string;
  /** Class, or value as it stands in the table; '' where the group has no labels. */
  readonly trueLabel: string;
  readonly predictedLabel: string;
  /** Of a reconstruction: MAE, RMSE, PSNR, SSIM. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Probability of each class, in the order of `classes`. */
  readonly probabilities: readonly number[];
}

export interface GroupResult {
  readonly group: string;
  readonly selectionMetric: string;
  /** confusion[t][p]: sessions of true class t predicted as p; none but in a classification. */
  readonly confusion: readonly (readonly number[])[];
  readonly metrics: Readonly<Record<string, MetricFigure>>;
  readonly predictions: readonly PredictionRow[];
}

export interface ModelSummary {
  /** Name of the MAPS. */
  readonly name: string;
  readonly task: Task;
  readonly mode: ModeOptions['mode'];
  /** Of several networks, one a part: how many there are. */
  readonly networks?: number;
  /** Which split this is, and which there are; absent where there is one. */
  readonly split?: number;
  readonly splits?: readonly number[];
  readonly architecture: string;
  /** As maps.json has it; absent where it is not known. */
  readonly config?: Config;
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
  /** Of a training in a lesson, on a deliberate mistake. */
  readonly mistake?: MistakeNote | undefined;
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
  /** One scan; '' where a group is asked for. */
  readonly participant: string;
  readonly session: string;
  readonly selectionMetric: string;
  /** Whose network is asked; the first that there is when absent. */
  readonly split?: number | undefined;
  /** Index into the model's classes; 0 in a regression. */
  readonly targetClass: number;
  /** Plain gradients when absent. */
  readonly method?: Method | undefined;
  /** The mean map over a group of the MAPS, or over those of it whose true class is `className`. */
  readonly group?: { readonly name: string; readonly className?: string | undefined } | undefined;
  /** One patch, slice or region; all of them, laid together, when absent. */
  readonly part?: number | undefined;
  /** Makes the map again with randomised weights and compares (Adebayo et al. 2018). */
  readonly sanityCheck?: boolean | undefined;
}

export interface SanityCheck {
  /** One line. */
  readonly verdict: string;
  /** Spearman's, of absolute values, -1 to 1. */
  readonly correlation: number;
  /** How many maps were made again. */
  readonly maps: number;
  /** A complete .nii file: the map by the network with randomised weights. */
  readonly map: Uint8Array<ArrayBuffer>;
  /** As `Explanation.peak`, of this map. */
  readonly peak: number;
}

export interface Explanation {
  /** A complete .nii file: the map, in the scan's space. */
  readonly map: Uint8Array<ArrayBuffer>;
  /** A complete .nii file: the scan, or the mean scan of a group, intensities 0 to 1. */
  readonly scan: Uint8Array<ArrayBuffer>;
  /** Absolute value that one voxel in a thousand exceeds: where the colours end. */
  readonly peak: number;
  /** Where the absolute value of the map is largest: millimetres, RAS+. */
  readonly peakAt: readonly [number, number, number];
  /** The value there. */
  readonly peakValue: number;
  /** Whether it has values below 0. */
  readonly signed: boolean;
  /** Of one scan, what the network says of it; absent where the MAPS does not tell. */
  readonly prediction?: PredictionRow | undefined;
  /** Where one part was asked for, what its network says of it. */
  readonly partPrediction?: PredictionRow | undefined;
  /** Of a group: sessions in the mean map, and in the mean scan behind it. */
  readonly sessions?: { readonly map: number; readonly scan: number } | undefined;
  /** Numbers of the patches, slices or regions in the map; one for whole images. */
  readonly parts: readonly number[];
  readonly sanity?: SanityCheck | undefined;
  /** Where the network cannot be told from guessing. */
  readonly caution?: Problem | undefined;
}

/** A slice of a scan, and whose weights look at it. */
export interface FirstLayerRequest {
  readonly participant: string;
  readonly session: string;
  /** Index along the third axis; the middle one when absent. */
  readonly slice?: number | undefined;
  /** The network that training would start from; the trained one when absent. */
  readonly choice?: ExperimentChoice | undefined;
  readonly selectionMetric?: string | undefined;
  readonly split?: number | undefined;
}

/** The first layers of a network on one slice: 3 x 3 x 3 convolution, batch normalisation, ReLU. */
export interface FirstLayer {
  readonly architecture: string;
  readonly isTrained: boolean;
  /** Of what the network sees: [X, Y, Z]. */
  readonly shape: readonly [number, number, number];
  readonly slice: number;
  /** Kernels of the layer. */
  readonly channels: number;
  /** `[X, Y, 3]`: the slice between its neighbours, as the network sees them; 0 beyond the volume. */
  readonly input: Float32Array<ArrayBuffer>;
  /** `[channels, 3, 3, 3]` and `[channels]`, PyTorch's order. */
  readonly kernels: Float32Array<ArrayBuffer>;
  readonly biases: Float32Array<ArrayBuffer>;
  /** Of the batch normalisation, each `[channels]`. */
  readonly norm: {
    readonly weight: Float32Array<ArrayBuffer>;
    readonly bias: Float32Array<ArrayBuffer>;
    readonly mean: Float32Array<ArrayBuffer>;
    readonly variance: Float32Array<ArrayBuffer>;
    readonly epsilon: number;
  };
  /** What the network's own layers give, one after the other: `[X, Y, channels]` of the slice. */
  readonly convolved: Float32Array<ArrayBuffer>;
  readonly normalised: Float32Array<ArrayBuffer>;
  readonly rectified: Float32Array<ArrayBuffer>;
}

/** The metrics of one group under each split. */
export interface SplitFigures {
  readonly selectionMetric: string;
  readonly group: string;
  readonly splits: readonly {
    readonly split: number;
    readonly metrics: Readonly<Record<string, MetricFigure>>;
  }[];
  /** Of the mean over the splits, where they predicted the same sessions. */
  readonly ensemble?: Readonly<Record<string, MetricFigure>>;
}

export interface ReconstructRequest {
  readonly participant: string;
  readonly session: string;
  readonly selectionMetric: string;
  readonly split?: number | undefined;
  /** Number of the patch, slice or region, from 0; the first when absent. */
  readonly part?: number | undefined;
}

export interface Reconstruction {
  /** Complete .nii files on one grid: what the network saw, what it made, and made minus seen. */
  readonly input: Uint8Array<ArrayBuffer>;
  readonly output: Uint8Array<ArrayBuffer>;
  readonly error: Uint8Array<ArrayBuffer>;
  /** Largest intensity of the input. */
  readonly brightest: number;
  /** Absolute error that one voxel in a thousand exceeds: where the colours end. */
  readonly peak: number;
  /** Where the error is largest: millimetres, RAS+. */
  readonly peakAt: readonly [number, number, number];
  /** MAE, RMSE, PSNR, SSIM. */
  readonly figures: Readonly<Record<string, number>>;
  readonly group: string;
  readonly part: number;
  /** Of the image. */
  readonly parts: number;
}

/** What the quality check says of the opened cohort. */
export interface QualityReport {
  /** What scores say: likeness to a T1 template, uptake around the brain; `raw`: there are none. */
  readonly method: ScoreMethod;
  /** Scores above it pass. */
  readonly threshold: number;
  /** One a session with a usable volume, in the order of the cohort. */
  readonly rows: readonly QualityRow[];
}

/** Called as a job works; proxied across the worker boundary. */
export type OnEvent = (event: JobEvent) => void;

export interface Session extends ShelfSession, TrainingSession, UseModelSession {
  device(): Promise<DeviceReport>;
  /** Makes a cohort with a known answer from a brain that is part of Capsule. */
  makeSample(options: SampleOptions, onEvent: OnEvent): Promise<CohortSummary>;
  /** @param part - of a folder that holds several; the likeliest when absent */
  openFolder(
    source: TreeSource,
    onEvent: OnEvent,
    part?: Pick<FolderPart, 'path' | 'kind'>,
  ): Promise<CohortSummary>;
  /** Reads another labels table (TSV text) for the opened cohort. */
  useTable(name: string, text: string): Promise<CohortSummary>;
  usePreprocessing(id: string): Promise<CohortSummary>;
  /** @returns a complete .nii or .nii.gz file with its name, for the viewer. */
  volume(
    participant: string,
    session: string,
  ): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }>;
  /** A small picture of a scan; decodes its volume. */
  thumbnail(participant: string, session: string): Promise<Thumbnail>;
  /** Sets, their audit, network and memory for a choice; cheap enough to call at each change. */
  plan(choice: ExperimentChoice): Promise<Plan>;
  /** Networks and regions to choose from, sized for the elements of the choice. */
  offers(choice: ExperimentChoice): Promise<Offers>;
  /** Reads a folder or zip of split tables, single or folds, for the opened cohort. */
  openSplit(source: TreeSource): Promise<OwnSplitSummary>;
  /**
   * Hashes the voxels of every scan that was not yet, beside whatever else runs: plans made later
   * say whether one scan stands under two names. @returns how many scans are known
   */
  compareScans(onEvent: OnEvent): Promise<number>;
  /** Stops it; it then rejects with code CANCELLED. What was hashed stays known. */
  cancelComparison(): Promise<void>;
  /** Scores every scan and says what is wrong with it, beside whatever else runs. */
  checkQuality(onEvent: OnEvent): Promise<QualityReport>;
  /** Stops it; it then rejects with code CANCELLED. What was checked is not checked again. */
  cancelQuality(): Promise<void>;
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
  /**
   * Finishes it on the opened cohort: the same result as if nothing had happened.
   * @param id - of another one that was interrupted
   */
  resume(onEvent: OnEvent, id?: string): Promise<ModelSummary>;
  /** Removes it. */
  dropInterrupted(): Promise<void>;
  /** Another split of the current MAPS. */
  modelOf(split: number): Promise<ModelSummary>;
  /** Stops the running job within a second; it then rejects with code CANCELLED. */
  cancel(): Promise<void>;
  /** Removes decoded volumes from the storage; training makes them again. */
  emptyCache(): Promise<void>;
  explain(request: ExplainRequest, onEvent: OnEvent): Promise<Explanation>;
  /** The numbers of the first layer on one slice, for teaching. */
  firstLayer(request: FirstLayerRequest, onEvent: OnEvent): Promise<FirstLayer>;
  /** Curves, calibration, residuals and chance of one group, from its predictions alone. */
  evaluate(request: EvaluationRequest): Promise<GroupEvaluation>;
  /** Paired differences of two models, from their predictions alone. */
  compare(request: ComparisonRequest): Promise<Comparison>;
  /** The metrics of each split of the current MAPS; none where there is one split. */
  splitFigures(): Promise<readonly SplitFigures[]>;
  /** What the network makes of one session, with its error. */
  reconstruct(request: ReconstructRequest, onEvent: OnEvent): Promise<Reconstruction>;
  /** Reads another finished MAPS to compare with; the current one stays. */
  readMaps(source: TreeSource): Promise<ModelSummary>;
  /** Opens a finished MAPS, folder or zip; refuses others with a reason. */
  openMaps(source: TreeSource): Promise<ModelSummary>;
  /** The current MAPS as a zip: written as a stream, `onEvent` tells the progress. */
  exportMaps(onEvent: OnEvent, options?: ExportOptions): Promise<SavedFile>;
}
