/**
 * What the page asks for someone who uses a model that is trained: what it is, whether their scans fit
 * it, and what it says of them. The part of the session (`session-api.ts`) that is about this. Plain
 * data, as there.
 */
import type { SessionKey } from '../../core/tsv/sessions.ts';
import type { MetricFigure, ModelSummary, OnEvent, PredictionRow } from '../session-api.ts';

export interface SeenSet {
  readonly name: string;
  readonly participants: number;
  readonly sessions: number;
  /** Of classes, in the order of their codes. */
  readonly labels: readonly { readonly name: string; readonly sessions: number }[];
  /** Of a label that is a number. */
  readonly mean?: number | undefined;
  readonly deviation?: number | undefined;
}

/** What the open MAPS says of its model; what it does not say is absent. */
export interface ModelFacts {
  readonly parameters: number;
  /** Which volumes it was made for, in the words of its preprocessing, and their file pattern. */
  readonly volumes: string;
  readonly pattern: string;
  /** What is done to a volume before the network sees it, in order. */
  readonly steps: readonly string[];
  readonly sets: readonly SeenSet[];
  readonly date?: string | undefined;
  /** Lines of environment.txt that name the program. */
  readonly madeWith: readonly string[];
  readonly splits: readonly number[];
  /** What the audit of its training said; absent where there was none. */
  readonly audit?: { readonly verdict: string; readonly overridden: boolean } | undefined;
  /** Whether it says whom it has seen. */
  readonly namesParticipants: boolean;
}

export type Aspect = 'preprocessing' | 'shape' | 'spacing' | 'labels' | 'people';

export interface CheckedAspect {
  readonly aspect: Aspect;
  /** `unknown`: the MAPS does not tell. `absent`: there is none, and none is needed. */
  readonly verdict: 'fits' | 'differs' | 'unknown' | 'absent';
  readonly expected: string;
  readonly found: string;
}

/** Whose training, or whose choice of the best epoch, has seen someone. */
export type SeenIn = 'train' | 'validation';

export interface CheckedScan extends SessionKey {
  /** Why it cannot be predicted; absent where it can. */
  readonly fault?: 'missing' | 'shape' | 'unreadable' | undefined;
  /** What there is, in words. */
  readonly found: string;
  readonly seen?: SeenIn | undefined;
  /** As the table has it; '' where it has none that the model knows. */
  readonly label: string;
}

export interface ScanCheck {
  readonly aspects: readonly CheckedAspect[];
  readonly scans: readonly CheckedScan[];
  /** A name for the group that is free in the MAPS. */
  readonly group: string;
  /** About how long one scan and one split take, where the processor computes; absent on a GPU. */
  readonly secondsPerScan?: number | undefined;
}

export interface PredictScansRequest {
  /** Name of the new data group. */
  readonly group: string;
  readonly sessions: readonly SessionKey[];
  readonly selectionMetric: string;
  /** All when empty. */
  readonly splits: readonly number[];
  /** Goes on although some of them were seen in training. */
  readonly withSeen: boolean;
}

export interface ScanPrediction extends PredictionRow {
  readonly seen?: SeenIn | undefined;
  /** Of several splits: standard deviation of the probability of the predicted class, or of the value. */
  readonly spread?: number | undefined;
  /** Of several splits: what each says. */
  readonly bySplit: readonly string[];
}

export interface ScanPredictions {
  readonly group: string;
  readonly selectionMetric: string;
  readonly splits: readonly number[];
  readonly rows: readonly ScanPrediction[];
  /** None without labels. */
  readonly metrics: Readonly<Record<string, MetricFigure>>;
  /** In words: why there are no metrics although there are labels. */
  readonly remarks: readonly string[];
  /** Scans that could not be used after all. */
  readonly leftOut: readonly (SessionKey & { readonly reason: string })[];
  /** Tables that were written, below the root of the MAPS. */
  readonly tables: readonly string[];
  readonly seconds: number;
  /** The open model, with the new group among its results. */
  readonly model: ModelSummary;
}

export interface UseModelSession {
  modelFacts(): Promise<ModelFacts>;
  /** Reads the headers of the opened scans and holds them against what the model expects. */
  checkScans(onEvent: OnEvent): Promise<ScanCheck>;
  /** Makes a data group of the scans in the MAPS and predicts it. */
  predictScans(request: PredictScansRequest, onEvent: OnEvent): Promise<ScanPredictions>;
}
