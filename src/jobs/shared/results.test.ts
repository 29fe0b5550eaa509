import { describe, expect, test } from 'vitest';
import { defaultConfig, type Config, type Task as TaskKind } from '../../core/config/schema.ts';
import type { PartPrediction } from '../../core/metrics/ensemble.ts';
import { resultsOf, trainingMetrics, type ResultOptions } from './results.ts';
import { taskOf } from './task.ts';

const CODE = { AD: 0, CN: 1 };
const task = (kind: TaskKind, code = kind === 'classification' ? CODE : {}) =>
  taskOf(defaultConfig(kind) as Config, code);

const row = (participant: string, part: number, truth: number, first: number): PartPrediction => ({
  ...{ participant, session: 'ses-M000', part, truth },
  ...{ predicted: first >= 0.5 ? 0 : 1, probabilities: [first, 1 - first] },
});
const value = (participant: string, part: number, truth: number, predicted: number) => ({
  ...{ participant, session: 'ses-M000', part, truth, predicted, probabilities: [] },
});

function options(
  networks: readonly (readonly PartPrediction[])[],
  others: Partial<ResultOptions> = {},
): ResultOptions {
  const predictions = networks.flat();
  return {
    ...{ mode: 'roi', partsPerImage: 1, reference: predictions, labelled: true },
    ...{ selectionThreshold: 0, seed: 1 },
    networks: networks.map((of, network) => ({
      ...(networks.length > 1 ? { network } : {}),
      predictions: of,
      evaluation: { lossSum: network + 1, termSums: new Map<string, number>() },
    })),
    description: {
      ...{ group: 'test', date: '', caps: new Map(), participants: 2, sessions: 2 },
    },
    ...others,
  };
}

describe('a classification', () => {
  test('what a single part says is what its image says, with the ids', () => {
    const predictions = [row('sub-1', 3, 0, 0.7), row('sub-2', 3, 1, 0.7)];
    const { image } = resultsOf(
      task('classification'),
      options([predictions], { selectionThreshold: 0.9 }),
    );
    expect(image?.predictions).toEqual(predictions.map((one) => ({ ...one, part: 0 })));
    expect(image?.metrics?.get('accuracy')).toBe(0.5);
  });

  test('several networks: a block of metrics each, one vote of all', () => {
    const networks = [
      [row('sub-1', 0, 0, 0.9), row('sub-2', 0, 1, 0.2)],
      [row('sub-1', 1, 0, 0.3), row('sub-2', 1, 1, 0.1)],
    ];
    const { predictions, metrics, image } = resultsOf(
      task('classification'),
      options(networks, { partsPerImage: 2 }),
    );
    expect(predictions).toEqual(networks.flat());
    expect(metrics?.map(({ network }) => network)).toEqual([0, 1]);
    const ofBlock = (block: number, name: string) =>
      metrics?.[block]?.metrics.find((metric) => metric.name === name)?.value;
    expect([ofBlock(0, 'accuracy'), ofBlock(1, 'accuracy')]).toEqual([1, 0.5]);
    expect([ofBlock(0, 'loss'), ofBlock(1, 'loss')]).toEqual([1, 2]);
    // Weights 1 and 0.5 of 1.5, by accuracy.
    expect(image?.predictions[0]?.probabilities[0]).toBeCloseTo((0.9 + 0.5 * 0.3) / 1.5, 12);
  });

  test('has scores and a calibration at both levels, and none without labels', () => {
    const networks = [[row('sub-1', 0, 0, 0.9), row('sub-2', 0, 1, 0.2)]];
    const labelled = resultsOf(task('classification'), options(networks));
    expect(labelled.scores?.metrics.map(({ name }) => name)).toEqual(['AUC', 'ECE']);
    expect(labelled.scores?.metrics[0]?.value).toBe(1);
    expect(labelled.image?.scores?.calibration).toHaveLength(10);
    const bare = resultsOf(task('classification'), options(networks, { labelled: false }));
    expect([bare.metrics, bare.scores, bare.image?.metrics]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('of more than two classes is averaged over them for training.tsv', () => {
    const code = { A: 0, B: 1, C: 2 };
    const three = (truth: number, predicted: number) => ({
      ...value('sub-1', 0, truth, predicted),
      probabilities: [0, 1, 2].map((c) => (c === predicted ? 1 : 0)),
    });
    const predictions = [three(0, 0), three(1, 1), three(2, 1)];
    const metrics = trainingMetrics(task('classification', code), predictions, 4);
    expect([...metrics.keys()]).toEqual([...task('classification', code).metricNames, 'loss']);
    expect(metrics.get('sensitivity')).toBeCloseTo(2 / 3, 12);
    const { scores } = resultsOf(task('classification', code), options([predictions]));
    expect(scores?.metrics.map(({ name }) => name)).toEqual(['AUC-0', 'AUC-1', 'AUC-2', 'ECE']);
  });
});

describe('a regression', () => {
  test('gives an image the plain mean of its parts, and metrics of these', () => {
    const predictions = [
      ...[value('sub-1', 0, 50, 40), value('sub-1', 1, 50, 56)],
      ...[value('sub-2', 0, 60, 60), value('sub-2', 1, 60, 64)],
    ];
    const { image, metrics } = resultsOf(
      task('regression'),
      options([predictions], { partsPerImage: 2 }),
    );
    expect(image?.predictions.map(({ predicted }) => predicted)).toEqual([48, 62]);
    expect([...(image?.metrics ?? [])].map(([name]) => name)).toEqual(['R2_score', 'MAE', 'RMSE']);
    expect(image?.metrics?.get('MAE')).toBe(2);
    expect(metrics?.[0]?.metrics.map(({ name }) => name)).toEqual([
      ...['R2_score', 'MAE', 'RMSE', 'loss'],
    ]);
  });
});

describe('a reconstruction', () => {
  const figures = (participant: string, of: readonly number[]) => ({
    ...value(participant, 0, -1, -1),
    figures: of,
  });

  test('has metrics without labels, the terms of its loss behind it, and no image level', () => {
    const predictions = [
      figures('sub-1', [0.1, 0.2, 10, 0.5]),
      figures('sub-2', [0.3, 0.4, 20, 0.7]),
    ];
    const asked = options([predictions], { labelled: false });
    const [network] = asked.networks;
    const termSums = new Map([
      ['recon_loss', 3],
      ['kl_loss', 0.5],
    ]);
    const { metrics, image } = resultsOf(task('reconstruction'), {
      ...asked,
      networks: [{ predictions, ...network, evaluation: { lossSum: 3.5, termSums } }],
    });
    const named = Object.fromEntries(
      (metrics?.[0]?.metrics ?? []).map(({ name, value: of }) => [name, of]),
    );
    expect(Object.keys(named)).toEqual([
      ...['MAE', 'RMSE', 'PSNR', 'SSIM', 'loss', 'recon_loss', 'kl_loss'],
    ]);
    expect(named).toMatchObject({ PSNR: 15, loss: 3.5, kl_loss: 0.5 });
    expect(image).toBeUndefined();
  });
});

test('less of a loss or an error is better, more of everything else', () => {
  const directions = (kind: TaskKind) => {
    const { metricNames, direction } = task(kind);
    return metricNames.filter((name) => direction(name) === 'min');
  };
  expect(directions('classification')).toEqual(['LR_minus']);
  expect(directions('regression')).toEqual(['MAE', 'RMSE']);
  expect(directions('reconstruction')).toEqual(['MAE', 'RMSE']);
  expect(task('regression').direction('loss')).toBe('min');
});
