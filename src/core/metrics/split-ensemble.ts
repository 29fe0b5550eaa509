/**
 * The models of several splits asked together: the mean of what they say, and how far they are apart
 * (the standard deviation over the splits, Lakshminarayanan et al. 2017). 1.6.1 has none of this.
 */
import { sessionName } from '../tsv/sessions.ts';
import type { PartPrediction } from './ensemble.ts';
import { argmax } from './softmax.ts';

export interface EnsemblePrediction extends PartPrediction {
  /** Standard deviation over the splits (n - 1): of each probability, or of the value. */
  readonly spread: readonly number[];
}

/**
 * @param splits - predictions of images, one list a split, over the same sessions in any order
 * @returns one prediction a session, in the order of the first split; sessions that some split does
 * not have are left out
 */
export function acrossSplits(splits: readonly (readonly PartPrediction[])[]): EnsemblePrediction[] {
  const [first = [], ...others] = splits;
  const tables = others.map(
    (predictions) => new Map(predictions.map((one) => [sessionName(one), one])),
  );
  return first.flatMap((prediction) => {
    const found = tables.map((table) => table.get(sessionName(prediction)));
    const all = [prediction, ...found.filter((one) => one !== undefined)];
    return all.length === splits.length ? [together(all as [PartPrediction])] : [];
  });
}

function together(all: readonly [PartPrediction, ...PartPrediction[]]): EnsemblePrediction {
  const [{ participant, session, part, truth, probabilities }] = all;
  const who = { participant, session, part, truth };
  if (probabilities.length === 0) {
    const values = all.map(({ predicted }) => predicted);
    return { ...who, predicted: mean(values), probabilities, spread: [deviation(values)] };
  }
  const byClass = probabilities.map((_, code) =>
    all.map((prediction) => prediction.probabilities[code] as number),
  );
  const means = byClass.map(mean);
  return {
    ...{ ...who, predicted: argmax(means), probabilities: means },
    spread: byClass.map(deviation),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
