/**
 * Sessions of several CAPS in one experiment. Two studies may call different people `sub-01`, so a
 * session is named with its cohort wherever there are several.
 */
import { CapsuleError } from '../errors.ts';
import { sessionName, type SessionKey } from '../tsv/sessions.ts';

/** What 1.6.1 calls the cohort of an experiment that has but one. */
export const SINGLE = 'single';

export interface CohortSession extends SessionKey {
  /** Absent, or `single`, in an experiment of one CAPS. */
  readonly cohort?: string | undefined;
}

/** @returns one string a session, to use as the key of a Map or a Set. */
export function cohortSessionName(session: CohortSession): string {
  const { cohort = SINGLE } = session;
  return cohort === SINGLE ? sessionName(session) : `${cohort}/${sessionName(session)}`;
}

/**
 * For what is named by participant and session alone: parts that vote, single maps.
 * @throws COHORT_IDS when two cohorts have the same participant and session
 */
export function refuseSameIds(sessions: readonly CohortSession[]): void {
  const known = new Map<string, string>();
  for (const key of sessions) {
    const { participant, session, cohort = SINGLE } = key;
    const name = sessionName(key);
    const other = known.get(name) ?? cohort;
    known.set(name, other);
    if (other === cohort) continue;
    throw new CapsuleError('COHORT_IDS', {
      ...{ participant, session, found: `${name} in ${other} and in ${cohort}` },
    });
  }
}
