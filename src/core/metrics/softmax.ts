/** Scores of a network to probabilities and a class, in float32 as PyTorch gives them out. */

/**
 * @param scores - one a class (logits).
 * @returns probabilities that sum to 1 but for rounding; the largest score is subtracted first, so
 * that no exponential overflows.
 */
export function softmax(scores: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const values = Float64Array.from(scores);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponentials = values.map((score) => Math.exp(score - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return Float32Array.from(exponentials, (exponential) => exponential / sum);
}

/** @returns the index of the first largest value, as `torch.argmax`, -1 when there is none. */
export function argmax(values: ArrayLike<number>): number {
  let best = values.length === 0 ? -1 : 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}
