import { describe, expect, it } from 'vitest';
import reference from '../../../tests/fixtures/evaluation-sklearn.json';
import { stream } from '../random/philox.ts';
import {
  arrangements,
  chanceOfDecisions,
  chanceOfScores,
  chanceOfValues,
  PERMUTATIONS,
} from './permutation.ts';

// Made by evaluation-sklearn.py, which goes through all arrangements.
const { chance } = reference;
const random = (seed = 1) => stream(seed, 'shuffled labels');
/** Four standard errors of a share among so many shuffles. */
const tolerance = (p: number, shuffles: number) => 4 * Math.sqrt((p * (1 - p)) / shuffles);

describe('better than chance', () => {
  const truth = chance.scores.map((_, index) => (chance.positives.includes(index) ? 0 : 1));
  const scores = chance.scores.map((score) => [score, 1 - score]);

  it('by scores: the share of all arrangements with as large an area', () => {
    const found = chanceOfScores(truth, scores, 2, random(), 20_000);
    expect(Math.abs(found.p - chance.p)).toBeLessThan(tolerance(chance.p, 20_000));
    expect(found.least).toBeCloseTo(1 / chance.arrangements, 15);
  });

  it('by values: the share of all orders that rise as much with the prediction', () => {
    const { p } = chanceOfValues(chance.truth, chance.predicted, random(), 20_000);
    expect(Math.abs(p - chance.pOfValues)).toBeLessThan(tolerance(chance.pOfValues, 20_000));
  });

  it('by decisions: four and four all right have one chance in 70', () => {
    const all = [0, 0, 0, 0, 1, 1, 1, 1];
    const { p, least } = chanceOfDecisions(all, all, 2, random(), 20_000);
    expect(least).toBe(1 / 70);
    expect(Math.abs(p - 1 / 70)).toBeLessThan(tolerance(1 / 70, 20_000));
  });

  it('a network that always says one class is as good as any shuffle', () => {
    expect(chanceOfDecisions([0, 1, 0, 1], [1, 1, 1, 1], 2, random()).p).toBe(1);
    const same = [0, 1, 0, 1].map(() => [0.4, 0.6]);
    expect(chanceOfScores([0, 1, 0, 1], same, 2, random()).p).toBe(1);
  });

  it('can never be less than one among the shuffles', () => {
    const many = Array.from({ length: 60 }, (_, index) => index % 2);
    const { p, least } = chanceOfDecisions(many, many, 2, random());
    expect(p).toBe(1 / (PERMUTATIONS + 1));
    expect(least).toBeLessThan(p);
  });

  it('counts shuffles of three classes by the mean of their areas', () => {
    const three = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    const sure = three.map((code) => [0, 1, 2].map((other) => (other === code ? 0.8 : 0.1)));
    expect(chanceOfScores(three, sure, 3, random(), 5000).p).toBeLessThan(0.01);
    const blind = three.map((_, row) => [0, 1, 2].map((code) => ((row * 7 + code * 5) % 9) / 9));
    expect(chanceOfScores(three, blind, 3, random(), 5000).p).toBeGreaterThan(0.1);
  });

  it('is the same for the same seed', () => {
    const draw = (seed: number) => chanceOfScores(truth, scores, 2, random(seed), 300).p;
    expect(draw(5)).toBe(draw(5));
  });
});

it('arrangements are multinomial coefficients', () => {
  expect(arrangements([2, 2])).toBe(6);
  expect(arrangements([1, 2, 3])).toBe(60);
  expect(arrangements([5])).toBe(1);
});
