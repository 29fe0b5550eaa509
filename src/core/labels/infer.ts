/**
 * Sessions without a diagnosis, as ClinicaDL treats them: the nearest earlier and the nearest later
 * known diagnosis of the participant decide when they agree; otherwise, and at the ends of the
 * follow-up, the session is left out.
 */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import type { NamedTable } from '../tsv/read-table.ts';
import { compareKeys, sessionIdentity, type TimeScale } from '../tsv/session-time.ts';
import type { SessionKey } from '../tsv/sessions.ts';
import { rowNumber } from '../tsv/table.ts';
import { someSessions } from './some-of.ts';

/** A row of a table on its way through the rules. */
export interface Visit extends SessionKey {
  /** Of the row in its table. */
  readonly position: number;
  /** Empty when it is missing. */
  readonly diagnosis: string;
}

export interface Inferred {
  /** By participant, then in time; all with a diagnosis. */
  readonly visits: readonly Visit[];
  readonly filled: readonly Visit[];
  readonly dropped: readonly Visit[];
}

/** @returns the visits of each participant in the order of time. */
export function byParticipant(visits: readonly Visit[]): Visit[][] {
  const groups = new Map<string, Visit[]>();
  for (const visit of visits) {
    const group = groups.get(visit.participant);
    if (group === undefined) groups.set(visit.participant, [visit]);
    else group.push(visit);
  }
  return [...groups.values()].map((group) => group.sort(compareKeys));
}

/** @param scale - `words`: the sessions have no order, so nothing can be filled in. */
export function inferDiagnoses(visits: readonly Visit[], scale: TimeScale): Inferred {
  const kept: Visit[] = [];
  const filled: Visit[] = [];
  const dropped: Visit[] = [];
  for (const group of byParticipant(visits)) {
    group.forEach((visit, position) => {
      if (visit.diagnosis !== '') {
        kept.push(visit);
        return;
      }
      const diagnosis = scale === 'words' ? undefined : agreed(group, position);
      if (diagnosis === undefined) {
        dropped.push(visit);
        return;
      }
      filled.push(visit);
      kept.push({ ...visit, diagnosis });
    });
  }
  return { visits: kept.sort(compareKeys), filled, dropped };
}

/** @returns one LABELS_INFERRED for all, or none when every session has its diagnosis. */
export function inferenceProblems(
  { filled, dropped }: Inferred,
  where: { file: string; column: string },
): Problem[] {
  const count = filled.length + dropped.length;
  if (count === 0) return [];
  const parts = [
    ...(filled.length > 0 ? [`filled in ${someSessions(filled)}`] : []),
    ...(dropped.length > 0 ? [`left out ${someSessions(dropped)}`] : []),
  ];
  return [describe('LABELS_INFERRED', { ...where, found: parts.join('; ') })];
}

/** @throws TSV_DUPLICATE_ROW: `ses-M00` and `ses-M000` of a participant are one session. */
export function refuseSameMonths(visits: readonly Visit[], { table, file }: NamedTable): void {
  const seen = new Map<string, string>();
  for (const visit of visits) {
    const identity = sessionIdentity(visit);
    const earlier = seen.get(identity);
    if (earlier !== undefined) {
      throw new CapsuleError('TSV_DUPLICATE_ROW', {
        ...{ participant: visit.participant, session: visit.session, file },
        ...{ row: rowNumber(table, visit.position), found: `the same months as ${earlier}` },
      });
    }
    seen.set(identity, visit.session);
  }
}

function agreed(group: readonly Visit[], position: number): string | undefined {
  const isKnown = ({ diagnosis }: Visit): boolean => diagnosis !== '';
  const before = group.slice(0, position).findLast(isKnown)?.diagnosis;
  const after = group.slice(position + 1).find(isKnown)?.diagnosis;
  return before === after ? before : undefined;
}
