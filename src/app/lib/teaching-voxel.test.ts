import { describe, expect, it } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import type { FirstLayer } from '../../jobs/session-api.ts';
import { slicePicture, startVoxel, voxelSum } from './teaching-voxel.ts';

/** Two kernels on a slice of 4 x 5 voxels; what the layers give is left to the test. */
function layer(slice = 1): FirstLayer {
  const random = stream(1, 'voxel');
  const numbers = (count: number) =>
    Float32Array.from({ length: count }, () => Math.round(random.uniform(-8, 8)) / 8);
  return {
    ...{ architecture: 'Conv4_FC3', isTrained: true, shape: [4, 5, 3], slice, channels: 2 },
    ...{ input: numbers(4 * 5 * 3), kernels: numbers(54), biases: Float32Array.of(0.5, -0.25) },
    norm: {
      ...{ weight: Float32Array.of(2, 1), bias: Float32Array.of(0.125, 0) },
      ...{ mean: Float32Array.of(1, 0), variance: Float32Array.of(3, 1), epsilon: 1 },
    },
    convolved: new Float32Array(40),
    normalised: new Float32Array(40),
    rectified: new Float32Array(40),
  };
}

describe('the sum of a voxel', () => {
  it('takes each neighbour with the weight that faces it, first axis slowest', () => {
    const of = layer();
    const sum = voxelSum(of, 2, 3, 1);
    expect(sum.taps).toHaveLength(27);
    expect(sum.taps[0]?.at).toEqual([-1, -1, -1]);
    expect(sum.taps[13]?.at).toEqual([0, 0, 0]);
    expect(sum.taps[26]?.at).toEqual([1, 1, 1]);
    // The neighbour before it along the first axis, one up along the third.
    const tap = sum.taps[5];
    expect(tap).toMatchObject({ at: [-1, 0, 1], value: of.input[(1 * 5 + 3) * 3 + 2] });
    expect(tap?.weight).toBe(of.kernels[27 + 5]);
    expect(sum.products).toBe(sum.taps.reduce((all, { product }) => all + product, 0));
    expect(sum.convolution.ours).toBe(sum.products - 0.25);
  });

  it('takes zeros beyond the border, along all three axes', () => {
    const outside = (of: FirstLayer, x: number, y: number) =>
      voxelSum(of, x, y, 0).taps.filter(({ isOutside }) => isOutside);
    expect(outside(layer(), 2, 2)).toHaveLength(0);
    expect(outside(layer(), 0, 2)).toHaveLength(9);
    expect(outside(layer(), 3, 4)).toHaveLength(15);
    expect(outside(layer(0), 0, 0)).toHaveLength(19);
    expect(outside(layer(2), 1, 1).every(({ at, value }) => at[2] === 1 && value === 0)).toBe(true);
  });

  it('normalises with the running statistics and cuts what is below 0', () => {
    const { convolution, normalisation, rectified } = voxelSum(layer(), 1, 1, 0);
    // Variance 3 and epsilon 1: a root of 2; the weight is 2.
    expect(normalisation.ours).toBeCloseTo(convolution.ours - 1 + 0.125, 12);
    expect(rectified.ours).toBe(Math.max(0, normalisation.ours));
    const signs = Array.from({ length: 20 }, (_, at) =>
      Math.sign(voxelSum(layer(), at % 4, Math.floor(at / 4), 0).rectified.ours),
    );
    expect(new Set(signs)).toEqual(new Set([0, 1]));
  });

  it('says whether the layer agrees, to 1e-4 of what was added up', () => {
    const of = layer();
    const { ours } = voxelSum(of, 2, 1, 1).convolution;
    const with_ = (given: number) => {
      const convolved = of.convolved.slice();
      convolved[(2 * 5 + 1) * 2 + 1] = given;
      return voxelSum({ ...of, convolved }, 2, 1, 1).convolution;
    };
    expect(with_(ours)).toMatchObject({ agree: true, layer: ours });
    expect(with_(ours + 5e-5).agree).toBe(true);
    expect(with_(ours + 0.01).agree).toBe(false);
    expect(with_(NaN).agree).toBe(false);
  });
});

describe('the picture of a slice', () => {
  it('has x to the right and y upwards, from the darkest to the brightest', () => {
    const { width, height, greys } = slicePicture(layer(), (x, y) => x + 10 * y);
    expect([width, height]).toEqual([4, 5]);
    expect(greys[0]).toBe(Math.round((255 * 40) / 43));
    expect(greys[3]).toBe(255);
    expect(greys[16]).toBe(0);
  });

  it('is black where a slice has one value', () => {
    expect(new Set(slicePicture(layer(), () => 7).greys)).toEqual(new Set([0]));
  });

  it('begins at the sharpest edge near the middle', () => {
    const of = { ...layer(), shape: [12, 12, 3] as const, input: new Float32Array(12 * 12 * 3) };
    const bright = (x: number, y: number) => (of.input[(x * 12 + y) * 3 + 1] = 1);
    bright(5, 7);
    bright(5, 8);
    const { x, y } = startVoxel({ ...of, shape: [12, 12, 3] });
    expect(Math.abs(x - 5) + Math.abs(y - 7)).toBeLessThanOrEqual(2);
    expect([x, y]).not.toEqual([6, 6]);
  });
});
