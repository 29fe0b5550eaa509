import { expect, test } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import { planNetwork } from '../../engine/networks/registry.ts';
import { checkedElements, MapRanks, stagesOf, verdictOf } from './sanity-check.ts';

const mapOf = (values: readonly number[], channels = 1) => ({
  ...{ values: Float32Array.from(values), channels, scores: [] },
});

test('compares absolute values in the head alone', () => {
  const element = Float32Array.of(0, 0.2, 0.9, 0, 0.4, 0.1);
  const ranks = new MapRanks(element, 1, mapOf([9, -1, 2, 9, -3, 4]));
  // Opposite in sign and different in the background: still the same order.
  expect(ranks.correlation(mapOf([0, 10, -20, 5, 30, -40]))).toBeCloseTo(1, 12);
  expect(ranks.correlation(mapOf([9, 40, 30, 9, 20, 10]))).toBeCloseTo(-1, 12);
});

test('a map without any order agrees with none', () => {
  const ranks = new MapRanks(Float32Array.of(1, 1, 1), 1, mapOf([1, 2, 3]));
  expect(ranks.correlation(mapOf([0, 0, 0]))).toBe(0);
});

test('channels are summed, and the map may have fewer than the element', () => {
  const element = Float32Array.of(0, 1, 0, 0, 1, 0, 0, 1);
  // Voxels 0, 2 and 3 have something in one of two channels.
  const ranks = new MapRanks(element, 2, mapOf([1, -1, 9, 9, 2, 2, -3, 3], 2));
  expect(ranks.correlation(mapOf([1, 0, 2, 3]))).toBeCloseTo(1, 12);
});

test('maps of large volumes are compared at voxels at even distances, with the same outcome', () => {
  const random = stream(3, 'sanity');
  const values = Array.from({ length: 300_000 }, () => random.normal());
  const noise = values.map((value) => Math.abs(value) + 0.5 * random.normal());
  const ranks = new MapRanks(new Float32Array(values.length).fill(1), 1, mapOf(values));
  const thinned = ranks.correlation(mapOf(noise));
  const few = values.slice(0, 90_000);
  const whole = new MapRanks(new Float32Array(few.length).fill(1), 1, mapOf(few));
  expect(thinned).toBeCloseTo(whole.correlation(mapOf(noise.slice(0, few.length))), 1);
});

test('forgets from the output to the input, or all at once', () => {
  const plan = planNetwork('Conv4_FC3', [1, 40, 36], 2, 0);
  const layers = ['fc.6', 'fc.4', 'fc.2', 'convolutions.16', 'convolutions.12'];
  expect(stagesOf(plan, 'cascade').slice(0, 5)).toEqual(layers);
  expect(stagesOf(plan, 'cascade')).toHaveLength(8);
  expect(stagesOf(plan, 'full')).toEqual(['convolutions.0']);
});

test('takes at most eight maps, evenly', () => {
  expect(checkedElements(3)).toEqual([0, 1, 2]);
  expect(checkedElements(16)).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  expect(checkedElements(0)).toEqual([]);
});

test('says in one line what a correlation means', () => {
  expect(verdictOf(0.08, 'learned')).toBe('The map depends on what was learned: correlation 0.08');
  expect(verdictOf(-0.001, 'learned')).toBe(
    'The map depends on what was learned: correlation 0.00',
  );
  expect(verdictOf(0.55, 'learned')).toContain(
    'depends in part on what was learned: correlation 0.55',
  );
  expect(verdictOf(0.93, 'learned')).toBe(
    'The map hardly depends on what was learned: 0.93, do not read it as evidence',
  );
  // Reversed ranks are the same structure.
  expect(verdictOf(-0.8, 'learned')).toContain('hardly');
});

test('where nothing was learned, or nobody knows, the check proves nothing whatever it finds', () => {
  for (const correlation of [0.02, 0.55, -0.93]) {
    expect(verdictOf(correlation, 'chance')).toBe(
      `The check proves nothing here: on its validation set the network cannot be told from guessing (correlation ${correlation.toFixed(2)})`,
    );
    expect(verdictOf(correlation, 'unknown')).toContain('proves nothing here: the MAPS does not');
  }
});
