/**
 * The light beside the sets: green only with reasons, red when somebody stands in two sets, and in
 * between where the sets are apart but cannot answer the question well.
 */
import type { Plan, SetName } from '../../jobs/session-api.ts';
import { t } from '../strings.ts';

export interface LeakReport {
  readonly light: 'clear' | 'unsure' | 'found';
  readonly reasons: readonly string[];
}

export function leakReport(plan: Plan, classes: readonly string[]): LeakReport {
  const keys = Object.values(plan.sets).flat();
  const people = new Set(keys.map((key) => key.split('/')[0])).size;
  const shared = t.experiment.leakShared(plan.shared, people);
  if (plan.shared > 0) return { light: 'found', reasons: [shared] };
  const used: readonly SetName[] = ['train', 'validation', 'test'];
  const missing = used
    .filter((set) => plan.sets[set].length > 0)
    .flatMap((set) =>
      classes
        .filter((value) => (plan.balance[set][value] ?? 0) === 0)
        .map((value) => t.experiment.leakMissing(value, t.sets[set])),
    );
  const doubts = [...missing, ...(plan.sets.test.length === 0 ? [t.experiment.leakNoTest] : [])];
  return doubts.length > 0
    ? { light: 'unsure', reasons: [shared, ...doubts] }
    : { light: 'clear', reasons: [shared, t.experiment.leakStratified] };
}
