/**
 * What the splits of a MAPS say side by side: the metrics of each, and those of all splits together
 * where they predicted the same sessions.
 */
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import { isTrainingGroup } from '../../core/maps/layout.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import { stream } from '../../core/random/philox.ts';
import type { MetricFigure, SplitFigures } from '../session-api.ts';
import { ensembles, type SplitSaying } from '../predicting/over-splits.ts';
import { modelOf, type Model } from '../shared/model.ts';
import { scoresOf } from '../shared/results.ts';
import { figuresOf, figureOf, imagePredictions } from './summary.ts';

/** @returns one entry a selection metric and group; none where there is a single split */
export async function splitFigures(maps: Maps): Promise<SplitFigures[]> {
  const model = modelOf(maps);
  const splits = maps.wholeSplits();
  if (splits.length < 2) return [];
  const names = [...new Set(splits.flatMap(({ metrics }) => metrics))];
  const found: SplitFigures[] = [];
  for (const selectionMetric of names) {
    const groups = new Set(splits.flatMap((split) => split.resultGroups(selectionMetric)));
    for (const group of groups) {
      found.push(await figuresOfGroup(maps, model, splits, selectionMetric, group));
    }
  }
  return found;
}

async function figuresOfGroup(
  maps: Maps,
  model: Model,
  splits: readonly MapsSplit[],
  metric: string,
  group: string,
): Promise<SplitFigures> {
  const rows: SplitFigures['splits'][number][] = [];
  const sayings: SplitSaying[] = [];
  for (const split of splits) {
    if (!split.resultGroups(metric).includes(group)) continue;
    const own = await figuresOf(maps, model, split, metric, group);
    const labelled = Object.keys(own).length > 0;
    const { index, name } = split;
    const predictions =
      group === 'train' ? [] : await imagePredictions(model, split, metric, group);
    const scores =
      labelled && predictions.length > 0 ? scoresOfImages(model, group, predictions) : {};
    rows.push({ split: index, metrics: { ...own, ...scores } });
    // Training and validation sets differ between splits.
    if (isTrainingGroup(group)) continue;
    sayings.push({
      ...{ split: name, metric, mode: model.extraction.mode, predictions, labelled },
      description: { group, date: '', caps: new Map(), participants: 0, sessions: 0 },
    });
  }
  const [together] = ensembles(model.task, sayings, model.config.seed);
  const figures = [
    ...(together?.results.metrics ?? []),
    ...(together?.results.scores?.metrics ?? []),
  ];
  return {
    ...{ selectionMetric: metric, group, splits: rows },
    ...(figures.length === 0
      ? {}
      : {
          ensemble: Object.fromEntries(
            figures.map((entry): [string, MetricFigure] => [entry.name, figureOf(entry)]),
          ),
        }),
  };
}

/** What ClinicaDL's tables do not have, from the stream of the tables that have it. */
function scoresOfImages(
  { task, config, extraction }: Model,
  group: string,
  predictions: readonly PartPrediction[],
): Record<string, MetricFigure> {
  const what = extraction.mode === 'image' ? 'bootstrap of scores' : 'bootstrap of image scores';
  const found = scoresOf(task, predictions, stream(config.seed, `${what} ${group}`));
  return Object.fromEntries(
    (found?.metrics ?? []).map((entry): [string, MetricFigure] => [entry.name, figureOf(entry)]),
  );
}
