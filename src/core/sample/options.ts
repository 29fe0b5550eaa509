/** What can be chosen about the sample cohort: see `docs/sample-brains.md`. */

import type { CohortMistake } from './mistakes.ts';

export interface SampleOptions {
  /** Half of them with hippocampal atrophy. */
  readonly participants: number;
  /** Voxel size: 3, 4 or 6 mm. */
  readonly millimetres: number;
  readonly seed: number;
  /** Makes a cohort that is wrong on purpose, for teaching. */
  readonly mistake?: CohortMistake | undefined;
}

export const DEFAULT_SAMPLE: SampleOptions = { participants: 24, millimetres: 4, seed: 0 };
