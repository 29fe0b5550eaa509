/** What models say about groups, as a table on stdout. */
import type { Maps } from '../../src/core/maps/reader.ts';

/** Not the loss: a MAPS holds sums over batches, which cannot be compared between sets. */
const SHOWN = ['BA', 'accuracy', 'sensitivity', 'specificity'];

/** One line a split, model and group: metrics with their 95 % intervals. */
export async function printResults(maps: Maps, groups: readonly string[]): Promise<void> {
  for (const split of maps.wholeSplits()) {
    for (const metric of split.metrics) {
      for (const group of groups.filter((name) => split.resultGroups(metric).includes(name))) {
        const predictions = await split.predictions(metric, group, 'image');
        const isLabelled = predictions.every(({ truth }) => truth >= 0);
        const [figures = []] = isLabelled ? await split.groupMetrics(metric, group, 'image') : [];
        const texts = figures
          .filter(({ name }) => SHOWN.includes(name))
          .map(({ name, value, interval }) => {
            const range =
              interval === undefined
                ? ''
                : ` [${interval.lower.toFixed(2)}, ${interval.upper.toFixed(2)}]`;
            return `${name} ${Number(value).toFixed(3)}${range}`;
          });
        const place = `${split.name} best-${metric} ${group}`.padEnd(30);
        process.stdout.write(
          `${place}${isLabelled ? texts.join('  ') : `${predictions.length} predictions`}\n`,
        );
      }
    }
  }
}
