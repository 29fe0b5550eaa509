/**
 * What was done and can be taken back: each step holds the state before and after it. Steps of one
 * kind in a row, such as the digits typed into a field, are one step.
 */
export interface HistoryStep<State> {
  /** In words, for the button that takes it back. */
  readonly label: string;
  readonly before: State;
  readonly after: State;
  /** Steps of the same kind in a row become one; absent: never. */
  readonly kind: string | undefined;
}

/** More than this is forgotten, the oldest first. */
const LONGEST = 200;

/** Never changed in place: every method gives a new history. */
export class History<State> {
  readonly past: readonly HistoryStep<State>[];
  readonly future: readonly HistoryStep<State>[];

  constructor(
    past: readonly HistoryStep<State>[] = [],
    future: readonly HistoryStep<State>[] = [],
  ) {
    this.past = past;
    this.future = future;
  }

  /** What `undo` takes back. */
  get last(): HistoryStep<State> | undefined {
    return this.past.at(-1);
  }

  /** What `redo` brings back. */
  get next(): HistoryStep<State> | undefined {
    return this.future.at(-1);
  }

  /** A new step; what was taken back before is gone. */
  record(step: HistoryStep<State>): History<State> {
    const { last } = this;
    const continues = step.kind !== undefined && last?.kind === step.kind;
    const kept = continues ? this.past.slice(0, -1) : this.past;
    const before = continues ? last.before : step.before;
    return new History([...kept, { ...step, before }].slice(-LONGEST));
  }

  undo(): History<State> {
    const { last } = this;
    if (last === undefined) return this;
    return new History(this.past.slice(0, -1), [...this.future, { ...last, kind: undefined }]);
  }

  redo(): History<State> {
    const { next } = this;
    if (next === undefined) return this;
    return new History([...this.past, next], this.future.slice(0, -1));
  }
}
