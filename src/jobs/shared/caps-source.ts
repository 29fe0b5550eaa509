/** Where the volumes of an experiment are: one CAPS, or several that a table names. */
import type { FileTree } from '../../core/files/file-tree.ts';
import { SINGLE } from '../../core/caps/cohorts.ts';

export interface CapsSource {
  /** The CAPS; of several, their union. */
  readonly caps: FileTree;
  /** As the user named it: a folder, or the table of cohorts. */
  readonly capsDirectory: string;
  /** Folder of each cohort, as the table names it; absent for a single CAPS. */
  readonly cohorts?: ReadonlyMap<string, string> | undefined;
}

/** @returns the folders by cohort, as description.log lists them. */
export const capsFolders = ({ capsDirectory, cohorts }: Omit<CapsSource, 'caps'>) =>
  cohorts ?? new Map([[SINGLE, capsDirectory]]);

/** @returns what `openCohort` needs of it. */
export const capsOf = ({ caps, cohorts }: Pick<CapsSource, 'caps' | 'cohorts'>) => ({
  caps,
  ...(cohorts === undefined ? {} : { cohorts: [...cohorts.keys()] }),
});
