/**
 * Artefacts of k-space: the centred spectrum of the whole volume (zero frequency at half the size,
 * rounded down) is changed, and the real part of its inverse transform is the image. Ghosting and
 * motion choose whole planes across one axis (circulant.ts); a spike is a wave.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Values } from '../../core/augmentation/pipeline.ts';
import { addCirculant, kernelOfMask } from './circulant.ts';
import { packed } from './params.ts';
import { largestOfSpectrum } from './spectrum.ts';
import type { Geometry } from './transforms.ts';
import { motionMatrix, warp } from './warp.ts';
import { map, mapKernel } from './wgsl.ts';

type Samples = readonly (Values | undefined)[];
const list = (values: Values, key: string) => values[key] as readonly number[];

/** Every n-th plane loses some of itself; the central one is put back. */
export function ghosting(input: tf.Tensor, { shape }: Geometry, samples: Samples): tf.Tensor {
  let result = input;
  for (const axis of [0, 1, 2]) {
    const length = shape[axis + 1] ?? 1;
    const kernels = samples.map((values) =>
      values?.['axis'] === axis ? kernelOfMask(ghostingLoss(values, length)) : undefined,
    );
    if (kernels.every((kernel) => kernel === undefined)) continue;
    result = addCirculant(result, result, shape, axis, kernels);
  }
  return result === input ? input.clone() : result;
}

/** What each plane loses, negative. */
function ghostingLoss(values: Values, length: number): number[] {
  const every = Number(values['num_ghosts']);
  return Array.from({ length }, (_, plane) => {
    const isKept = values['restore'] === true && plane === length >> 1;
    return plane % every === 0 && !isKept ? -Number(values['intensity']) : 0;
  });
}

/**
 * The spectrum is put together of those of the image and of moved images, in ranges of planes across
 * the last axis: y = x + sum over movements of (mask * (moved - x)).
 */
export function motion(input: tf.Tensor, { shape, axes }: Geometry, samples: Samples): tf.Tensor {
  const [, x, y, z] = shape;
  const length = shape[axes] ?? 1;
  const plans = samples.map((values) => values && segmentsOf(list(values, 'times'), length));
  const count = Math.max(0, ...plans.map((plan) => plan?.length ?? 0));
  let result = input;
  for (let move = 0; move < count; move++) {
    const matrices = samples.map((values) => {
      if (values === undefined) return undefined;
      const degrees = list(values, 'degrees').slice(3 * move, 3 * move + 3);
      const translation = list(values, 'translation').slice(axes * move, axes * (move + 1));
      return motionMatrix(degrees, translation, [x, y, z]);
    });
    const kernels = plans.map((plan) => {
      const segment = plan?.[move];
      if (segment === undefined) return undefined;
      const [from, to] = segment;
      return kernelOfMask(Array.from({ length }, (_, k) => (k >= from && k < to ? 1 : 0)));
    });
    const difference = warp(input, shape, matrices, true);
    const next = addCirculant(result, difference, shape, axes - 1, kernels);
    difference.dispose();
    if (result !== input) result.dispose();
    result = next;
  }
  return result === input ? input.clone() : result;
}

/**
 * Planes of each moved image, `[from, to)`. Ranges follow the moments of the movements; the image
 * that did not move has the range that holds the middle moment, and the one that would have had it
 * has the first range.
 */
export function segmentsOf(times: readonly number[], length: number): [number, number][] {
  const cuts = [0, ...times.map((time) => Math.floor(length * time)), length];
  const ranges = cuts.slice(1).map((to, i): [number, number] => [cuts[i] ?? 0, to]);
  const later = times.findIndex((time) => time > 0.5);
  const middle = later === -1 ? times.length : later;
  const owners = ranges.map((_, i) => i);
  [owners[0], owners[middle]] = [middle, 0];
  return times.map((_, move) => ranges[owners.indexOf(move + 1)] ?? [0, 0]);
}

/**
 * Adds to the spectrum its own maximum times the intensity, at each position: a wave in the image,
 * which is the product of one along each axis, of which the device is given tables.
 */
export function spike(input: tf.Tensor, { shape, axes }: Geometry, samples: Samples): tf.Tensor {
  const [, x, y, z] = shape;
  const lengths = [x, y, z];
  const rows = samples.map((values) => {
    if (values === undefined) return undefined;
    const positions = list(values, 'positions');
    const count = positions.length / axes;
    const tables = Array.from({ length: count }, (_, i) =>
      lengths.flatMap((length, axis) => {
        const place = axis < axes ? (positions[i * axes + axis] ?? 0) : 0;
        return wave(place - (length >> 1), length);
      }),
    );
    return [Number(values['intensity']), count, ...tables.flat()];
  });
  return map(SPIKE, input, shape, packed(rows), largestOfSpectrum(input, shape));
}

/** Cosine and sine of a wave of so many turns along an axis, at each voxel. */
function wave(turns: number, length: number): number[] {
  return Array.from({ length }, (_, i) => {
    const angle = (2 * Math.PI * ((turns * i) % length)) / length;
    return [Math.cos(angle), Math.sin(angle)];
  }).flat();
}

const SPIKE = mapKernel(
  'spike',
  `
    let peak = (layer * size.C + u32(c)) * 2u;
    if (count > 0u) {
      let w = times(first_line, pair_at(p + 3u + 2u * (size.X + size.Y + u32(z))));
      value += scale * (extra[peak] * w.x - extra[peak + 1u] * w.y);
    }
    for (var i = 1u; i < count; i++) {
      let table = p + 3u + 2u * i * (size.X + size.Y + size.Z);
      let a = pair_at(table + 2u * u32(x));
      let b = pair_at(table + 2u * (size.X + u32(y)));
      let d = pair_at(table + 2u * (size.X + size.Y + u32(z)));
      let w = times(times(a, b), d);
      value += scale * (extra[peak] * w.x - extra[peak + 1u] * w.y);
    }`,
  {
    extra: true,
    setup: `
  let scale = params[p + 1u] / f32(size.X * size.Y * size.Z);
  let count = u32(params[p + 2u]);
  // Of the first spike, mostly the only one.
  let first_line = times(pair_at(p + 3u + 2u * u32(x)), pair_at(p + 3u + 2u * (size.X + u32(y))));`,
    helpers: `
fn pair_at(at: u32) -> vec2<f32> { return vec2<f32>(params[at], params[at + 1u]); }
fn times(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}`,
  },
);
