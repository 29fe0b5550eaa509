/** How long a training will take, from what its steps took: what `train` does, counted out. */
import type { RunTime } from './training-api.ts';

export interface RunFacts {
  /** Elements of the sets of each split. */
  readonly splits: readonly { readonly train: number; readonly validation: number }[];
  /** Elements of the test set. */
  readonly test: number;
  /** Scans to be read once. */
  readonly unread: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** An evaluation after so many batches, beside that at the end of an epoch; 0 for none. */
  readonly evaluationSteps: number;
  /** Networks of a split: each sees its share of the elements. */
  readonly networks: number;
  /** How many models are kept, and evaluated at the end. */
  readonly selectionMetrics: number;
  /** Seconds: a step, a batch in evaluation, a scan when it is read. */
  readonly step: number;
  readonly evaluation: number;
  readonly reading: number;
}

/** @returns batches of an epoch of each split, of all its networks together */
export function batchesOf({ splits, batchSize, networks }: Batches): number[] {
  return splits.map(({ train }) => networks * Math.ceil(train / networks / batchSize));
}
type Batches = Pick<RunFacts, 'splits' | 'batchSize' | 'networks'>;

/** Without early stopping. The mean epoch of splits that differ in size. */
export function runTime(facts: RunFacts): RunTime {
  const { splits, test, batchSize, epochs, evaluationSteps, networks, selectionMetrics } = facts;
  const batches = (elements: number) => networks * Math.ceil(elements / networks / batchSize);
  const all = splits.map(({ train, validation }) => {
    const steps = batches(train);
    const both = (steps + batches(validation)) * facts.evaluation;
    const perNetwork = steps / networks;
    const between = evaluationSteps > 0 ? Math.floor(perNetwork / evaluationSteps) : 0;
    // One after the last batch serves as that of the epoch.
    const saved = evaluationSteps > 0 && perNetwork % evaluationSteps === 0 ? 1 : 0;
    const epoch = steps * facts.step + (1 + between - saved) * both;
    const end = selectionMetrics * (both + batches(test) * facts.evaluation);
    return { epoch, split: epochs * epoch + end };
  });
  const mean = (of: (one: (typeof all)[number]) => number) =>
    all.reduce((sum, one) => sum + of(one), 0) / Math.max(1, all.length);
  const reading = facts.unread * facts.reading;
  const whole = reading + all.reduce((sum, { split }) => sum + split, 0);
  return { epoch: mean(({ epoch }) => epoch), split: mean(({ split }) => split), reading, whole };
}
