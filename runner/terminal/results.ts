/** What models say about groups, as a table on stdout. */
import { groupFigures, type GroupFigure } from '../../src/core/maps/group-figures.ts';
import type { Maps } from '../../src/core/maps/reader.ts';
import type { MapsSplit } from '../../src/core/maps/split-reader.ts';

/** Not the loss: a MAPS holds sums over batches, which cannot be compared between sets. */
const SHOWN = new Set([
  ...['BA', 'accuracy', 'sensitivity', 'specificity'],
  ...['R2_score', 'MAE', 'RMSE', 'PSNR', 'SSIM'],
]);

/**
 * One line a split, model and group, and where every part has a network of its own, a line each:
 * metrics with their 95 % intervals, a dash for those that the group leaves undefined.
 */
export async function printResults(maps: Maps, groups: readonly string[]): Promise<void> {
  for (const line of await resultLines(maps, groups)) process.stdout.write(`${line}\n`);
}

export async function resultLines(maps: Maps, groups: readonly string[]): Promise<string[]> {
  const lines: (readonly [place: string, words: string])[] = [];
  for (const split of maps.wholeSplits()) {
    for (const metric of split.metrics) {
      for (const group of groups.filter((name) => split.resultGroups(metric).includes(name))) {
        const place = `${split.name} best-${metric} ${group}`;
        for (const [of, words] of await ofGroup(maps, split, metric, group)) {
          lines.push([of === '' ? place : `${place} ${of}`, words]);
        }
      }
    }
  }
  const width = Math.max(29, ...lines.map(([place]) => place.length));
  return lines.map(([place, words]) => `${place.padEnd(width)} ${words}`);
}

/** Of the image where there is a vote, else of its parts; and of each network where there are several. */
async function ofGroup(
  maps: Maps,
  split: MapsSplit,
  metric: string,
  group: string,
): Promise<(readonly [of: string, words: string])[]> {
  const { mode, config } = maps.parameters;
  const isVoted = mode !== 'image' && split.hasTable(metric, group, 'image', 'prediction');
  const levels = [
    ...(isVoted || mode === 'image' ? (['image'] as const) : []),
    ...(mode !== 'image' && (!isVoted || config.multi_network) ? [mode] : []),
  ];
  const lines: (readonly [string, string])[] = [];
  for (const level of levels) {
    const isNetworks = config.multi_network && level !== 'image';
    const of = isVoted && config.multi_network ? 'vote' : '';
    if (!split.hasTable(metric, group, level, 'metrics')) {
      const { length } = await split.predictions(metric, group, level);
      lines.push([
        isNetworks ? 'networks' : of,
        `${length} predictions, and no labels to compare them with`,
      ]);
      continue;
    }
    const blocks = await groupFigures(maps, split, metric, group, level);
    blocks.forEach((figures, n) => {
      lines.push([isNetworks ? `network-${n}` : of, inWords(figures)]);
    });
  }
  return lines;
}

/** With more than two classes the balanced accuracy of each is shown, as `BA-<code>`. */
function inWords(figures: readonly GroupFigure[]): string {
  return figures
    .filter(({ name }) => SHOWN.has(name.replace(/^BA-\d+$/, 'BA')))
    .map(figure)
    .join('  ');
}

function figure({ name, value, interval, isUndefined }: GroupFigure): string {
  if (isUndefined) return `${name} -`;
  const range =
    interval === undefined ? '' : ` [${interval.lower.toFixed(2)}, ${interval.upper.toFixed(2)}]`;
  return `${name} ${Number(value).toFixed(3)}${range}`;
}
