/**
 * What the fake session answers to the step Evaluate. Curves and differences are computed as in the
 * worker, from made-up predictions. `?task=regression|reconstruction`, `?folds=5` change what a MAPS
 * that is opened holds; `?chance` makes its network guess.
 */
import { compareModels } from '../../core/evaluation/compare-models.ts';
import { evaluateGroup } from '../../core/evaluation/evaluate-group.ts';
import type { ModelSummary, OnEvent, PredictionRow, Session } from '../../jobs/session-api.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import { fakeBrain, fakeNifti, generator } from './fake-data.ts';

type Steps = (onEvent: OnEvent, phase: string, unit: string, total: number) => Promise<void>;

export function fakeEvaluation(
  current: () => ModelSummary | undefined,
  steps: Steps,
): Pick<Session, 'evaluate' | 'compare' | 'splitFigures' | 'reconstruct' | 'readMaps'> {
  return {
    evaluate: (request) => Promise.resolve(evaluateGroup(request)),
    compare: (request) => Promise.resolve(compareModels(request)),
    splitFigures: () => Promise.resolve(splitsOf(current())),
    reconstruct: async (request, onEvent) => {
      await steps(onEvent, 'Reconstructing', 'volumes', 4);
      const seed = Number(request.participant.replace(/\D/g, ''));
      const near = (x: number, y: number, z: number, at: number) =>
        Math.exp(-(((x - at) / 0.2) ** 2 + (y / 0.3) ** 2 + (z / 0.2) ** 2));
      return {
        ...{ input: fakeBrain(seed), output: fakeBrain(seed + 1) },
        error: fakeNifti((x, y, z) => 90 * (near(x, y, z, 0.35) - 0.7 * near(x, y, z, -0.35))),
        ...{ brightest: 230, peak: 80, peakAt: [28, 0, 0], group: 'test', part: 0, parts: 1 },
        figures: { MAE: 0.041, RMSE: 0.072, PSNR: 22.9, SSIM: 0.81 },
      };
    },
    readMaps: () => {
      const model = current();
      if (model === undefined) throw new TypeError('open a MAPS first');
      const random = generator(23);
      const results = model.results.map((result) => ({
        ...result,
        predictions: result.predictions.map((row) => worse(row, model, random)),
      }));
      const config = { ...(model.config ?? mergeConfig(model.task, {})), learning_rate: 1e-3 };
      const history = model.history.map((row) => ({ ...row, validation: row.validation * 1.2 }));
      const other = { ...model, name: 'maps_other', results, history, architecture: 'Conv4_FC3' };
      return Promise.resolve({ ...other, config: { ...config, dropout: 0.5 } });
    },
  };
}

/** Another model's say: now and then the other way round. */
function worse(row: PredictionRow, { classes }: ModelSummary, random: () => number): PredictionRow {
  if (random() > 0.25 || classes.length === 0) return row;
  const probabilities = [...row.probabilities].reverse();
  return { ...row, predictedLabel: row.trueLabel, probabilities };
}

function splitsOf(model: ModelSummary | undefined) {
  if (model?.splits === undefined) return [];
  const random = generator(29);
  return model.results.map(({ group, selectionMetric, metrics }) => {
    const moved = () =>
      Object.fromEntries(
        Object.entries(metrics).map(([name, { value }]) => {
          const shift = 0.12 * (random() - 0.5);
          return [
            name,
            { value: value + shift, low: value + shift - 0.15, high: value + shift + 0.1 },
          ];
        }),
      );
    const splits = (model.splits ?? []).map((split) => ({ split, metrics: moved() }));
    const figures = { group, selectionMetric, splits };
    return group === 'test' ? { ...figures, ensemble: metrics } : figures;
  });
}

/** The stored model as the address asks for it. */
export function fakeStored(model: ModelSummary, query: URLSearchParams): ModelSummary {
  const folds = Number(query.get('folds') ?? 0);
  const splits = Array.from({ length: folds }, (_, split) => split);
  const shaped = folds > 1 ? { ...model, split: 0, splits } : model;
  const task = query.get('task');
  if (query.has('chance')) return guessing(shaped);
  if (task !== 'regression' && task !== 'reconstruction') return shaped;
  const random = generator(31);
  const results = shaped.results.map((result) => ({
    ...{
      ...result,
      confusion: [],
      predictions: result.predictions.map((row) => other(row, task, random)),
    },
    metrics:
      task === 'regression'
        ? { MAE: near(3.9), RMSE: near(4.8), R2_score: { value: 0.48, low: 0.2, high: 0.65 } }
        : { MAE: near(0.04), RMSE: near(0.07), PSNR: near(23), SSIM: { value: 0.81 } },
  }));
  const config = mergeConfig(task, {
    architecture: task === 'regression' ? 'Conv5_FC3' : 'AE_Conv5_FC3',
  });
  return {
    ...shaped,
    task,
    config,
    classes: [],
    label: task === 'regression' ? 'age' : '',
    results,
  };
}

const near = (value: number) => ({ value, low: 0.8 * value, high: 1.25 * value });

function other(
  row: PredictionRow,
  task: 'regression' | 'reconstruction',
  random: () => number,
): PredictionRow {
  const { participant, session } = row;
  const who = { participant, session, probabilities: [] };
  if (task === 'regression') {
    const age = 60 + 25 * random();
    const said = 72 + 0.6 * (age - 72) + 8 * (random() - 0.5);
    return { ...who, trueLabel: age.toFixed(1), predictedLabel: String(said) };
  }
  const mae = 0.03 + 0.03 * random() ** 2;
  const figures = {
    MAE: mae,
    RMSE: 1.7 * mae,
    PSNR: -20 * Math.log10(1.7 * mae),
    SSIM: 0.9 - 2 * mae,
  };
  return { ...who, trueLabel: '', predictedLabel: '', figures };
}

function guessing(model: ModelSummary): ModelSummary {
  const random = generator(37);
  const results = model.results.map((result) => ({
    ...result,
    predictions: result.predictions.map((row) => {
      const first = 0.42 + 0.06 * random();
      const label = model.classes[1] ?? '';
      return { ...row, predictedLabel: label, probabilities: [first, 1 - first] };
    }),
  }));
  return { ...model, results };
}
