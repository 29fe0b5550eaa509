/** What an evaluation is made from and what comes of it: plain data, as it crosses to a worker. */
import type { Task } from '../config/schema.ts';
import type { CalibrationBin } from '../metrics/calibration.ts';
import type { ChanceTest } from '../metrics/permutation.ts';
import type { RocBand, RocPoint } from '../metrics/roc-curve.ts';

/** What a model said of one session. */
export interface EvaluatedRow {
  readonly participant: string;
  readonly session: string;
  /** Class, or a number as text; '' where it is not known. */
  readonly trueLabel: string;
  readonly predictedLabel: string;
  /** Of each class, in the order of `classes`. */
  readonly probabilities: readonly number[];
  /** Of a reconstruction: MAE, RMSE, PSNR, SSIM. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface EvaluationRequest {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly group: string;
  readonly rows: readonly EvaluatedRow[];
  /** Of the training group of the same model: what a guess without a network would go by. */
  readonly trained: readonly EvaluatedRow[];
  /** Of the experiment: intervals are then those of its tables. */
  readonly seed: number;
  /** Whether the network sees whole images; parts have their intervals from another stream. */
  readonly isWhole: boolean;
}

/** A value with its 95 % interval, where there is one. */
export interface Figure {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface RocFigures {
  /** Class that stands against the rest. */
  readonly positive: string;
  readonly points: readonly RocPoint[];
  readonly band?: RocBand;
  readonly area: Figure;
}

export interface ClassificationFigures {
  /** One of the positive class where there are two, else one a class. */
  readonly roc: readonly RocFigures[];
  readonly calibration: readonly CalibrationBin[];
  readonly calibrationError: Figure;
  /** For each class that is true: how often its own probability lies in each tenth. */
  readonly scores: readonly { readonly label: string; readonly counts: readonly number[] }[];
  /** Class whose probability `scores` counts: the positive one of two, else each one's own. */
  readonly scored: string;
  /** Sessions of each class. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  /** Always saying the class that is most frequent in training. */
  readonly guess: { readonly label: string; readonly accuracy: number };
  /** Classes that were predicted at all. */
  readonly said: readonly string[];
  readonly chance: ChanceTest;
}

export interface RegressionFigures {
  readonly points: readonly { readonly truth: number; readonly predicted: number }[];
  readonly bias: Figure;
  readonly slope: Figure;
  readonly intercept: number;
  readonly meanError: number;
  /** Always saying the median of training. */
  readonly guess: { readonly value: number; readonly meanError: number };
  readonly chance: ChanceTest;
}

export interface GroupEvaluation {
  readonly sessions: number;
  readonly participants: number;
  /** Sessions of which the truth is known. */
  readonly labelled: number;
  /** Absent without two sessions whose truth is known. */
  readonly classification?: ClassificationFigures;
  readonly regression?: RegressionFigures;
}

export interface ComparisonRequest {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly first: readonly EvaluatedRow[];
  readonly second: readonly EvaluatedRow[];
  readonly seed: number;
}

export interface Comparison {
  /** Sessions that both tested, with the same truth. */
  readonly sessions: number;
  /** Sessions of which they have another truth: these are left out. */
  readonly disagreeing: number;
  readonly metrics: readonly {
    readonly name: string;
    readonly first: number;
    readonly second: number;
    /** Second minus first. */
    readonly difference: Figure;
  }[];
}
