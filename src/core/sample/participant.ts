/**
 * One sample participant's volume, made from the base brain in one pass: anatomy says which point
 * each voxel shows, atrophy moves that point or fills it with fluid, the scanner does the rest.
 */
import { stream } from '../random/philox.ts';
import type { Volume } from '../volume.ts';
import { basePoints, randomAnatomy } from './anatomy.ts';
import { applyAtrophy, canChange, randomSeverity, type Reading } from './atrophy.ts';
import { BASE_GRID, prepareBase, readBetween } from './base.ts';
import { sampleParticipant } from './demographics.ts';
import { sampleGrid } from './grid.ts';
import { FLUID } from './regions.ts';
import { randomScanner, scan } from './scanner.ts';

export interface ParticipantOptions {
  readonly seed: number;
  /** Counted from 0; the volume does not depend on how many participants there are. */
  readonly index: number;
  readonly atrophied: boolean;
  /** Voxel size: 3, 4 or 6. */
  readonly millimetres: number;
}

/** A volume, and the voxels that atrophy of the greatest severity may have changed in it. */
export interface MadeParticipant {
  readonly volume: Volume;
  /** 1 inside, 0 outside, C order. */
  readonly changeable: Uint8Array;
}

/**
 * @param base - the brain of `public/sample`: [56, 69, 60], 3 mm, white matter at 200.
 * @returns [X, Y, Z] whole intensities from 0 to 32767, background 0.
 */
export function makeParticipant(base: Volume, options: ParticipantOptions): Volume {
  return fromPrepared(prepareBase(base, options.millimetres), options).volume;
}

/** @param brain - what `prepareBase` returns for `options.millimetres`. */
export function fromPrepared(brain: Volume, options: ParticipantOptions): MadeParticipant {
  const { seed, index } = options;
  const grid = sampleGrid(options.millimetres);
  const points = basePoints(randomAnatomy(seed, index, sampleParticipant(seed, index).age), grid);
  const severity = randomSeverity(stream(seed, 'sample atrophy', index));
  const voxels = points.length / 3;
  const data = new Float32Array(voxels);
  const changeable = new Uint8Array(voxels);
  const reading: Reading = { x: 0, y: 0, z: 0, fluid: 0 };
  for (let n = 0; n < voxels; n++) {
    reading.x = points[3 * n] as number;
    reading.y = points[3 * n + 1] as number;
    reading.z = points[3 * n + 2] as number;
    reading.fluid = 0;
    if (canChange(reading.x, reading.y, reading.z)) {
      changeable[n] = 1;
      if (options.atrophied) applyAtrophy(reading, severity);
    }
    data[n] = readAt(brain, reading);
  }
  scan(data, grid.shape, randomScanner(seed, index), seed, index);
  return { volume: { data, shape: grid.shape, affine: grid.affine }, changeable };
}

/** @returns the intensity that the base brain, or fluid in its place, has there. */
function readAt(brain: Volume, { x, y, z, fluid }: Reading): number {
  const { millimetres, origin } = BASE_GRID;
  const tissue = readBetween(
    brain,
    (x - origin[0]) / millimetres,
    (y - origin[1]) / millimetres,
    (z - origin[2]) / millimetres,
  );
  return fluid > 0 && tissue > FLUID ? tissue + fluid * (FLUID - tissue) : tissue;
}
