/** From scores to what a MAPS says about a group: predictions, metrics with intervals, and the vote of the parts. */
import {
  classificationMetrics,
  averagedOverClasses,
  type Metrics,
} from '../../core/metrics/classification.ts';
import { partWeights, softVoting, type PartPrediction } from '../../core/metrics/ensemble.ts';
import { classificationReport } from '../../core/metrics/report.ts';
import { argmax, softmax } from '../../core/metrics/softmax.ts';
import type { Mode } from '../../core/maps/layout.ts';
import type { Description } from '../../core/maps/logs.ts';
import type { ClassificationResults } from '../../core/maps/split-writer.ts';
import { stream } from '../../core/random/philox.ts';
import type { Evaluation } from '../../engine/evaluate.ts';
import type { CapsElements } from '../data/elements.ts';

/** @param order - element indices in the order of the evaluation's rows */
export function predictionsOf(
  elements: CapsElements,
  order: ArrayLike<number>,
  evaluation: Evaluation,
): PartPrediction[] {
  return evaluation.scores.map((scores, row) => {
    const index = order[row] ?? 0;
    const { participant, session, code } = elements.session(index);
    const probabilities = Array.from(softmax(scores));
    return {
      ...{ participant, session, part: elements.part(index), truth: code },
      ...{ predicted: argmax(scores), probabilities },
    };
  });
}

/** Metrics of a labelled evaluation as training.tsv has them, `loss` last. */
export function trainingMetrics(
  predictions: readonly PartPrediction[],
  classes: number,
  lossSum: number,
): Metrics {
  const truth = predictions.map((prediction) => prediction.truth);
  const predicted = predictions.map((prediction) => prediction.predicted);
  const metrics = averagedOverClasses(classificationMetrics(truth, predicted, classes), classes);
  return new Map([...metrics, ['loss', lossSum]]);
}

export interface ResultOptions {
  readonly mode: Mode;
  readonly classes: number;
  readonly partsPerImage: number;
  readonly predictions: readonly PartPrediction[];
  readonly lossSum: number;
  /** False where the group has no labels: no metrics then. */
  readonly labelled: boolean;
  /** Predictions that weigh the parts: the group's own for train and validation, else validation's. */
  readonly reference: readonly PartPrediction[];
  readonly selectionThreshold: number;
  readonly seed: number;
  readonly description: Description;
}

export function resultsOf(options: ResultOptions): ClassificationResults {
  const { mode, classes, predictions, description, labelled } = options;
  const truth = predictions.map((prediction) => prediction.truth);
  const predicted = predictions.map((prediction) => prediction.predicted);
  const random = stream(options.seed, `bootstrap ${description.group}`);
  const metrics = labelled
    ? [
        ...classificationReport(truth, predicted, classes, random),
        { name: 'loss', value: options.lossSum },
      ]
    : undefined;
  const results = { mode, classes, predictions, metrics, description };
  if (mode === 'image') return results;
  // A single part needs no vote: what it says is what its image says.
  const voted =
    options.partsPerImage < 2
      ? predictions
      : softVoting(predictions, partWeights(options.reference, options.selectionThreshold));
  const image = {
    predictions: voted.map((prediction) => ({ ...prediction, part: 0 })),
    metrics: labelled
      ? classificationMetrics(
          voted.map((prediction) => prediction.truth),
          voted.map((prediction) => prediction.predicted),
          classes,
        )
      : undefined,
  };
  return { ...results, image };
}
