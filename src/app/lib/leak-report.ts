/**
 * The light beside the sets: green only with reasons and counts, red when the audit found an error, and
 * in between where it found something to look at or the sets cannot answer the question well.
 */
import type { Plan, SetName } from '../../jobs/session-api.ts';
import { t } from '../strings.ts';

export interface LeakReport {
  readonly light: 'clear' | 'unsure' | 'found';
  readonly reasons: readonly string[];
}

export function leakReport(plan: Plan, classes: readonly string[]): LeakReport {
  const { checks, counts, verdict } = plan.audit;
  const foundBy = (code: string): number => checks.find((one) => one.code === code)?.found ?? 0;
  const shared = t.leak.people(foundBy('LEAKAGE_PARTICIPANTS'), counts.participants);
  const scans =
    counts.scans === undefined
      ? t.leak.noScans
      : t.leak.scans(foundBy('LEAKAGE_SCAN'), counts.scans);
  const doubts = doubtsOf(plan, classes);
  if (verdict === 'leaky') return { light: 'found', reasons: [shared, scans] };
  if (verdict === 'warnings' || doubts.length > 0) {
    return { light: 'unsure', reasons: [shared, scans, ...doubts] };
  }
  return { light: 'clear', reasons: [shared, scans, t.leak.stratified] };
}

function doubtsOf(plan: Plan, classes: readonly string[]): string[] {
  const used: readonly SetName[] = ['train', 'validation', 'test'];
  const missing = used
    .filter((set) => plan.sets[set].length > 0)
    .flatMap((set) =>
      classes
        .filter((value) => (plan.balance[set][value] ?? 0) === 0)
        .map((value) => t.leak.missing(value, t.sets[set])),
    );
  return [...missing, ...(plan.sets.test.length === 0 ? [t.leak.noTest] : [])];
}

/** @returns what errors there are, as one text: saying to know of these is not knowing of others. */
export function auditErrors(plan: Plan | undefined): string {
  const errors = (plan?.audit.findings ?? []).filter(({ severity }) => severity === 'error');
  return errors.map(({ code, participants }) => [code, ...participants].join(' ')).join('\n');
}
