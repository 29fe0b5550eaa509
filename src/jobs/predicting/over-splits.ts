/** What the splits of a MAPS say together about a group, once each of them was applied to it. */
import type { EnsembleResults } from '../../core/maps/ensemble-results.ts';
import type { Mode } from '../../core/maps/layout.ts';
import type { Description } from '../../core/maps/logs.ts';
import type { TaskResults } from '../../core/maps/split-writer.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import { acrossSplits } from '../../core/metrics/split-ensemble.ts';
import { stream } from '../../core/random/philox.ts';
import { reportOf, scoresOf } from '../shared/results.ts';
import type { Task } from '../shared/task.ts';

/** The images of one split and selection metric, without all that was said of their parts. */
export interface SplitSaying {
  readonly split: string;
  readonly metric: string;
  readonly mode: Mode;
  readonly predictions: readonly PartPrediction[];
  readonly labelled: boolean;
  readonly description: Description;
}

export function sayingOf(split: string, metric: string, results: TaskResults): SplitSaying {
  const { mode, predictions, image, metrics, description } = results;
  return {
    ...{ split, metric, mode, description },
    predictions: image?.predictions ?? predictions,
    labelled: metrics !== undefined,
  };
}

/**
 * @param sayings - of the splits that were applied
 * @returns one result for each selection metric of several splits; none of a reconstruction, whose
 * volumes are not kept
 */
export function ensembles(
  task: Task,
  sayings: readonly SplitSaying[],
  seed: number,
): { metric: string; results: EnsembleResults }[] {
  const { kind, classes } = task;
  if (kind === 'reconstruction') return [];
  const metrics = [...new Set(sayings.map(({ metric }) => metric))];
  return metrics.flatMap((metric) => {
    const all = sayings.filter((saying) => saying.metric === metric);
    const [first] = all;
    if (first === undefined || all.length < 2) return [];
    const predictions = acrossSplits(all.map((saying) => saying.predictions));
    const { description, mode } = first;
    const labelled = all.every((saying) => saying.labelled);
    const random = (what: string) => stream(seed, `${what} ${description.group} of splits`);
    return [
      {
        metric,
        results: {
          ...{ kind, mode, classes: classes.length, predictions, description },
          metrics: labelled ? reportOf(task, predictions, random('bootstrap')) : undefined,
          scores: labelled ? scoresOf(task, predictions, random('scores')) : undefined,
          splits: all.map(({ split }) => split),
        },
      },
    ];
  });
}
