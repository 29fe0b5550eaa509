import { expect, test } from 'vitest';
import { wrongFirst } from './predictions.ts';

const row = (participant: string, trueLabel: string, certainty: number) => ({
  participant,
  session: 'ses-M000',
  trueLabel,
  predictedLabel: 'AD',
  probabilities: [certainty, 1 - certainty],
});

test('the most certain mistake comes first, the most certain success last', () => {
  const rows = [
    row('a', 'AD', 0.99),
    row('b', 'CN', 0.6),
    row('c', 'AD', 0.55),
    row('d', 'CN', 0.9),
  ];
  expect(wrongFirst(rows).map(({ participant }) => participant)).toEqual(['d', 'b', 'c', 'a']);
});

test('leaves its argument as it was', () => {
  const rows = [row('a', 'AD', 0.9), row('b', 'CN', 0.9)];
  wrongFirst(rows);
  expect(rows[0]?.participant).toBe('a');
});
