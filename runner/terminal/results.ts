/** What models say about groups, as a table on stdout. */
import type { Maps } from '../../src/core/maps/reader.ts';
import type { MapsSplit } from '../../src/core/maps/split-reader.ts';
import type { MetricWithInterval } from '../../src/core/metrics/report.ts';

/** Not the loss: a MAPS holds sums over batches, which cannot be compared between sets. */
const SHOWN = [
  ...['BA', 'accuracy', 'sensitivity', 'specificity'],
  ...['R2_score', 'MAE', 'RMSE', 'PSNR', 'SSIM'],
];

/** One line a split, model and group: metrics with their 95 % intervals. */
export async function printResults(maps: Maps, groups: readonly string[]): Promise<void> {
  for (const split of maps.wholeSplits()) {
    for (const metric of split.metrics) {
      for (const group of groups.filter((name) => split.resultGroups(metric).includes(name))) {
        const place = `${split.name} best-${metric} ${group}`.padEnd(30);
        process.stdout.write(`${place}${await inWords(maps, split, metric, group)}\n`);
      }
    }
  }
}

/** Of the image where there is a vote, else of its parts. */
async function inWords(
  { parameters }: Maps,
  split: MapsSplit,
  metric: string,
  group: string,
): Promise<string> {
  const isVoted = split.hasTable(metric, group, 'image', 'prediction');
  const level = isVoted ? 'image' : parameters.mode;
  if (!split.hasTable(metric, group, level, 'metrics')) {
    return `${(await split.predictions(metric, group, level)).length} predictions`;
  }
  const [figures = []] = await split.groupMetrics(metric, group, level);
  return figures
    .filter(({ name }) => SHOWN.includes(name))
    .map(figure)
    .join('  ');
}

function figure({ name, value, interval }: MetricWithInterval): string {
  const range =
    interval === undefined ? '' : ` [${interval.lower.toFixed(2)}, ${interval.upper.toFixed(2)}]`;
  return `${name} ${Number(value).toFixed(3)}${range}`;
}
