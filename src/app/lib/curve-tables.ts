/** The numbers of the curves as TSV files, whole: one row a batch, one row an evaluation. */
import { writeTable } from '../../core/tsv/table.ts';
import type { KernelTimes } from '../../jobs/session-api.ts';
import type { BatchEvent, EvaluationEvent } from '../../jobs/events.ts';

const cell = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '' : String(value);

/** Splits, epochs and batches count from 0, as in a MAPS. */
export function batchTable(batches: readonly BatchEvent[]): string {
  const isSeveral = batches.some(({ network }) => network !== undefined);
  return writeTable({
    columns: ['split', ...(isSeveral ? ['network'] : []), 'epoch', 'iteration', 'loss'],
    rows: batches.map(({ split, network, epoch, iteration, loss }) => [
      ...[split, ...(isSeveral ? [network] : []), epoch, iteration, loss].map(cell),
    ]),
  });
}

/** Columns as in training.tsv, with the mean loss of a batch beside the sum of them. */
export function evaluationTable(evaluations: readonly EvaluationEvent[]): string {
  const metrics = Object.keys(evaluations[0]?.train.metrics ?? {}).filter((one) => one !== 'loss');
  const names = [...metrics, 'loss', 'mean_loss'];
  return writeTable({
    columns: [
      ...['split', 'epoch', 'iteration', 'time'],
      ...['train', 'valid'].flatMap((set) => names.map((name) => `${name}_${set}`)),
    ],
    rows: evaluations.map((row) => [
      ...[row.split, row.epoch, row.iteration, row.seconds].map(cell),
      ...[row.train, row.validation].flatMap((set) => [
        ...metrics.map((name) => cell(set.metrics[name])),
        ...[set.loss, set.meanLoss].map(cell),
      ]),
    ]),
  });
}

export function kernelTable({ kernels, batches }: KernelTimes): string {
  const columns = ['kernel', 'count', 'milliseconds', 'share', 'GFLOP/s', 'GB/s', 'batches'];
  return writeTable({
    columns,
    rows: kernels.map(({ kernel, count, milliseconds, share, gflops, gigabytes }) => [
      kernel,
      ...[count, milliseconds, share, gflops, gigabytes, batches].map(cell),
    ]),
  });
}
