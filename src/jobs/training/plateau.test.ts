import { expect, test } from 'vitest';
import { Plateau } from './plateau.ts';

/** Learning rate after each epoch. */
function rates(losses: readonly number[], start = 1): number[] {
  const plateau = new Plateau(start);
  return losses.map((loss) => {
    plateau.step(loss);
    return plateau.learningRate;
  });
}
const constant = (count: number, loss = 1) => new Array<number>(count).fill(loss);

test('divides the rate by ten after eleven epochs that are not better than the best', () => {
  // The first epoch is the best; the eleventh after it is one too many.
  const found = rates(constant(24));
  expect(found.slice(0, 11)).toEqual(constant(11));
  expect(found.slice(11, 22)).toEqual(constant(11, 0.1));
  expect(found[22]).toBeCloseTo(0.01, 12);
});

test('starts to count again after an epoch that is better by more than a ten-thousandth', () => {
  const better = rates([...constant(11), 0.9998, ...constant(10)]);
  expect(better.at(-1)).toBe(1);
  const hardly = rates([...constant(11), 0.99995, ...constant(10)]);
  expect(hardly[11]).toBe(0.1);
});

test('leaves a rate alone that would hardly change, and counts a loss that is no number as worse', () => {
  expect(rates(constant(12), 1e-8).at(-1)).toBe(1e-8);
  expect(rates([1, ...constant(11, NaN)]).at(-1)).toBe(0.1);
});

// torch.optim.lr_scheduler.ReduceLROnPlateau of PyTorch 1.13 on losses[i] = 2 + cos(i / 3), lr 0.01:
// the epochs after which the rate is another one.
test('lowers the rate in the epochs in which PyTorch does', () => {
  const losses = Array.from({ length: 60 }, (_, index) => 2 + Math.cos(index / 3));
  const found = rates(losses, 0.01);
  const epochs = found.flatMap((rate, index) => (rate === (found[index - 1] ?? 0.01) ? [] : index));
  expect(epochs).toEqual([20, 39, 58]);
  expect(found.at(-1)).toBeCloseTo(1e-5, 12);
});

test('goes on from its state as if it had not stopped', () => {
  const losses = constant(14);
  const first = new Plateau(1);
  for (const loss of losses.slice(0, 7)) first.step(loss);
  const second = new Plateau(5);
  second.state = first.state;
  for (const loss of losses.slice(7)) second.step(loss);
  expect(second.learningRate).toBe(rates(losses).at(-1));
});
