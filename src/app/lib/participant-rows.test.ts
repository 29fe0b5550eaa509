import { describe, expect, it } from 'vitest';
import type { ModelSummary, PredictionRow } from '../../jobs/session-api.ts';
import { errorOf, found, participantRows, participantTable, sorted } from './participant-rows.ts';

const row = (
  participant: string,
  trueLabel: string,
  predictedLabel: string,
  probabilities: readonly number[] = [],
): PredictionRow => {
  return { participant, session: 'ses-M000', trueLabel, predictedLabel, probabilities };
};
function modelOf(
  task: ModelSummary['task'],
  groups: Readonly<Record<string, readonly PredictionRow[]>>,
): ModelSummary {
  return {
    ...{ name: 'maps', task, mode: 'image', architecture: 'Conv4_FC3', label: 'dx', history: [] },
    ...{ classes: task === 'classification' ? ['AD', 'CN'] : [], inputSize: [1, 4, 4, 4] },
    ...{ selectionMetrics: ['loss'], bestEpochs: {}, finished: true },
    results: Object.entries(groups).map(([group, predictions]) => ({
      ...{ group, selectionMetric: 'loss', confusion: [], metrics: {}, predictions },
    })),
  };
}
const names = (rows: readonly { readonly row: PredictionRow }[]) =>
  rows.map(({ row: { participant } }) => participant);

const classified = modelOf('classification', {
  test: [
    row('sub-sure', 'AD', 'AD', [0.95, 0.05]),
    row('sub-badly', 'AD', 'CN', [0.02, 0.98]),
    row('sub-nearly', 'CN', 'AD', [0.55, 0.45]),
    row('sub-unknown', '', 'CN', [0.1, 0.9]),
    row('sub-barely', 'CN', 'CN', [0.49, 0.51]),
  ],
  train: [row('sub-seen', 'AD', 'AD', [0.7, 0.3])],
});

describe('worst first', () => {
  it('of a classification: the least probability of what is true; what is unknown last', () => {
    expect(names(participantRows(classified, 'loss', ['test']))).toEqual([
      'sub-badly',
      'sub-nearly',
      'sub-barely',
      'sub-sure',
      'sub-unknown',
    ]);
  });

  it('of a regression: the largest error, whatever its sign', () => {
    const model = modelOf('regression', {
      test: [row('a', '60', '61'), row('b', '70', '62'), row('c', '80', '84'), row('d', '', '70')],
    });
    const rows = participantRows(model, 'loss', ['test']);
    expect(names(rows)).toEqual(['b', 'c', 'a', 'd']);
    expect(rows.map(({ row: one }) => errorOf(one))).toEqual([-8, 4, 1, NaN]);
  });

  it('of a reconstruction: the largest mean absolute error', () => {
    const of = (name: string, MAE: number) => ({
      ...row(name, '', ''),
      figures: { MAE, SSIM: 0.5 },
    });
    const model = modelOf('reconstruction', { test: [of('a', 0.1), of('b', 0.3)] });
    const rows = participantRows(model, 'loss', ['test']);
    expect(names(rows)).toEqual(['b', 'a']);
    expect(participantTable(model, rows)).toBe(
      'participant_id\tsession_id\tset\tMAE\tSSIM\nb\tses-M000\ttest\t0.3\t0.5\na\tses-M000\ttest\t0.1\t0.5\n',
    );
  });

  it('goes over several sets', () => {
    const rows = participantRows(classified, 'loss', ['test', 'train']);
    expect(rows).toHaveLength(6);
    expect(rows.find(({ group }) => group === 'train')?.row.participant).toBe('sub-seen');
    expect(participantRows(classified, 'BA', ['test'])).toEqual([]);
  });
});

const rows = participantRows(classified, 'loss', ['test', 'train']);

it('is found by parts of names, labels and sets, all words at once', () => {
  expect(names(found(rows, 'NEAR cn'))).toEqual(['sub-nearly']);
  expect(names(found(rows, 'train'))).toEqual(['sub-seen']);
  expect(found(rows, '  ')).toHaveLength(6);
  expect(found(rows, 'nobody')).toEqual([]);
});

it('is sorted by any column, numbers as numbers, and left alone without one', () => {
  expect(names(sorted(rows, { column: 'participant', descending: false }))[0]).toBe('sub-badly');
  expect(names(sorted(rows, { column: 'p:0', descending: true }))[0]).toBe('sub-sure');
  expect(sorted(rows, undefined)).toEqual(rows);
  const numbers = participantRows(
    modelOf('regression', { test: [row('a', '9', '1'), row('b', '10', '1'), row('c', '', '1')] }),
    ...(['loss', ['test']] as const),
  );
  expect(names(sorted(numbers, { column: 'truth', descending: true }))).toEqual(['b', 'a', 'c']);
  expect(names(sorted(numbers, { column: 'error', descending: false }))).toEqual(['b', 'a', 'c']);
});

it('is written with the columns of a MAPS', () => {
  const [header, first] = participantTable(classified, rows).split('\n');
  expect(header).toBe(
    'participant_id\tsession_id\tset\ttrue_label\tpredicted_label\tproba_AD\tproba_CN',
  );
  expect(first).toBe('sub-badly\tses-M000\ttest\tAD\tCN\t0.02\t0.98');
});
