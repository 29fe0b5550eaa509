/** A MAPS as the page shows it: read back from its files, whether it was made here or elsewhere. */
import { confusionMatrix } from '../../core/metrics/confusion.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import type { MetricWithInterval } from '../../core/metrics/report.ts';
import { groupFigures, type GroupFigure } from '../../core/maps/group-figures.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type {
  GroupResult,
  MetricFigure,
  ModelSummary,
  PredictionRow,
  Task,
} from '../session-api.ts';
import { modelOf, type Model } from '../shared/model.ts';
import { RECONSTRUCTION_METRICS } from '../../core/metrics/reconstruction.ts';
import { sessionName } from '../../core/tsv/sessions.ts';

/**
 * @param name - what its owner calls the MAPS
 * @param index - number of the split; the first that there is when absent
 * @throws CapsuleError MAPS_UNFINISHED, MAPS_DAMAGED
 */
export async function summarise(maps: Maps, name: string, index?: number): Promise<ModelSummary> {
  const model = modelOf(maps);
  const splits = maps.wholeSplits();
  const [first] = splits as [MapsSplit];
  const split = splits.find((one) => one.index === index) ?? first;
  const bestEpochs: Record<string, number> = {};
  const results: GroupResult[] = [];
  for (const metric of split.metrics) {
    bestEpochs[metric] = (await split.checkpoint(metric, model.networks?.[0])).epoch;
    for (const group of split.resultGroups(metric)) {
      results.push(await groupResult(maps, model, split, metric, group));
    }
  }
  const { rows } = await split.trainingLog(model.networks?.[0]);
  const batches = {
    train: await batchesOf(model, split, 'train'),
    validation: await batchesOf(model, split, 'validation'),
  };
  return {
    ...{ name, architecture: model.plan.name, label: model.label },
    ...{ task: model.task.kind, mode: model.extraction.mode },
    ...(model.networks === undefined ? {} : { networks: model.networks.length }),
    ...(splits.length > 1 ? { split: split.index, splits: splits.map((one) => one.index) } : {}),
    ...{
      config: model.config,
      classes: model.classes,
      inputSize: maps.parameters.extra.input_size,
    },
    ...{ selectionMetrics: lossFirst(split.metrics), bestEpochs, results, finished: true },
    mistake: await maps.mistake(),
    history: rows.map(({ epoch, iteration, train, validation }) => ({
      ...{ epoch, iteration },
      train: Number(train.get('loss')) / batches.train,
      validation: Number(validation.get('loss')) / batches.validation,
    })),
  };
}

/** training.tsv holds sums over batches; how many there were follows from the predictions. Of several networks, those of each. */
async function batchesOf(model: Model, split: MapsSplit, group: string): Promise<number> {
  const metric = split.metrics.find((name) => split.resultGroups(name).includes(group));
  if (metric === undefined || !split.hasTable(metric, group, model.extraction.mode, 'prediction')) {
    return NaN;
  }
  const elements = await split.predictions(metric, group, model.extraction.mode);
  return Math.ceil(elements.length / (model.networks?.length ?? 1) / model.config.batch_size);
}

async function groupResult(
  maps: Maps,
  model: Model,
  split: MapsSplit,
  metric: string,
  group: string,
): Promise<GroupResult> {
  const predictions = await imagePredictions(model, split, metric, group);
  const isClassified = model.task.kind === 'classification';
  const labelled =
    isClassified && predictions.length > 0 && predictions.every(({ truth }) => truth >= 0);
  return {
    ...{ group, selectionMetric: metric },
    confusion: labelled
      ? confusionMatrix(
          predictions.map(({ truth }) => truth),
          predictions.map(({ predicted }) => predicted),
          model.classes.length,
        )
      : [],
    metrics: await figuresOf(maps, model, split, metric, group),
    predictions: predictions.map((prediction) => predictionRow(model, prediction)),
  };
}

export function predictionRow(model: Model, prediction: PartPrediction): PredictionRow {
  const { participant, session, truth, predicted, probabilities, figures } = prediction;
  const row = { participant, session, probabilities };
  const inWords: Readonly<Record<Task, (value: number) => string>> = {
    classification: (code) => model.classes[code] ?? '',
    regression: (value) => (Number.isFinite(value) ? String(value) : ''),
    reconstruction: () => '',
  };
  const of = inWords[model.task.kind];
  const named = RECONSTRUCTION_METRICS.map((name, index) => [name, figures?.[index] ?? NaN]);
  return {
    ...row,
    ...{ trueLabel: of(truth), predictedLabel: of(predicted) },
    ...(figures === undefined ? {} : { figures: Object.fromEntries(named) }),
  };
}

/** Metrics of a group's images by name; none where it has no labels. Of a reconstruction by parts, theirs. */
export async function figuresOf(
  maps: Maps,
  model: Model,
  split: MapsSplit,
  metric: string,
  group: string,
): Promise<Record<string, MetricFigure>> {
  const level = levelOf(model, split, metric, group, 'metrics');
  if (level === undefined) return {};
  const [figures = []] = await groupFigures(maps, split, metric, group, level);
  return Object.fromEntries(
    figures.map((entry): [string, MetricFigure] => [entry.name, figureOf(entry)]),
  );
}

/** One prediction a session; none where the MAPS was exported without participants. */
export async function imagePredictions(
  model: Model,
  split: MapsSplit,
  metric: string,
  group: string,
): Promise<PartPrediction[]> {
  const level = levelOf(model, split, metric, group, 'prediction');
  if (level === undefined) return [];
  const rows = await split.predictions(metric, group, level);
  return level === 'image' ? rows : meanOfParts(rows);
}

/** Reconstructions of parts are not put together: their tables are those of the parts alone. */
function levelOf(
  { task, extraction }: Model,
  split: MapsSplit,
  metric: string,
  group: string,
  table: 'prediction' | 'metrics',
): ModelSummary['mode'] | undefined {
  if (split.hasTable(metric, group, 'image', table)) return 'image';
  const { mode } = extraction;
  const isThere = task.kind === 'reconstruction' && split.hasTable(metric, group, mode, table);
  return isThere ? mode : undefined;
}

function meanOfParts(rows: readonly PartPrediction[]): PartPrediction[] {
  const sessions = [...new Map(rows.map((row) => [sessionName(row), row])).keys()];
  return sessions.map((name) => {
    const parts = rows.filter((row) => sessionName(row) === name);
    const [first] = parts as [PartPrediction];
    const figures = first.figures?.map(
      (_, at) => parts.reduce((sum, part) => sum + (part.figures?.[at] ?? NaN), 0) / parts.length,
    );
    return { ...first, part: 0, ...(figures === undefined ? {} : { figures }) };
  });
}

export function figureOf({
  value,
  interval,
  isUndefined = false,
}: MetricWithInterval & Partial<Pick<GroupFigure, 'isUndefined'>>): MetricFigure {
  if (isUndefined) return { value: NaN, isUndefined };
  if (interval === undefined) return { value: Number(value) };
  return { value: Number(value), low: interval.lower, high: interval.upper };
}

function lossFirst(metrics: readonly string[]): string[] {
  return [...metrics].sort(
    (a, b) => Number(b === 'loss') - Number(a === 'loss') || (a < b ? -1 : 1),
  );
}
