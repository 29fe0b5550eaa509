import { expect, test } from 'vitest';
import { thrownBy } from '../labels/testing/tables.ts';
import { parseArguments } from './arguments.ts';
import { learningRateProblem } from './learning-rate.ts';

test.each([1e-8, 1e-4, 0.1, 1])('%d can train a network', (learning_rate) => {
  expect(learningRateProblem({ learning_rate, optimizer: 'Adam' })).toBeUndefined();
});

test.each([
  [0, /No weight will move/],
  [1.5, /Weights will jump/],
  [100, /Weights will jump/],
])('%d is told to be unlikely to', (learning_rate, action) => {
  const problem = learningRateProblem({ learning_rate, optimizer: 'SGD' });
  expect(problem).toMatchObject({
    ...{ code: 'CONFIG_LEARNING_RATE', severity: 'warning', found: String(learning_rate) },
  });
  expect(problem?.action).toMatch(action);
});

test('Adadelta, whose rate scales steps of its own, may have more than 1', () => {
  expect(learningRateProblem({ learning_rate: 5, optimizer: 'Adadelta' })).toBeUndefined();
});

test.each(['-1e-4', 'nan', 'inf', 'Infinity', '1e400', '1,5e-4', ''])(
  '%j is no rate',
  (learning_rate) => {
    expect(thrownBy(() => parseArguments({ learning_rate }, 'regression'))).toMatchObject({
      ...{ code: 'CONFIG_VALUE', expected: '"learning_rate" to be a number of at least 0' },
    });
  },
);
