/**
 * Spearman's rank correlation ("The proof and measurement of association between two things", 1904):
 * Pearson's correlation of the ranks, where equal values share the mean of theirs, as SciPy's
 * `spearmanr`.
 */

/** @returns -1 to 1; NaN for fewer than two values, or where one side is constant */
export function spearman(left: Float64Array, right: Float64Array): number {
  return pearson(ranks(left), ranks(right));
}

/** From 1; equal values get the mean of their ranks. */
export function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, index) => index);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const result = new Float64Array(values.length);
  for (let first = 0; first < order.length;) {
    const value = values[order[first] as number];
    let last = first;
    while (last + 1 < order.length && values[order[last + 1] as number] === value) last += 1;
    for (let place = first; place <= last; place++) {
      result[order[place] as number] = (first + last) / 2 + 1;
    }
    first = last + 1;
  }
  return result;
}

function pearson(left: Float64Array, right: Float64Array): number {
  const [meanLeft, meanRight] = [meanOf(left), meanOf(right)];
  let [both, squaresLeft, squaresRight] = [0, 0, 0];
  left.forEach((value, index) => {
    const [a, b] = [value - meanLeft, (right[index] ?? NaN) - meanRight];
    both += a * b;
    squaresLeft += a * a;
    squaresRight += b * b;
  });
  return both / Math.sqrt(squaresLeft * squaresRight);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
