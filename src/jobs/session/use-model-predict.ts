/** Somebody's scans predicted by the open model: a data group made of them, and what is said of each. */
import type { WritableTree } from '../../core/files/file-tree.ts';
import { listPaths } from '../../core/files/read.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import { acrossSplits, type EnsemblePrediction } from '../../core/metrics/split-ensemble.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import { isMissing } from '../../core/tsv/table.ts';
import type { Job } from '../events.ts';
import { chosenSplits, predict } from '../predict.ts';
import type { MetricFigure, PredictionRow } from '../session-api.ts';
import type { JobContext } from '../shared/context.ts';
import type { Model } from '../shared/model.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import { splitFigures } from './split-figures.ts';
import { figuresOf, imagePredictions, predictionRow, summarise } from './summary.ts';
import type { PredictScansRequest, ScanPrediction, ScanPredictions } from './use-model-api.ts';
import { modelForScans, seenBy } from './use-model-check.ts';

/** @throws CapsuleError as `predict`; LEAKAGE_PARTICIPANTS unless `withSeen` */
export async function* predictScans(
  tree: WritableTree,
  name: string,
  cohort: OpenedCohort,
  request: PredictScansRequest,
  context: JobContext,
): Job<ScanPredictions> {
  const { group, selectionMetric, sessions } = request;
  const before = await openMaps(tree);
  const model = modelForScans(before);
  const splits = chosenSplits(before, request.splits);
  const start = context.clock.elapsed();
  const asked = new Set(sessions.map(sessionName));
  const labels = new Map(
    cohort.rows().map((row) => [sessionName(row), (row.cells[model.label] ?? '').trim()]),
  );
  const rows = sessions.map((key) => {
    const { participant, session } = key;
    return { participant, session, cohort: 'single', label: labels.get(sessionName(key)) ?? '' };
  });
  const labelled =
    model.task.kind !== 'reconstruction' && rows.some(({ label }) => !isMissing(label));
  const { caps, store } = cohort;
  const remarks: string[] = [];
  const reasons = new Map<string, string>();
  const job = predict(
    {
      ...{ maps: tree, caps, store, capsDirectory: caps.name, group },
      definition: {
        ...{ rows, labelled, capsDirectory: caps.name },
        checkLeakage: before.namesParticipants && !request.withSeen,
      },
      selectionMetrics: [selectionMetric],
      splits: splits.map(({ index }) => index),
      batchSize: model.config.batch_size,
      unreadable: 'leave-out',
    },
    context,
  );
  let step = await job.next();
  for (; step.done !== true; step = await job.next()) {
    const event = step.value;
    if (event.kind === 'log') remarks.push(event.message);
    if (event.kind === 'problem') {
      const { participant = '', session = '', sentence, code } = event.problem;
      reasons.set(sessionName({ participant, session }), `${sentence} (${code})`);
    }
    yield event;
  }
  const maps = await openMaps(tree);
  const used = maps.wholeSplits().filter(({ index }) => splits.some((one) => one.index === index));
  const said = await sayings(maps, model, used, request);
  const there = new Set(said.map(sessionName));
  const paths = await listPaths(tree);
  return {
    ...{ group, selectionMetric, splits: used.map(({ index }) => index), rows: said },
    metrics: await metricsOf(maps, model, used, request),
    remarks: [...new Set(remarks)],
    leftOut: sessions
      .filter((key) => asked.has(sessionName(key)) && !there.has(sessionName(key)))
      .map(({ participant, session }) => {
        const reason = reasons.get(sessionName({ participant, session })) ?? '';
        return { participant, session, reason };
      }),
    tables: paths.filter((path) => path.endsWith('.tsv') && path.includes(`/${group}/`)),
    seconds: (context.clock.elapsed() - start) / 1000,
    model: await summarise(maps, name, used[0]?.index),
  };
}

async function sayings(
  maps: Maps,
  model: Model,
  splits: readonly MapsSplit[],
  { group, selectionMetric }: PredictScansRequest,
): Promise<ScanPrediction[]> {
  const all = await Promise.all(
    splits.map((split) => imagePredictions(model, split, selectionMetric, group)),
  );
  const seen = await seenBy(maps);
  const [first = []] = all;
  if (all.length === 1 || model.task.kind === 'reconstruction') {
    return first.map((prediction) => ({
      ...predictionRow(model, prediction),
      ...{ seen: seen?.get(prediction.participant), bySplit: [] },
    }));
  }
  const tables = all.map((some) => new Map(some.map((one) => [sessionName(one), one])));
  return acrossSplits(all).map((prediction) => {
    const own = tables.flatMap((table) => table.get(sessionName(prediction)) ?? []);
    return {
      ...predictionRow(model, prediction),
      ...{ seen: seen?.get(prediction.participant), spread: spreadOf(prediction) },
      bySplit: own.map((one) => wordsOf(predictionRow(model, one))),
    };
  });
}

function spreadOf({ spread, predicted, probabilities }: EnsemblePrediction): number {
  return spread[probabilities.length === 0 ? 0 : predicted] ?? NaN;
}

const wordsOf = ({ predictedLabel }: PredictionRow): string => predictedLabel;

async function metricsOf(
  maps: Maps,
  model: Model,
  splits: readonly MapsSplit[],
  { group, selectionMetric }: PredictScansRequest,
): Promise<Readonly<Record<string, MetricFigure>>> {
  const [only] = splits;
  if (only === undefined) return {};
  if (splits.length === 1 || model.task.kind === 'reconstruction') {
    return figuresOf(maps, model, only, selectionMetric, group);
  }
  const figures = await splitFigures(maps);
  const own = figures.find((one) => one.group === group && one.selectionMetric === selectionMetric);
  return own?.ensemble ?? {};
}
