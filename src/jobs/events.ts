/**
 * What a job tells while it works. A job is an async generator of these events that returns its
 * result; returning from it early (or aborting its signal) cancels it. Events are plain data and
 * cross the worker boundary as they are.
 */
import type { Problem } from '../core/errors.ts';

/** Phase of the steps that change a network. */
export const TRAINING = 'Training';

/** A stretch of work with a known length. Seconds are estimates. */
export interface ProgressEvent {
  readonly kind: 'progress';
  /** In plain words, present participle: "Reading volumes", "Training". */
  readonly phase: string;
  /** Outermost first: `split-0`, `epoch 3`. */
  readonly steps: readonly string[];
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Units per second so far. */
  readonly rate?: number;
  readonly secondsLeft?: number;
}

/** Loss of one training batch, for the live curve. */
export interface BatchEvent {
  readonly kind: 'batch';
  readonly split: number;
  /** Where every part has a network of its own. */
  readonly network?: number;
  readonly epoch: number;
  readonly iteration: number;
  /** Mean loss of the batch in training mode. */
  readonly loss: number;
}

/** A row of `training.tsv`: full evaluation of both sets. Losses are sums of batch means, as ClinicaDL's. */
export interface EvaluationEvent {
  readonly kind: 'evaluation';
  readonly split: number;
  /** Where every part has a network of its own. */
  readonly network?: number;
  readonly epoch: number;
  readonly iteration: number;
  readonly seconds: number;
  readonly train: EvaluationFigures;
  readonly validation: EvaluationFigures;
  /** Of a domain adaptation, a row of `training_target.tsv`: what the target's head says of its sets. */
  readonly target?: { readonly train: EvaluationFigures; readonly validation: EvaluationFigures };
}

/** An epoch that is the best so far for some selection metrics. */
export interface BestEvent {
  readonly kind: 'best';
  readonly split: number;
  /** Where every part has a network of its own. */
  readonly network?: number;
  readonly epoch: number;
  readonly iteration: number;
  readonly metrics: readonly string[];
}

export interface EvaluationFigures {
  readonly loss: number;
  /** Mean loss a batch: comparable between sets of different size. */
  readonly meanLoss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * A training goes on from here: after an interruption, or on a device opened anew. What was told of
 * this batch of the epoch and of later ones no longer holds.
 */
export interface RestartEvent {
  readonly kind: 'restart';
  readonly split: number;
  /** Where every part has a network of its own. */
  readonly network?: number;
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly batches: number;
}

/**
 * The training stands between two steps, and was saved there or could not be: it goes on from here
 * should it be interrupted.
 */
export interface SavePointEvent {
  readonly kind: 'save-point';
  readonly split: number;
  /** Where every part has a network of its own. */
  readonly network?: number;
  /** Epochs that are done, and batches of the next one. */
  readonly epoch: number;
  readonly batches: number;
  /** False where there was no room. */
  readonly isSaved: boolean;
}

/** The maps of one model are there: how they were made, and whether they can be trusted. */
export interface InterpretationEvent {
  readonly kind: 'interpretation';
  readonly split: number;
  readonly metric: string;
  readonly name: string;
  readonly method: string;
  /** How many sessions were explained. */
  readonly sessions: number;
  /** Of the sanity check with randomised weights, in one line; absent where none was asked for. */
  readonly verdict?: string;
  /** Rank correlation with the maps of randomised networks, -1 to 1. */
  readonly correlation?: number;
  /** How many maps were made again. */
  readonly checked?: number;
  /** Where the network did no better than chance. */
  readonly caution?: string;
}

/** Something the user should know that does not stop the job. */
export interface ProblemEvent {
  readonly kind: 'problem';
  readonly problem: Problem;
}

/** One line for a log. */
export interface LogEvent {
  readonly kind: 'log';
  readonly message: string;
}

export type JobEvent =
  | ProgressEvent
  | BatchEvent
  | EvaluationEvent
  | BestEvent
  | RestartEvent
  | SavePointEvent
  | InterpretationEvent
  | ProblemEvent
  | LogEvent;
export type Job<Result> = AsyncGenerator<JobEvent, Result, void>;
