/**
 * `leakage.json` in a MAPS: what the audit looked at before training, and for every group that was
 * added later; what it found; and for ever, whether someone went on in spite of it. People appear in
 * numbers and hashes only, so that the file can be passed on.
 */
import * as v from 'valibot';
import { CapsuleError } from '../../core/errors.ts';
import type { AuditReport } from '../../core/leakage/audit.ts';
import { sorted, type Experiment } from '../../core/leakage/experiment.ts';
import { LEAKAGE } from '../../core/maps/layout.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import { hex, sha256 } from '../../core/files/sha256.ts';

const COUNT = v.pipe(v.number(), v.integer(), v.minValue(0));
const PEOPLE = { participants: COUNT, sha256: v.string() };

const AUDIT = v.object({
  verdict: v.picklist(['clean', 'warnings', 'leaky', 'not checked']),
  /** Someone went on in spite of errors. */
  overridden: v.boolean(),
  /** How many scans were compared by their content. */
  voxels: v.union([v.literal('not checked'), COUNT]),
  sets: v.array(
    v.object({
      ...{ name: v.string(), files: v.array(v.string()), sessions: COUNT },
      ...PEOPLE,
    }),
  ),
  /** Networks that training started from. */
  sources: v.array(
    v.union([
      v.object({ name: v.string(), ...PEOPLE }),
      v.object({ name: v.string(), participants: v.literal('not known') }),
    ]),
  ),
  checks: v.array(
    v.object({ code: v.string(), checked: v.boolean(), looked: v.string(), found: COUNT }),
  ),
  findings: v.array(
    v.object({
      ...{ code: v.string(), severity: v.picklist(['error', 'warning']), sentence: v.string() },
      ...{ where: v.array(v.string()), ...PEOPLE },
    }),
  ),
});

const RECORD = v.object({
  version: v.literal(1),
  ...AUDIT.entries,
  groups: v.array(v.object({ name: v.string(), ...AUDIT.entries })),
});

export type AuditRecord = v.InferOutput<typeof AUDIT>;
export type LeakageRecord = v.InferOutput<typeof RECORD>;

/** What stands for a training that no audit has seen: that of another program. */
export const NOT_CHECKED: AuditRecord = {
  ...{ verdict: 'not checked', overridden: false, voxels: 'not checked' },
  ...{ sets: [], sources: [], checks: [], findings: [] },
};

/** @param overridden - whether someone went on in spite of errors */
export async function recordOf(
  { sets, ancestors = [] }: Experiment,
  { verdict, checks, findings, counts }: AuditReport,
  overridden: boolean,
): Promise<AuditRecord> {
  return {
    ...{ verdict, overridden: overridden && verdict === 'leaky' },
    voxels: counts.scans ?? 'not checked',
    sets: await Promise.all(
      sets.map(async ({ name, rows }) => ({
        ...{ name, files: sorted(rows.map(({ file }) => file)) },
        sessions: new Set(rows.map(sessionName)).size,
        ...(await peopleOf(rows.map(({ participant }) => participant))),
      })),
    ),
    sources: await Promise.all(
      ancestors.map(async ({ name, kind, seen }) =>
        kind === 'unknown'
          ? { name, participants: 'not known' as const }
          : { name, ...(await peopleOf(seen.map(({ participant }) => participant))) },
      ),
    ),
    checks: checks.map(({ code, checked, looked, found }) => ({ code, checked, looked, found })),
    findings: await Promise.all(
      findings.map(async ({ code, severity, sentence, cases, participants }) => ({
        ...{ code, severity, sentence, where: sorted(cases.map(({ where }) => where)) },
        ...(await peopleOf(participants)),
      })),
    ),
  };
}

/** @returns the text of a new `leakage.json`. */
export function newRecord(training: AuditRecord): string {
  return textOf({ version: 1, ...training, groups: [] });
}

/**
 * @param text - the `leakage.json` of the MAPS; undefined when it has none
 * @returns it with the audit of a group; nothing that it says is taken back
 * @throws MAPS_DAMAGED
 */
export function withGroup(text: string | undefined, name: string, record: AuditRecord): string {
  const known =
    text === undefined ? { version: 1 as const, ...NOT_CHECKED, groups: [] } : parseRecord(text);
  return textOf({ ...known, groups: [...known.groups, { name, ...record }] });
}

/** @throws MAPS_DAMAGED */
export function parseRecord(text: string): LeakageRecord {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new CapsuleError('MAPS_DAMAGED', { file: LEAKAGE, expected: 'JSON' }, { cause: error });
  }
  const result = v.safeParse(RECORD, content);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CapsuleError('MAPS_DAMAGED', {
    ...{ file: LEAKAGE, found: issue.received },
    expected: `"${v.getDotPath(issue) ?? ''}" to be ${issue.expected ?? 'valid'}`,
  });
}

const textOf = (record: LeakageRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/** The hash is of the sorted ids, one a line. */
async function peopleOf(ids: readonly string[]): Promise<{ participants: number; sha256: string }> {
  const once = sorted(ids);
  const text = once.map((id) => `${id}\n`).join('');
  return {
    participants: once.length,
    sha256: hex(await sha256(new TextEncoder().encode(text))),
  };
}
