/**
 * From parts (patches, slices, regions) to the image: soft voting of ClinicaDL 1.6.1. A part's
 * weight is its accuracy on reference predictions (the group itself for train and validation, the
 * validation group otherwise); weights below the selection threshold count as nothing; the image's
 * probabilities are the weighted mean of those of its parts.
 */
import { CapsuleError } from '../errors.ts';
import { argmax } from './softmax.ts';

export interface PartPrediction {
  readonly participant: string;
  readonly session: string;
  /** Number of the patch, slice or region. */
  readonly part: number;
  /** Class code or value; -1 where labels are not used. */
  readonly truth: number;
  readonly predicted: number;
  /** One a class; none but in a classification. */
  readonly probabilities: readonly number[];
  /** Of a reconstruction instead of all these: MAE, RMSE, PSNR and SSIM. */
  readonly figures?: readonly number[];
}

export interface ImagePrediction {
  readonly participant: string;
  readonly session: string;
  readonly truth: number;
  readonly predicted: number;
  readonly probabilities: readonly number[];
}

/**
 * @param reference - predictions that carry labels.
 * @param threshold - accuracy below which a part has no vote, in [0, 1].
 * @returns the weight of each part, by its number in ascending order; they sum to 1.
 */
export function partWeights(
  reference: readonly PartPrediction[],
  threshold: number,
): Map<number, number> {
  const tallies = new Map<number, { right: number; all: number }>();
  for (const { part, truth, predicted } of reference) {
    const tally = tallies.get(part) ?? { right: 0, all: 0 };
    tally.right += truth === predicted ? 1 : 0;
    tally.all += 1;
    tallies.set(part, tally);
  }
  const accuracies = [...tallies]
    .sort(([a], [b]) => a - b)
    .map(([part, { right, all }]) => [part, right / all < threshold ? 0 : right / all] as const);
  const sum = accuracies.reduce((total, [, accuracy]) => total + accuracy, 0);
  if (sum === 0) {
    throw new CapsuleError('CONFIG_VALUE', {
      column: 'selection_threshold',
      expected: 'a part with that accuracy, above 0',
      found: `${accuracies.length} parts, none of them`,
      action: 'Lower the threshold, or train longer.',
    });
  }
  return new Map(accuracies.map(([part, accuracy]) => [part, accuracy / sum]));
}

/**
 * @returns one prediction a session, by participant and session in ascending order. CapsuleError
 * `TSV_VALUE` when a session has not exactly the parts that `weights` knows.
 */
export function softVoting(
  predictions: readonly PartPrediction[],
  weights: ReadonlyMap<number, number>,
): ImagePrediction[] {
  return bySession(predictions).map((parts) => vote(parts, weights));
}

/**
 * ClinicaDL's hard voting of a regression: the plain mean of what the parts say.
 * @returns one prediction a session, in ascending order; TSV_VALUE when one has fewer or more parts
 */
export function meanVoting(
  predictions: readonly PartPrediction[],
  partsPerImage: number,
): ImagePrediction[] {
  return bySession(predictions).map((parts) => {
    const [first] = parts as [PartPrediction];
    const { participant, session, truth, probabilities } = first;
    if (new Set(parts.map(({ part }) => part)).size !== partsPerImage) {
      throw incomplete(first, partsPerImage, parts);
    }
    const predicted = parts.reduce((sum, part) => sum + part.predicted, 0) / parts.length;
    return { participant, session, truth, predicted, probabilities };
  });
}

function bySession(predictions: readonly PartPrediction[]): PartPrediction[][] {
  const sessions = new Map<string, PartPrediction[]>();
  for (const prediction of predictions) {
    const key = `${prediction.participant}\t${prediction.session}`;
    const parts = sessions.get(key) ?? [];
    parts.push(prediction);
    sessions.set(key, parts);
  }
  return [...sessions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parts]) => parts);
}

function incomplete(
  { participant, session }: PartPrediction,
  expected: number,
  parts: readonly PartPrediction[],
): CapsuleError {
  const different = new Set(parts.map(({ part }) => part)).size;
  return new CapsuleError('TSV_VALUE', {
    participant,
    session,
    expected: `one prediction for each of ${expected} parts`,
    found: `${parts.length} predictions for ${different} parts`,
    action: 'Predict again with all parts of this session.',
  });
}

function vote(
  parts: readonly PartPrediction[],
  weights: ReadonlyMap<number, number>,
): ImagePrediction {
  const [first] = parts as [PartPrediction];
  const { participant, session, truth } = first;
  const byPart = new Map(parts.map((prediction) => [prediction.part, prediction]));
  const complete = [...weights.keys()].every((part) => byPart.has(part));
  if (!complete || parts.length !== weights.size) {
    throw incomplete(first, weights.size, parts);
  }
  const probabilities = first.probabilities.map((_, c) => {
    let sum = 0;
    let total = 0;
    for (const [part, weight] of weights) {
      sum += weight * (byPart.get(part)?.probabilities[c] as number);
      total += weight;
    }
    return sum / total;
  });
  return { participant, session, truth, predicted: argmax(probabilities), probabilities };
}
