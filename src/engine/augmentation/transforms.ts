/** Which kernels make each transform, out of the values of its records. */
import type { Tensor } from '@tensorflow/tfjs';
import type { TransformName } from '../../core/augmentation/catalogue.ts';
import type { Values } from '../../core/augmentation/pipeline.ts';
import { blur } from './blur.ts';
import { ghosting, motion, spike } from './k-space.ts';
import { anisotropy, cropOrPad, cropPad, flip, resample } from './moves.ts';
import { addNoise, type Noise } from './noise.ts';
import { percentilesOf } from './percentiles.ts';
import { swapBoxes } from './swap.ts';
import {
  biasField,
  clamp,
  erasing,
  gamma,
  rescale,
  standardise,
  zNormalisation,
} from './voxel-wise.ts';
import { affineMatrix, bend, warp } from './warp.ts';
import type { Shape } from './wgsl.ts';

export interface Geometry {
  readonly shape: Shape;
  /** Two for slices. */
  readonly axes: number;
}

/**
 * @param samples - values of each sample's record; a sample without is copied bit for bit
 * @returns a tensor `[batch, X, Y, Z, C]` of its own
 */
export type Transform = (
  input: Tensor,
  geometry: Geometry,
  samples: readonly (Values | undefined)[],
) => Tensor;

const list = (values: Values, key: string) => values[key] as readonly number[];

export const TRANSFORM: Readonly<Record<TransformName, Transform>> = {
  Noise: (input, { shape }, samples) => addNoise(input, shape, samples as unknown as Noise[]),
  Erasing: erasing,
  CropPad: cropPad,
  Smoothing: (input, { shape }, samples) => {
    const stds = samples.map(
      (values) => values && new Array<number>(4).fill(Number(values['std'])),
    );
    return blur(input, shape, stds);
  },
  Motion: motion,
  Ghosting: ghosting,
  Spike: spike,
  BiasField: biasField,
  RandomBlur: (input, { shape }, samples) =>
    blur(
      input,
      shape,
      samples.map((values) => values && list(values, 'std')),
    ),
  RandomSwap: swapBoxes,
  RandomAffine: (input, { shape }, samples) => {
    const [, x, y, z] = shape;
    const matrices = samples.map(
      (values) =>
        values &&
        affineMatrix(list(values, 'scales'), list(values, 'degrees'), list(values, 'translation'), [
          ...([x, y, z] as const),
        ]),
    );
    return warp(input, shape, matrices);
  },
  RandomElasticDeformation: (input, { shape, axes }, samples) => {
    const grids = samples.map(
      (values) =>
        values && [Number(values['num_control_points']), axes, ...list(values, 'displacements')],
    );
    return bend(input, shape, grids);
  },
  RandomFlip: flip,
  RandomAnisotropy: anisotropy,
  RandomGamma: gamma,
  HistogramStandardization: (input, geometry, samples) => {
    const first = samples.find((values) => values !== undefined);
    const percentiles = percentilesOf(
      input,
      geometry.shape,
      first === undefined ? [] : list(first, 'percentiles'),
    );
    return standardise(input, geometry, samples, percentiles);
  },
  ZNormalization: zNormalisation,
  RescaleIntensity: (input, geometry, samples) => {
    const first = samples.find((values) => values !== undefined);
    if (first === undefined || list(first, 'percentiles').join() === '0,100') {
      return rescale(input, geometry, samples);
    }
    // Cut off at the percentiles, which then are the ends.
    const ends = percentilesOf(input, geometry.shape, list(first, 'percentiles'));
    const asLandmarks = samples.map((values) => values && { landmarks: list(values, 'out') });
    return clamp(standardise(input, geometry, asLandmarks, ends), geometry, samples);
  },
  Clamp: clamp,
  Resample: resample,
  CropOrPad: cropOrPad,
};
