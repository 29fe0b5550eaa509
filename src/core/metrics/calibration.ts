/**
 * Whether a classifier is as often right as it says (Guo et al. 2017, "On calibration of modern neural
 * networks"): elements are put into bins by the probability of the class that was predicted; the
 * expected calibration error is the mean gap between that probability and the share of right ones.
 */

export const CALIBRATION_BINS = 10;

/** One point of the reliability curve: elements whose confidence lies in (lower, upper]. */
export interface CalibrationBin {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** Mean probability of the predicted class; NaN where the bin is empty. */
  readonly confidence: number;
  /** Share of elements whose predicted class is the true one; NaN where the bin is empty. */
  readonly accuracy: number;
}

export interface Judged {
  /** Probability of the predicted class. */
  readonly confidence: number;
  readonly isRight: boolean;
}

/** @returns all bins, empty ones too, in ascending order. */
export function reliabilityCurve(elements: readonly Judged[], bins = CALIBRATION_BINS) {
  const tallies = tallyOf(elements, undefined, bins);
  return tallies.map(({ count, confidence, right }, bin): CalibrationBin => {
    const [lower, upper] = [bin / bins, (bin + 1) / bins];
    return { lower, upper, count, confidence: confidence / count, accuracy: right / count };
  });
}

/** @param rows - which elements count, with repetitions; all when absent. */
export function calibrationError(
  elements: readonly Judged[],
  rows?: Uint32Array,
  bins = CALIBRATION_BINS,
): number {
  const tallies = tallyOf(elements, rows, bins);
  const gaps = tallies.map(({ confidence, right }) => Math.abs(confidence - right));
  return gaps.reduce((sum, gap) => sum + gap, 0) / (rows?.length ?? elements.length);
}

interface Tally {
  count: number;
  /** Sum of the confidences. */
  confidence: number;
  right: number;
}

function tallyOf(
  elements: readonly Judged[],
  rows: Uint32Array | undefined,
  bins: number,
): Tally[] {
  const tallies = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (let i = 0; i < (rows ?? elements).length; i++) {
    const { confidence, isRight } = elements[rows?.[i] ?? i] as Judged;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    const tally = tallies[bin] as Tally;
    tally.count += 1;
    tally.confidence += confidence;
    tally.right += isRight ? 1 : 0;
  }
  return tallies;
}
