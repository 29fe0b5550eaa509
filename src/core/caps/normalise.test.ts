import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalise } from './normalise.ts';

const values = (...numbers: number[]) => new Float32Array(numbers);

test('a constant image becomes zeros and is reported with its session', () => {
  const { data, problem } = normalise(values(5, 5, 5), { participant: 'sub-1', session: 'ses-1' });
  expect([...data]).toEqual([0, 0, 0]);
  expect(problem).toMatchObject({
    code: 'VOLUME_CONSTANT',
    participant: 'sub-1',
    session: 'ses-1',
  });
});

test('an image of NaN alone is constant', () => {
  expect(normalise(values(NaN, NaN)).problem?.code).toBe('VOLUME_CONSTANT');
});

test('NaN counts as 0, and the image that was given stays as it is', () => {
  const image = values(NaN, 2, 4);
  expect([...normalise(image).data]).toEqual([0, 0.5, 1]);
  expect(image[0]).toBeNaN();
});

test('infinite voxels and ranges beyond float32 give finite intensities', () => {
  expect([...normalise(values(-Infinity, 0, Infinity)).data]).toEqual([0, 0.5, 1]);
});

test('every image ends between 0 and 1, and reaches both', () => {
  const voxel = fc.float({ noDefaultInfinity: false });
  fc.assert(
    fc.property(fc.array(voxel, { minLength: 2 }), (numbers) => {
      const { data, problem } = normalise(values(...numbers));
      expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
      if (problem === undefined) expect([Math.min(...data), Math.max(...data)]).toEqual([0, 1]);
    }),
  );
});
