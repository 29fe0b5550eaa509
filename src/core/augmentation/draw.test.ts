import { describe, expect, test } from 'vitest';
import { CLINICADL_TRANSFORMS, TRANSFORMS } from './catalogue.ts';
import { drawRecords, termsOf, type AugmentationRecord } from './draw.ts';
import { readPipeline, type Entry } from './pipeline.ts';

const DRAWS = 10_000;
const SHAPE = [60, 70, 65];
/** Kolmogorov and Smirnov's bound at a level of 1 %. */
const BOUND = 1.63;

function draws(entry: Entry, shape: readonly number[] = SHAPE, count = DRAWS) {
  const steps = readPipeline([entry]);
  return Array.from({ length: count }, (_, element) => {
    const place = { seed: 3, epoch: element % 7, element };
    return drawRecords(steps, shape, place, true)[0]?.values ?? {};
  });
}

const numbersOf = (of: readonly AugmentationRecord['values'][], key: string): number[] =>
  of.flatMap((values) => values[key] as number | number[]);

/** Largest distance of a sample's distribution from a law, by the square root of its size. */
function distance(sample: readonly number[], law: (x: number) => number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const count = sorted.length;
  const gaps = sorted.map((x, i) =>
    Math.max(Math.abs(law(x) - i / count), (i + 1) / count - law(x)),
  );
  return Math.max(...gaps.map((gap) => gap)) * Math.sqrt(count);
}

const uniform = (from: number, to: number) => (x: number) =>
  Math.min(1, Math.max(0, (x - from) / (to - from)));

/** Of whole numbers: the law steps, so only the share up to each of them is compared. */
function wholeDistance(sample: readonly number[], from: number, to: number): number {
  const gaps = Array.from({ length: to - from + 1 }, (_, i) => {
    const below = sample.filter((x) => x <= from + i).length / sample.length;
    return Math.abs(below - (i + 1) / (to - from + 1));
  });
  expect(sample.every((x) => Number.isInteger(x) && x >= from && x <= to)).toBe(true);
  return Math.max(...gaps) * Math.sqrt(sample.length);
}

describe('10,000 draws follow the law of', () => {
  test.each<[Entry, string, number, number]>([
    ['Noise', 'std', 0, 0.1],
    ['Smoothing', 'std', 0, 1],
    ['Motion', 'degrees', 2, 4],
    ['Motion', 'translation', 2, 4],
    ['Ghosting', 'intensity', 0.5, 1],
    ['Spike', 'intensity', 1, 3],
    ['BiasField', 'coefficients', -0.5, 0.5],
    ['RandomBlur', 'std', 0, 2],
    ['RandomAffine', 'scales', 0.9, 1.1],
    ['RandomAffine', 'degrees', -10, 10],
    [{ name: 'RandomAffine', translation: [-5, 3] }, 'translation', -5, 3],
    ['RandomAnisotropy', 'factor', 1.5, 5],
    [{ name: 'Resample', factor: [0.5, 2] }, 'factor', 0.5, 2],
    [{ name: 'Noise', mean: [-1, 1] }, 'mean', -1, 1],
  ])('%j: %s is even from %d to %d', (entry, key, from, to) => {
    const sample = numbersOf(draws(entry, SHAPE, key === 'coefficients' ? 500 : DRAWS), key);
    expect(sample.length).toBeGreaterThanOrEqual(DRAWS);
    expect(distance(sample, uniform(from, to))).toBeLessThan(BOUND);
  });

  test.each<[Entry, string, number, number]>([
    ['CropPad', 'shift', -10, 9],
    ['Ghosting', 'num_ghosts', 4, 10],
    ['Ghosting', 'axis', 0, 2],
    ['RandomAnisotropy', 'axis', 0, 2],
  ])('%j: %s is each whole number from %d to %d as often', (entry, key, from, to) => {
    expect(wholeDistance(numbersOf(draws(entry), key), from, to)).toBeLessThan(BOUND);
  });

  test('Noise: both words of its key', () => {
    const words = numbersOf(draws('Noise'), 'key');
    expect(distance(words, uniform(0, 2 ** 32))).toBeLessThan(BOUND);
  });

  test('Motion: moments within 0.3 of the distance between them', () => {
    const times = numbersOf(draws('Motion'), 'times');
    const first = times.filter((_, i) => i % 2 === 0);
    const second = times.filter((_, i) => i % 2 === 1);
    expect(distance(first, uniform(0.7 / 3, 1.3 / 3))).toBeLessThan(BOUND);
    expect(distance(second, uniform(1.7 / 3, 2.3 / 3))).toBeLessThan(BOUND);
  });

  test('Spike: each plane of each axis as often', () => {
    const positions = numbersOf(draws('Spike'), 'positions');
    for (const [axis, length] of SHAPE.entries()) {
      const own = positions.filter((_, i) => i % 3 === axis);
      expect(wholeDistance(own, 0, length - 1)).toBeLessThan(BOUND);
    }
  });

  test('RandomSwap: every corner of a box that fits', () => {
    const corners = numbersOf(draws({ name: 'RandomSwap', num_iterations: 2 }), 'corners');
    const along = corners.filter((_, i) => i % 3 === 1);
    expect(wholeDistance(along, 0, 70 - 15)).toBeLessThan(BOUND);
  });

  test('RandomElasticDeformation: points within, and none on the borders', () => {
    const own = numbersOf(draws('RandomElasticDeformation', SHAPE, 200), 'displacements');
    const moved = own.filter((value) => value !== 0);
    expect(moved.length).toBe((own.length * 27) / 343);
    expect(distance(moved, uniform(-7.5, 7.5))).toBeLessThan(BOUND);
  });

  test('RandomFlip: an axis half of the time', () => {
    const flips = draws({ name: 'RandomFlip', axes: [0, 2] }).map(({ axes }) => axes as number[]);
    for (const axis of [0, 2]) {
      const share = flips.filter((axes) => axes.includes(axis)).length / DRAWS;
      expect(Math.abs(share - 0.5)).toBeLessThan(2.58 * Math.sqrt(0.25 / DRAWS));
    }
  });

  test('RandomGamma: the logarithm of gamma', () => {
    const gammas = numbersOf(draws('RandomGamma'), 'gamma');
    expect(distance(gammas.map(Math.log), uniform(-0.3, 0.3))).toBeLessThan(BOUND);
  });

  test('Erasing: area and ratio, up to whole voxels, of rectangles inside the plane', () => {
    // So many voxels that rounding is nothing beside the bound.
    const shape = [5, 100_000, 100_000];
    const records = draws({ name: 'Erasing', area: [0.02, 0.2], ratio: [0.5, 2] }, shape);
    const sizes = records.map(({ size }) => size as [number, number]);
    const areas = sizes.map(([height, width]) => (height * width) / 1e10);
    expect(distance(areas, uniform(0.02, 0.2))).toBeLessThan(BOUND);
    const ratios = sizes.map(([height, width]) => Math.log(height / width));
    expect(distance(ratios, uniform(Math.log(0.5), Math.log(2)))).toBeLessThan(BOUND);
    for (const { from, size } of records) {
      const [[a = 0, b = 0], [h = 0, w = 0]] = [from as number[], size as number[]];
      expect(a >= 0 && b >= 0 && a + h <= 100_000 && b + w <= 100_000).toBe(true);
    }
  });

  test('Erasing is applied half of the time, as in 1.6.1; the others always', () => {
    const steps = readPipeline(CLINICADL_TRANSFORMS);
    const counts = new Map<string, number>();
    for (let element = 0; element < 2_000; element++) {
      for (const { transform } of drawRecords(steps, SHAPE, { seed: 1, epoch: 0, element })) {
        counts.set(transform, (counts.get(transform) ?? 0) + 1);
      }
    }
    const { Erasing = 0, ...others } = Object.fromEntries(counts);
    expect(Math.abs(Erasing / 2_000 - 0.5)).toBeLessThan(2.58 * Math.sqrt(0.25 / 2_000));
    expect(Object.values(others)).toEqual(new Array(9).fill(2_000));
  });

  test('OneOf: each by its weight, within the probability of the whole', () => {
    const entry = { one_of: ['Noise', 'Spike', 'Clamp'], weights: [3, 1, 0], probability: 0.8 };
    const steps = readPipeline([entry]);
    const names = Array.from({ length: DRAWS }, (_, element) =>
      drawRecords(steps, SHAPE, { seed: 5, epoch: 1, element }).map((one) => one.transform),
    );
    expect(Math.max(...names.map(({ length }) => length))).toBe(1);
    const share = (name: string) => names.filter(([own]) => own === name).length / DRAWS;
    expect(Math.abs(share('Noise') - 0.6)).toBeLessThan(0.013);
    expect(Math.abs(share('Spike') - 0.2)).toBeLessThan(0.011);
    expect(share('Clamp')).toBe(0);
  });
});

describe('records', () => {
  const steps = readPipeline(CLINICADL_TRANSFORMS);
  const at = (place: Partial<Parameters<typeof drawRecords>[2]>) =>
    drawRecords(steps, SHAPE, { seed: 1, epoch: 2, element: 3, ...place }, true);

  test('are the same again, for one seed, epoch, element, repeat and set', () => {
    expect(at({})).toEqual(at({}));
    for (const other of [
      { seed: 2 },
      { epoch: 3 },
      { element: 4 },
      { repeat: 1 },
      { set: 'unlabelled target' },
    ]) {
      expect(at(other), JSON.stringify(other)).not.toEqual(at({}));
    }
  });

  test('of one transform do not depend on the probability or parameters of another', () => {
    const changed = readPipeline([
      { name: 'RandomSwap', num_iterations: 1, probability: 0 },
      'Noise',
    ]);
    const plain = readPipeline(['RandomSwap', 'Noise']);
    const place = { seed: 1, epoch: 0, element: 9 };
    const [only, ...none] = drawRecords(changed, SHAPE, place);
    expect(none).toEqual([]);
    expect(only).toEqual(drawRecords(plain, SHAPE, place)[1]);
  });

  test('go through JSON unchanged', () => {
    expect(JSON.parse(JSON.stringify(at({})))).toEqual(at({}));
  });

  test('of slices have two axes', () => {
    const shape = [64, 70];
    const values = Object.fromEntries(
      drawRecords(steps, shape, { seed: 1, epoch: 0, element: 0 }, true).map((one) => [
        one.transform,
        one.values,
      ]),
    );
    expect(values['CropPad']?.['shift']).toHaveLength(2);
    expect(values['BiasField']?.['coefficients']).toHaveLength(10);
    const degrees = values['Motion']?.['degrees'] as number[];
    expect(degrees.slice(0, 2)).toEqual([0, 0]);
    expect(values['Motion']?.['translation']).toHaveLength(4);
    expect(values['Ghosting']?.['axis']).toBeLessThan(2);
  });

  test.each<[Entry, readonly number[], string]>([
    ['RandomSwap', [14, 60, 60], 'patch_size'],
    [{ name: 'Ghosting', axes: [2] }, [40, 40], 'axis'],
    [{ name: 'CropOrPad', shape: [3, 3] }, [9, 9, 9], 'shape'],
    [{ name: 'HistogramStandardization', landmarks: [0, 1] }, [9, 9], 'percentiles'],
    [{ name: 'Clamp', out: [1, 0] }, [9, 9], 'out'],
    [{ name: 'RandomElasticDeformation', num_control_points: 4 }, [9, 9], 'num_control_points'],
  ])('of %j and an image of %j are refused', (entry, shape, said) => {
    const draw = () => drawRecords(readPipeline([entry]), shape, { seed: 0, epoch: 0, element: 0 });
    expect(draw).toThrow(new RegExp(`CONFIG_VALUE.*${said}`));
  });
});

test('a polynomial of order three of three variables has twenty terms, x slowest', () => {
  expect(termsOf(3, 3)).toHaveLength(20);
  expect(termsOf(1, 3)).toEqual([
    [0, 0, 0],
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
  ]);
});

test('every transform says what it is, and its defaults are within its limits', () => {
  for (const { name, help, parameters } of TRANSFORMS) {
    expect(help, name).toMatch(/\.$|\)\.$/);
    for (const [key, { fallback, min, max }] of Object.entries(parameters)) {
      const values = [fallback].flat().map(Number);
      expect(
        values.every((value) => value >= min && value <= max),
        `${name}.${key}`,
      ).toBe(true);
    }
  }
});
