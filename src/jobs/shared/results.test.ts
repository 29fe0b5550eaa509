import { expect, test } from 'vitest';
import { resultsOf } from './results.ts';

test('what a single part says is what its image says, with the ids', () => {
  const predictions = [
    { participant: 'sub-1', session: 'ses-M000', part: 3, truth: 0, predicted: 0 },
    { participant: 'sub-2', session: 'ses-M000', part: 3, truth: 1, predicted: 0 },
  ].map((row) => ({ ...row, probabilities: [0.7, 0.3] }));
  const { image } = resultsOf({
    ...{ mode: 'roi', classes: 2, partsPerImage: 1, predictions, reference: predictions },
    ...{ lossSum: 1, labelled: true, selectionThreshold: 0.9, seed: 1 },
    description: {
      ...{ group: 'test', date: '', caps: new Map(), participants: 2, sessions: 2 },
    },
  });
  expect(image?.predictions).toEqual(predictions.map((row) => ({ ...row, part: 0 })));
  expect(image?.metrics?.get('accuracy')).toBe(0.5);
});
