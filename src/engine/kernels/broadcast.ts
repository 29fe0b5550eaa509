/**
 * Broadcasting with as few axes as the pattern needs: axes that follow one another and that both
 * operands have, or that the same operand repeats, are one axis. `[C]` with `[B, X, Y, Z, C]` is
 * `[1, C]` with `[BXYZ, C]`, and no numbers move.
 *
 * tfjs-webgpu 4.22.0 is right on what comes out, and so there is no kernel here. Where it is wrong
 * is an operand of rank 0 or 1 beside one of rank 5 or more, which takes a path of its own through
 * workgroup memory that indexes a `vec5` (measured against the processor: 19 operations, rank 5 and
 * 6, 11 patterns). Fewer axes also mean fewer divisions and fewer pipelines.
 */

export interface Operands {
  readonly a: number[];
  readonly b: number[];
  /** Of the result; as many numbers as the two broadcast together. */
  readonly result: number[];
}

/**
 * @param a - shape that broadcasts with `b`, as in NumPy, without empty axes
 * @returns the same numbers in the same order, in shapes of one rank
 */
export function mergedOperands(a: readonly number[], b: readonly number[]): Operands {
  const rank = Math.max(a.length, b.length);
  const [wholeA, wholeB] = [padded(a, rank), padded(b, rank)];
  const merged = { a: [] as number[], b: [] as number[], result: [] as number[] };
  let before: string | undefined;
  for (let axis = 0; axis < rank; axis++) {
    const [x, y] = [wholeA[axis] ?? 1, wholeB[axis] ?? 1];
    if (x === 1 && y === 1) continue;
    const pattern = `${x === 1} ${y === 1}`;
    for (const [lengths, length] of [
      [merged.a, x],
      [merged.b, y],
      [merged.result, Math.max(x, y)],
    ] as const) {
      lengths.push(pattern === before ? (lengths.pop() ?? 1) * length : length);
    }
    before = pattern;
  }
  if (merged.result.length === 0) return { a: [1], b: [1], result: [1] };
  return merged;
}

function padded(shape: readonly number[], rank: number): number[] {
  return [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
}
