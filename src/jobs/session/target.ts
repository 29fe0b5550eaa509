/**
 * What an experiment of the page predicts, and who can take part in it: classes that were chosen,
 * numbers, or nothing at all. Sets are drawn by stratum, so that each has its share of every class,
 * or of small and large values.
 */
import { labelColumn } from '../../core/config/label-column.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { isMissing } from '../../core/tsv/table.ts';
import type { ExperimentChoice } from '../session-api.ts';

/** Column of the strata where there is no label. */
export const STRATUM = 'stratum';
/** Participants that a stratum of values should have; there are at most four. */
const STRATUM_SIZE = 4;
const MOST_STRATA = 4;

/** @param value - cell of the label, trimmed */
export function takesPart(
  value: string,
  { config, classes }: Pick<ExperimentChoice, 'config' | 'classes'>,
): boolean {
  switch (config.network_task) {
    case 'classification':
      return classes.includes(value);
    case 'regression':
      return !isMissing(value) && Number.isFinite(Number(value));
    case 'reconstruction':
      return true;
  }
}

/** For a message: " with sex F or M", " with a number for age", or nothing. */
export function wantedInWords(choice: ExperimentChoice): string {
  const label = labelColumn(choice.config);
  if (label === '') return '';
  const isNumber = choice.config.network_task === 'regression';
  return isNumber ? ` with a number for ${label}` : ` with ${label} ${choice.classes.join(' or ')}`;
}

export interface Strata {
  /** The rows with their stratum in place of the label. */
  readonly rows: readonly LabelledSession[];
  /** Gives rows their labels back. */
  restored(rows: readonly LabelledSession[]): LabelledSession[];
}

/**
 * A class is a stratum. Values are cut into at most four groups of equal size by the participants'
 * first sessions; without a label there is one stratum.
 */
export function strataOf(
  rows: readonly LabelledSession[],
  { config }: Pick<ExperimentChoice, 'config'>,
): Strata {
  if (config.network_task === 'classification') return { rows, restored: (some) => [...some] };
  const stratumOf = config.network_task === 'regression' ? valueStrata(rows) : () => 'all';
  const labels = new Map(rows.map((row) => [nameOf(row), row.label]));
  return {
    rows: rows.map((row) => ({ ...row, label: stratumOf(row) })),
    restored: (some) => some.map((row) => ({ ...row, label: labels.get(nameOf(row)) ?? '' })),
  };
}

const nameOf = ({ participant, session }: LabelledSession): string => `${participant}/${session}`;

function valueStrata(rows: readonly LabelledSession[]): (row: LabelledSession) => string {
  const first = new Map<string, LabelledSession>();
  for (const row of rows) {
    const best = first.get(row.participant);
    if (best === undefined || row.session < best.session) first.set(row.participant, row);
  }
  const ordered = [...first.values()].sort(
    (a, b) => Number(a.label) - Number(b.label) || (a.participant < b.participant ? -1 : 1),
  );
  const count = Math.max(1, Math.min(MOST_STRATA, Math.floor(ordered.length / STRATUM_SIZE)));
  const strata = new Map(
    ordered.map(({ participant }, rank) => [
      participant,
      `${Math.floor((rank * count) / ordered.length) + 1} of ${count}`,
    ]),
  );
  return ({ participant }) => strata.get(participant) ?? '';
}
