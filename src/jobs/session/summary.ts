/** A MAPS as the page shows it: read back from its files, whether it was made here or elsewhere. */
import { confusionMatrix } from '../../core/metrics/confusion.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import type { MetricWithInterval } from '../../core/metrics/report.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type { GroupResult, MetricFigure, ModelSummary, PredictionRow } from '../session-api.ts';
import { modelOf, refuseOtherThanClassifier, type Model } from '../shared/model.ts';

/**
 * @param name - what its owner calls the MAPS
 * @param index - number of the split; the first that there is when absent
 * @throws CapsuleError MAPS_UNFINISHED, MAPS_DAMAGED, CONFIG_NOT_YET
 */
export async function summarise(maps: Maps, name: string, index?: number): Promise<ModelSummary> {
  const model = modelOf(maps);
  refuseOtherThanClassifier(model, maps);
  const splits = maps.wholeSplits();
  const [first] = splits as [MapsSplit];
  const split = splits.find((one) => one.index === index) ?? first;
  const bestEpochs: Record<string, number> = {};
  const results: GroupResult[] = [];
  for (const metric of split.metrics) {
    bestEpochs[metric] = (await split.checkpoint(metric)).epoch;
    for (const group of split.resultGroups(metric)) {
      results.push(await groupResult(model, split, metric, group));
    }
  }
  const { rows } = await split.trainingLog();
  const batches = {
    train: await batchesOf(model, split, 'train'),
    validation: await batchesOf(model, split, 'validation'),
  };
  return {
    ...{ name, architecture: model.plan.name, label: model.label },
    ...(splits.length > 1 ? { split: split.index, splits: splits.map((one) => one.index) } : {}),
    ...{ classes: model.classes, inputSize: maps.parameters.extra.input_size },
    ...{ selectionMetrics: lossFirst(split.metrics), bestEpochs, results, finished: true },
    history: rows.map(({ epoch, iteration, train, validation }) => ({
      ...{ epoch, iteration },
      train: Number(train.get('loss')) / batches.train,
      validation: Number(validation.get('loss')) / batches.validation,
    })),
  };
}

/** training.tsv holds sums over batches; how many there were follows from the predictions. */
async function batchesOf(model: Model, split: MapsSplit, group: string): Promise<number> {
  const metric = split.metrics.find((name) => split.resultGroups(name).includes(group));
  if (metric === undefined) return NaN;
  const elements = await split.predictions(metric, group, model.extraction.mode);
  return Math.ceil(elements.length / model.config.batch_size);
}

async function groupResult(
  model: Model,
  split: MapsSplit,
  metric: string,
  group: string,
): Promise<GroupResult> {
  const predictions = await split.predictions(metric, group, 'image');
  const labelled = predictions.every(({ truth }) => truth >= 0);
  const metrics = labelled ? (await split.groupMetrics(metric, group, 'image'))[0] : undefined;
  return {
    ...{ group, selectionMetric: metric },
    confusion: labelled
      ? confusionMatrix(
          predictions.map(({ truth }) => truth),
          predictions.map(({ predicted }) => predicted),
          model.classes.length,
        )
      : [],
    metrics: Object.fromEntries((metrics ?? []).map((entry) => [entry.name, figure(entry)])),
    predictions: predictions.map((prediction) => predictionRow(model, prediction)),
  };
}

export function predictionRow(model: Model, prediction: PartPrediction): PredictionRow {
  const { participant, session, truth, predicted, probabilities } = prediction;
  const name = (code: number) => model.classes[code] ?? '';
  return {
    ...{ participant, session, probabilities },
    ...{ trueLabel: name(truth), predictedLabel: name(predicted) },
  };
}

function figure({ value, interval }: MetricWithInterval): MetricFigure {
  if (interval === undefined) return { value: Number(value) };
  return { value: Number(value), low: interval.lower, high: interval.upper };
}

function lossFirst(metrics: readonly string[]): string[] {
  return [...metrics].sort(
    (a, b) => Number(b === 'loss') - Number(a === 'loss') || (a < b ? -1 : 1),
  );
}
