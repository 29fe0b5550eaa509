/**
 * The cohort in time: how many sessions people have, which visits there are with which labels, and who
 * changes from one label to another. Visits are in the order of their names (`ses-M006` before
 * `ses-M012`), as `tsvtools` orders them.
 */
import { compareSessions, compareText, withThreeDigits } from '../../core/tsv/session-time.ts';
import { isMissing } from '../../core/tsv/table.ts';
import type { ParticipantRow } from '../../jobs/session-api.ts';

export interface VisitSummary {
  readonly session: string;
  readonly count: number;
  /** Sessions by label, in the order of `values`; those without one left out. */
  readonly labels: ReadonlyMap<string, number>;
}

export interface Course {
  readonly participant: string;
  /** Label by visit; empty where the visit has none. */
  readonly labels: ReadonlyMap<string, string>;
  /** Labels one after the other, repeats left out. */
  readonly path: readonly string[];
}

export interface Longitudinal {
  /** Visits in time. */
  readonly visits: readonly VisitSummary[];
  /** Labels that occur, sorted. */
  readonly values: readonly string[];
  /** How many participants have so many sessions, by that number. */
  readonly sessionCounts: readonly { readonly sessions: number; readonly participants: number }[];
  /** Participants in order. */
  readonly courses: readonly Course[];
  /** Changes of label from one visit to the next one with a label, most frequent first. */
  readonly changes: readonly {
    readonly from: string;
    readonly to: string;
    readonly participants: number;
  }[];
  readonly changing: number;
}

/** @param label - the column whose course is shown; '' for none */
export function longitudinal(rows: readonly ParticipantRow[], label: string): Longitudinal {
  const people = new Map<string, Map<string, string>>();
  for (const { participant, session, cells } of rows) {
    const cell = cells[label]?.trim() ?? '';
    const visits = people.get(participant) ?? new Map<string, string>();
    visits.set(withThreeDigits(session), isMissing(cell) ? '' : cell);
    people.set(participant, visits);
  }
  const courses = [...people]
    .sort(([a], [b]) => compareText(a, b))
    .map(([participant, visits]): Course => {
      const inTime = [...visits].sort(([a], [b]) => compareSessions(a, b));
      const known = inTime.map(([, value]) => value).filter((value) => value !== '');
      const path = known.filter((value, index) => value !== known[index - 1]);
      return { participant, labels: new Map(inTime), path };
    });
  const changes = changesOf(courses);
  return {
    visits: visitsOf(courses),
    values: [...new Set(courses.flatMap(({ path }) => path))].sort(),
    sessionCounts: sessionCountsOf(courses),
    ...{ courses, changes, changing: courses.filter(({ path }) => path.length > 1).length },
  };
}

function visitsOf(courses: readonly Course[]): VisitSummary[] {
  const found = new Map<string, { count: number; labels: Map<string, number> }>();
  for (const { labels } of courses) {
    for (const [session, value] of labels) {
      const visit = found.get(session) ?? { count: 0, labels: new Map<string, number>() };
      visit.count += 1;
      if (value !== '') visit.labels.set(value, (visit.labels.get(value) ?? 0) + 1);
      found.set(session, visit);
    }
  }
  return [...found]
    .sort(([a], [b]) => compareSessions(a, b))
    .map(([session, visit]) => ({ session, ...visit }));
}

function sessionCountsOf(courses: readonly Course[]): Longitudinal['sessionCounts'] {
  const counts = new Map<number, number>();
  for (const { labels } of courses) counts.set(labels.size, (counts.get(labels.size) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([sessions, participants]) => ({ sessions, participants }));
}

/** A participant who changes twice in the same way counts once. */
function changesOf(courses: readonly Course[]): Longitudinal['changes'] {
  const counts = new Map<string, { from: string; to: string; participants: number }>();
  for (const { path } of courses) {
    const own = new Map(
      path.slice(1).map((to, index) => {
        const from = path[index] ?? '';
        return [JSON.stringify([from, to]), { from, to }] as const;
      }),
    );
    for (const [key, change] of own) {
      const known = counts.get(key)?.participants ?? 0;
      counts.set(key, { ...change, participants: known + 1 });
    }
  }
  return [...counts.values()].sort(
    (a, b) => b.participants - a.participants || compareText(a.from + a.to, b.from + b.to),
  );
}
