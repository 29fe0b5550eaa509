/** From what networks put out to what a MAPS says about a group: predictions, metrics with intervals, and the image from its parts. */
import {
  averagedOverClasses,
  classificationMetrics,
  type Metrics,
} from '../../core/metrics/classification.ts';
import { reliabilityCurve } from '../../core/metrics/calibration.ts';
import { meanVoting, partWeights, softVoting } from '../../core/metrics/ensemble.ts';
import type { ImagePrediction, PartPrediction } from '../../core/metrics/ensemble.ts';
import { reconstructionMetrics, reconstructionReport } from '../../core/metrics/reconstruction.ts';
import { regressionMetrics, regressionReport } from '../../core/metrics/regression.ts';
import { classificationReport, type MetricWithInterval } from '../../core/metrics/report.ts';
import { judgedOf, scoreReport } from '../../core/metrics/roc.ts';
import { argmax, softmax } from '../../core/metrics/softmax.ts';
import type { Mode } from '../../core/maps/layout.ts';
import type { Description } from '../../core/maps/logs.ts';
import type { NetworkMetrics, ScoreTables, TaskResults } from '../../core/maps/split-writer.ts';
import { stream, type RandomStream } from '../../core/random/philox.ts';
import type { Evaluation } from '../../engine/evaluate.ts';
import type { CapsElements } from '../data/elements.ts';
import type { Task } from './task.ts';

/** @param order - element indices in the order of the evaluation's rows */
export function predictionsOf(
  task: Task,
  elements: CapsElements,
  order: ArrayLike<number>,
  evaluation: Pick<Evaluation, 'scores'>,
): PartPrediction[] {
  return evaluation.scores.map((scores, row) => {
    const index = order[row] ?? 0;
    const { participant, session, code } = elements.session(index);
    const who = { participant, session, part: elements.partNumber(index) };
    switch (task.kind) {
      case 'classification': {
        const probabilities = Array.from(softmax(scores));
        return { ...who, truth: code, predicted: argmax(scores), probabilities };
      }
      case 'regression':
        return { ...who, truth: code, predicted: scores[0] ?? NaN, probabilities: [] };
      case 'reconstruction':
        return { ...who, truth: -1, predicted: -1, probabilities: [], figures: scores };
    }
  });
}

/** Metrics of a labelled evaluation as training.tsv has them, `loss` last. */
export function trainingMetrics(
  task: Task,
  predictions: readonly PartPrediction[],
  lossSum: number,
): Metrics {
  const metrics = metricsOf(task, predictions);
  const named =
    task.kind === 'classification' ? averagedOverClasses(metrics, task.classes.length) : metrics;
  return new Map([...named, ['loss', lossSum]]);
}

/** What one network says about a group. */
export interface NetworkPredictions {
  /** Its number, where there is one network a part. */
  readonly network?: number;
  readonly predictions: readonly PartPrediction[];
  readonly evaluation: Pick<Evaluation, 'lossSum' | 'termSums'>;
}

export interface ResultOptions {
  readonly mode: Mode;
  readonly partsPerImage: number;
  /** One, or as many as there are parts, in their order. */
  readonly networks: readonly NetworkPredictions[];
  /** False where the group has no labels: no metrics then, but those of a reconstruction. */
  readonly labelled: boolean;
  /** Predictions that weigh the parts: the group's own for train and validation, else validation's. */
  readonly reference: readonly PartPrediction[];
  readonly selectionThreshold: number;
  readonly seed: number;
  readonly description: Description;
}

export function resultsOf(task: Task, options: ResultOptions): TaskResults {
  const { mode, networks, description } = options;
  const labelled = options.labelled || task.kind === 'reconstruction';
  const predictions = networks.flatMap((network) => network.predictions);
  const random = (what: string) =>
    stream(options.seed, [what, description.group].filter(Boolean).join(' '));
  const metrics = labelled
    ? networks.map((network) => networkMetrics(task, network, random('bootstrap')))
    : undefined;
  const scores = labelled ? scoresOf(task, predictions, random('bootstrap of scores')) : undefined;
  const classes = task.classes.length;
  const results = { kind: task.kind, mode, classes, predictions, metrics, scores, description };
  if (mode === 'image' || task.kind === 'reconstruction') return results;
  const voted = imagesOf(task, predictions, options);
  const image = voted.map((prediction) => ({ ...prediction, part: 0 }));
  return {
    ...results,
    image: {
      predictions: image,
      metrics: labelled ? metricsOf(task, image) : undefined,
      scores: labelled ? scoresOf(task, image, random('bootstrap of image scores')) : undefined,
    },
  };
}

/** A single part needs no vote: what it says is what its image says. */
function imagesOf(
  task: Task,
  predictions: readonly PartPrediction[],
  { partsPerImage, reference, selectionThreshold }: ResultOptions,
): readonly ImagePrediction[] {
  if (partsPerImage < 2) return predictions;
  if (task.kind === 'regression') return meanVoting(predictions, partsPerImage);
  return softVoting(predictions, partWeights(reference, selectionThreshold));
}

function networkMetrics(
  task: Task,
  { network, predictions, evaluation }: NetworkPredictions,
  random: RandomStream,
): NetworkMetrics {
  const metrics = [
    ...reportOf(task, predictions, random),
    { name: 'loss', value: evaluation.lossSum },
    ...[...evaluation.termSums].map(([name, value]) => ({ name, value })),
  ];
  return network === undefined ? { metrics } : { network, metrics };
}

export function reportOf(
  { kind, classes }: Task,
  predictions: readonly PartPrediction[],
  random: RandomStream,
): MetricWithInterval[] {
  switch (kind) {
    case 'classification':
      return classificationReport(...columns(predictions), classes.length, random);
    case 'regression':
      return regressionReport(...columns(predictions), random);
    case 'reconstruction':
      return reconstructionReport(
        predictions.map(({ figures = [] }) => figures),
        random,
      );
  }
}

function metricsOf({ kind, classes }: Task, predictions: readonly PartPrediction[]): Metrics {
  switch (kind) {
    case 'classification':
      return classificationMetrics(...columns(predictions), classes.length);
    case 'regression':
      return regressionMetrics(...columns(predictions));
    case 'reconstruction':
      return reconstructionMetrics(predictions.map(({ figures = [] }) => figures));
  }
}

export function scoresOf(
  { kind, classes }: Task,
  predictions: readonly PartPrediction[],
  random: RandomStream,
): ScoreTables | undefined {
  if (kind !== 'classification') return undefined;
  return {
    metrics: scoreReport(predictions, classes.length, random),
    calibration: reliabilityCurve(judgedOf(predictions)),
  };
}

/** True and predicted codes or values. */
function columns(predictions: readonly PartPrediction[]): [number[], number[]] {
  return [predictions.map(({ truth }) => truth), predictions.map(({ predicted }) => predicted)];
}
