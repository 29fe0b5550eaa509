/** About how long a network takes without WebGPU: its multiplications, and how fast they go here. */
import type { Clock } from '../../core/clock.ts';
import { sizeOf } from '../layers/layer.ts';
import { layersOf, type NetworkPlan } from '../networks/plan.ts';
import { convolveVolumes } from './convolve.ts';

/** What else a layer costs, as multiplications for each number that it makes. */
const OTHER_WORK = 12;

/** @returns multiplications of one element, roughly: of layers inside of layers those at the end */
export function multiplications(plan: NetworkPlan): number {
  return layersOf(plan).reduce((sum, { states, outputShape }) => {
    const weights = states
      .filter(({ shape, trained }) => trained && shape.length > 1)
      .reduce((all, { shape }) => all + sizeOf(shape), 0);
    return sum + sizeOf(outputShape.slice(0, -1)) * weights + OTHER_WORK * sizeOf(outputShape);
  }, 0);
}

const SIDE = 24;
const [INPUTS, OUTPUTS] = [8, 16];

/** Convolves a small volume twice, the first time for the compiler. @returns multiplications a second */
export function measuredRate({ elapsed }: Clock): number {
  const walk = {
    ...{ batchSize: 1, inDepth: SIDE, inHeight: SIDE, inWidth: SIDE, inChannels: INPUTS },
    ...{ outDepth: SIDE, outHeight: SIDE, outWidth: SIDE, outChannels: OUTPUTS },
    ...{ filterDepth: 3, filterHeight: 3, filterWidth: 3 },
    ...{ strideDepth: 1, strideHeight: 1, strideWidth: 1 },
    padInfo: { front: 1, top: 1, left: 1 },
  };
  const input = new Float32Array(SIDE ** 3 * INPUTS).fill(0.5);
  const filter = new Float32Array(27 * INPUTS * OUTPUTS).fill(0.5);
  convolveVolumes(input, filter, walk);
  const begin = elapsed();
  convolveVolumes(input, filter, walk);
  const seconds = Math.max(1, elapsed() - begin) / 1000;
  return (SIDE ** 3 * 27 * INPUTS * OUTPUTS) / seconds;
}
