import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditExperiment, type AuditReport } from './audit.ts';
import type { AuditRow, AuditSet, Experiment, Role } from './experiment.ts';
import { scan, set } from './testing/experiments.ts';

const LABELS = ['AD', 'CN'];
const SET_NAMES = ['train', 'validation', 'test'] as const;

interface Drawn {
  readonly role: Role;
  readonly sessions: number;
  readonly content: readonly number[];
}

/** People with one set each, but for a few; some of their scans have the same content. */
const people = fc.array(
  fc.record({
    role: fc.constantFrom<Role>(...SET_NAMES),
    sessions: fc.integer({ min: 1, max: 3 }),
    content: fc.array(fc.nat({ max: 40 }), { minLength: 3, maxLength: 3 }),
  }),
  { minLength: 6, maxLength: 24 },
);
const leaks = fc.array(
  fc.record({
    person: fc.nat(),
    role: fc.constantFrom<Role>(...SET_NAMES),
    session: fc.nat({ max: 3 }),
  }),
  { maxLength: 4 },
);

const nameOf = (index: number): string => `sub-P${index}`;

/** Of every set, each class at least once, so that nothing is found beyond what is put in. */
function experimentOf(drawn: readonly Drawn[]): Experiment {
  const text = (index: number, session: number) =>
    `${nameOf(index)} ses-M${String(session * 6).padStart(3, '0')} ${LABELS[index % 2]}`;
  const sets = SET_NAMES.map((role, offset): AuditSet => {
    const own = drawn.flatMap((person, index) =>
      person.role === role
        ? Array.from({ length: person.sessions }, (_, session) => text(index, session))
        : [],
    );
    return set(role, [...own, text(1000 + 2 * offset, 0), text(1001 + 2 * offset, 0)]);
  });
  const scans = drawn.flatMap(({ content }, index) =>
    content.map((value, session) =>
      scan(text(index, session).split(' ').slice(0, 2).join('/'), `content ${value}`),
    ),
  );
  return { sets, scans, label: 'diagnosis' };
}

function withLeaks(
  experiment: Experiment,
  added: readonly { person: number; role: Role; session: number }[],
  count: number,
): Experiment {
  const sets = experiment.sets.map((one) => ({
    ...one,
    rows: [
      ...one.rows,
      ...added.flatMap(({ person, role, session }): AuditRow[] => {
        const index = person % count;
        const text = `${nameOf(index)} ses-M${String(session * 6).padStart(3, '0')} ${LABELS[index % 2]}`;
        return role === one.role ? set(role, [text]).rows.slice() : [];
      }),
    ],
  }));
  return { ...experiment, sets };
}

/** What a report says, ids by a new name. */
function told({ verdict, findings, checks, counts }: AuditReport, rename = (id: string) => id) {
  return {
    ...{ verdict, counts },
    findings: findings.map(({ code, severity, participants, cases }) => ({
      ...{ code, severity, participants: participants.map(rename).sort() },
      cases: cases.map((one) => [one.where, one.participants.map(rename).sort()].join()).sort(),
    })),
    checks: checks.map(({ code, checked, found }) => ({ code, checked, found })),
  };
}

describe('for every experiment', () => {
  test('the order of rows, sets and scans changes nothing', () => {
    fc.assert(
      fc.property(people, leaks, fc.infiniteStream(fc.nat()), (drawn, added, keys) => {
        const experiment = withLeaks(experimentOf(drawn), added, drawn.length);
        const shuffled = <Item>(items: readonly Item[]): Item[] =>
          items
            .map((item) => ({ item, key: keys.next().value as number }))
            .sort((one, other) => one.key - other.key)
            .map(({ item }) => item);
        const other = auditExperiment({
          ...experiment,
          sets: shuffled(experiment.sets).map((one) => ({ ...one, rows: shuffled(one.rows) })),
          scans: shuffled(experiment.scans ?? []),
        });
        // The pairs of sets are named first set first, whatever their order.
        expect(told(other)).toEqual(told(auditExperiment(experiment)));
      }),
      { numRuns: 60 },
    );
  });

  test('other ids change nothing but the ids', () => {
    fc.assert(
      fc.property(people, leaks, fc.nat({ max: 9999 }), (drawn, added, salt) => {
        const experiment = withLeaks(experimentOf(drawn), added, drawn.length);
        // Numbers without leading zeros stay different, whatever their order becomes.
        const rename = (id: string) => {
          const number = Number(/\d+$/.exec(id)?.[0]);
          return `sub-X${(number * 7919 + salt) % 100003}`;
        };
        const renamed = {
          ...experiment,
          sets: experiment.sets.map((one) => ({
            ...one,
            rows: one.rows.map((each) => ({ ...each, participant: rename(each.participant) })),
          })),
          scans: (experiment.scans ?? []).map((one) => ({
            ...one,
            participant: rename(one.participant),
          })),
        };
        expect(told(auditExperiment(renamed))).toEqual(told(auditExperiment(experiment), rename));
      }),
      { numRuns: 60 },
    );
  });

  test('one shared participant is always found, and nobody else is named', () => {
    const apart = fc.constantFrom<readonly [Role, Role]>(
      ...([
        ['train', 'validation'],
        ['train', 'test'],
        ['validation', 'test'],
      ] as const),
    );
    fc.assert(
      fc.property(people, apart, fc.nat(), fc.boolean(), (drawn, [from, to], pick, isSame) => {
        const { sets } = experimentOf(drawn);
        expect(auditExperiment({ sets, label: 'diagnosis' }).verdict).toBe('clean');
        const rows = sets.find(({ role }) => role === from)?.rows ?? [];
        const victim = rows[pick % rows.length];
        if (victim === undefined) throw new Error('an empty set');
        const copy = isSame ? victim : { ...victim, session: 'ses-M120' };
        const shared = sets.map((one) =>
          one.role === to ? { ...one, rows: [...one.rows, copy] } : one,
        );
        const { verdict, findings } = auditExperiment({ sets: shared, label: 'diagnosis' });
        expect(verdict).toBe('leaky');
        const codes = findings.map(({ code }) => code);
        expect(codes).toContain('LEAKAGE_PARTICIPANTS');
        expect(codes.includes('LEAKAGE_SESSIONS')).toBe(!isSame);
        expect(codes.includes('LEAKAGE_VALIDATION_TEST')).toBe(from === 'validation');
        for (const { participants } of findings) {
          expect(participants).toEqual([victim.participant]);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('one copied scan is always found where sets must be apart', () => {
    fc.assert(
      fc.property(people, fc.nat(), fc.nat(), (drawn, first, second) => {
        const { sets } = experimentOf(drawn);
        const [train, , tests] = sets.map(({ rows }) => rows);
        const one = train?.[first % train.length];
        const other = tests?.[second % tests.length];
        if (one === undefined || other === undefined) throw new Error('an empty set');
        const scans = [one, other].map(({ participant, session }) =>
          scan(`${participant}/${session}`, 'the same'),
        );
        const { findings } = auditExperiment({ sets, scans, label: 'diagnosis' });
        expect(findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
          'error LEAKAGE_SCAN',
        ]);
        expect(findings[0]?.participants).toEqual([one.participant, other.participant].sort());
      }),
      { numRuns: 60 },
    );
  });
});
