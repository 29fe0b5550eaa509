/** For tests: the base brain that the page serves, and a measure of how well a score separates. */
import { readFile } from 'node:fs/promises';
import { memoryFile } from '../../files/memory-tree.ts';
import { readVolume } from '../../nifti/read.ts';
import type { Volume } from '../../volume.ts';

const PLACE = new URL('../../../../public/sample/colin27-3mm.nii.gz', import.meta.url);

export async function colin27(): Promise<Volume> {
  const bytes = new Uint8Array(await readFile(PLACE));
  return (await readVolume(memoryFile('colin27-3mm.nii.gz', bytes))).volume;
}

/** @returns the probability that a score is higher in a positive case than in a negative one. */
export function areaUnderCurve(scores: readonly number[], positive: readonly boolean[]): number {
  const high = scores.filter((_, i) => positive[i]);
  const low = scores.filter((_, i) => !positive[i]);
  const wins = high.map(
    (a) => low.filter((b) => a > b).length + low.filter((b) => a === b).length / 2,
  );
  return wins.reduce((sum, count) => sum + count, 0) / (high.length * low.length);
}
