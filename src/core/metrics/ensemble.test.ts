import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { classificationMetrics } from './classification.ts';
import { partWeights, softVoting, type PartPrediction } from './ensemble.ts';

const prediction = (
  participant: string,
  part: number,
  truth: number,
  first: number,
): PartPrediction => ({
  participant,
  session: 'ses-M000',
  part,
  truth,
  predicted: first >= 0.5 ? 0 : 1,
  probabilities: [first, 1 - first],
});

/** Part 0 is right for both participants, part 5 for one of them. */
const reference = [
  prediction('sub-B', 0, 1, 0.25),
  prediction('sub-A', 5, 0, 0.75),
  prediction('sub-A', 0, 0, 0.5),
  prediction('sub-B', 5, 1, 1),
];

describe('partWeights', () => {
  it('are accuracies that sum to one, by part', () => {
    expect([...partWeights(reference, 0)]).toEqual([
      [0, 1 / 1.5],
      [5, 0.5 / 1.5],
    ]);
  });

  it('take the vote from parts below the threshold, not from those at it', () => {
    expect([...partWeights(reference, 0.6)]).toEqual([
      [0, 1],
      [5, 0],
    ]);
    expect(partWeights(reference, 0.5).get(5)).toBeGreaterThan(0);
  });

  it('refuse a threshold that no part reaches', () => {
    expect(() => partWeights(reference, 1.1)).toThrow(CapsuleError);
    expect(() => partWeights([prediction('sub-A', 0, 0, 0)], 0)).toThrow(CapsuleError);
  });
});

describe('softVoting', () => {
  it('averages the probabilities of the parts with their weights', () => {
    const weights = new Map([
      [0, 0.25],
      [5, 0.75],
    ]);
    expect(softVoting(reference, weights)).toEqual([
      {
        participant: 'sub-A',
        session: 'ses-M000',
        truth: 0,
        predicted: 0,
        probabilities: [0.6875, 0.3125],
      },
      {
        participant: 'sub-B',
        session: 'ses-M000',
        truth: 1,
        predicted: 0,
        probabilities: [0.8125, 0.1875],
      },
    ]);
  });

  it('refuses a session with a part too few or twice', () => {
    const weights = partWeights(reference, 0);
    for (const wrong of [reference.slice(1), [...reference, prediction('sub-A', 0, 0, 0.5)]]) {
      try {
        softVoting(wrong, weights);
        expect.unreachable('was accepted');
      } catch (error) {
        expect(error instanceof CapsuleError && error.code).toBe('TSV_VALUE');
      }
    }
  });

  const gold = resolve(import.meta.dirname, '../../../../shared/gold');
  const cases = [
    ['maps_slice', 'slice'],
    ['maps_patch_multi', 'patch'],
  ].flatMap(([maps, mode]) =>
    ['train', 'validation', 'test'].map((group) => [maps, mode, group] as const),
  );

  it.skipIf(!existsSync(gold)).each(cases)(
    'gives the image-level tables of %s (%s, %s) (skipped: ../shared/gold is absent)',
    (maps, mode, group) => {
      const read = (of: string, file: string) => {
        const text = readFileSync(
          resolve(gold, `${maps}/split-0/best-loss/${of}/${of}_${file}.tsv`),
          'utf8',
        );
        return text
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t'));
      };
      const parts = (of: string) =>
        read(of, `${mode}_level_prediction`)
          .slice(1)
          .map(([participant = '', session = '', part, truth, predicted, ...probabilities]) => ({
            participant,
            session,
            part: Number(part),
            truth: Number(truth),
            predicted: Number(predicted),
            probabilities: probabilities.map(Number),
          }));
      const weights = partWeights(parts(group === 'test' ? 'validation' : group), 0);
      const images = softVoting(parts(group), weights);
      const expected = read(group, 'image_level_prediction').slice(1);
      expect(
        images.map((image) => [
          image.participant,
          image.session,
          '0',
          String(image.truth),
          String(image.predicted),
        ]),
      ).toEqual(expected.map((row) => row.slice(0, 5)));
      images.forEach((image, i) => {
        image.probabilities.forEach((value, c) => {
          expect(Math.abs(value - Number(expected[i]?.[5 + c]))).toBeLessThan(1e-15);
        });
      });
      const metrics = classificationMetrics(
        images.map((image) => image.truth),
        images.map((image) => image.predicted),
        2,
      );
      const [header, values = []] = read(group, 'image_level_metrics');
      expect([...metrics.keys()]).toEqual(header);
      expect([...metrics.values()].map(Number)).toEqual(values.map(Number));
    },
  );
});
