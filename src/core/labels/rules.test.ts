/**
 * The rules of `get-labels` and `get-progression` against a second, naive telling of them on random
 * cohorts: gaps, SMC, single sessions, missing images, sessions in any order and number of digits.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { readAvailability } from './availability.ts';
import { makeLabels } from './make-labels.ts';
import { addProgression } from './progression.ts';
import { tableOf } from './testing/tables.ts';

interface Row {
  readonly id: string;
  readonly months: number;
  readonly diagnosis: string;
  readonly smc: boolean;
  readonly image: boolean;
  readonly restricted: boolean;
}

const GRADES = ['CN', 'MCI', 'AD'];

const rowsOf = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom('sub-1', 'sub-2', 'sub-3'),
      months: fc.constantFrom(0, 6, 12, 24, 36, 48, 60),
      diagnosis: fc.constantFrom(...GRADES, '.'),
      smc: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      image: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
      restricted: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    }),
    { minLength: 1, maxLength: 15, selector: ({ id, months }) => `${id} ${months}` },
  )
  .filter((rows) => rows.some(({ diagnosis }) => diagnosis !== '.'));

const sessionOf = (months: number, digits: number): string =>
  `ses-M${String(months).padStart(digits, '0')}`;

const inTime = (rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => a.id.localeCompare(b.id) || a.months - b.months);

const of = (rows: readonly Row[], id: string): Row[] => inTime(rows.filter((row) => row.id === id));

/** The rules as the documentation tells them, one after the other. */
function expected(rows: readonly Row[], removeUnique: boolean): Row[] {
  let left = rows.filter(({ smc }) => !smc);
  if (removeUnique) left = left.filter(({ id }) => of(left, id).length > 1);
  const filled = left.map((row) => {
    if (row.diagnosis !== '.') return row;
    const known = of(left, row.id).filter(({ diagnosis }) => diagnosis !== '.');
    const before = known.filter(({ months }) => months < row.months).pop();
    const after = known.find(({ months }) => months > row.months);
    const agree = before !== undefined && before.diagnosis === after?.diagnosis;
    return agree ? { ...row, diagnosis: before.diagnosis } : row;
  });
  const wanted = filled.filter(({ diagnosis }) => diagnosis === 'CN' || diagnosis === 'AD');
  return inTime(wanted.filter(({ image, restricted }) => image && restricted));
}

/** The sessions that `get-labels` keeps, or none when it says that none is left. */
function kept(rows: readonly Row[], removeUniqueSession: boolean, digits: number): string[] {
  const merged = tableOf(
    [
      'participant_id session_id age sex diagnosis diagnosis_bl',
      ...rows.map(({ id, months, diagnosis, smc }) =>
        [id, sessionOf(months, digits), 70, 'F', diagnosis, smc ? 'SMC' : 'CN'].join(' '),
      ),
    ].join('\n'),
  );
  const tables = [...new Set(rows.map(({ months }) => months))].map((months) => {
    const here = rows.filter((row) => row.months === months);
    const flags = here.map(({ id, image }) => `${id} ${image ? 1 : 0}`);
    const session = sessionOf(months, 3);
    return { ...tableOf(['participant_id t1w', ...flags].join('\n'), session), session };
  });
  const allowed = rows.filter(({ restricted }) => restricted);
  const names = allowed.map(({ id, months }) => `${id} ${sessionOf(months, 3)}`);
  try {
    const { table } = makeLabels(merged, readAvailability(tables, 't1w'), {
      ...{ diagnoses: ['CN', 'AD'], variables: [], keepSmc: false, removeUniqueSession },
      restriction: tableOf(['participant_id session_id', ...names].join('\n')),
    });
    return table.rows.map(([id, session, , , diagnosis]) => `${id} ${session} ${diagnosis}`);
  } catch (error) {
    if (error instanceof CapsuleError && error.code === 'LABELS_EMPTY') return [];
    throw error;
  }
}

test('get-labels keeps what the rules keep, in two digits and in three', () => {
  fc.assert(
    fc.property(rowsOf, fc.boolean(), fc.constantFrom(2, 3), (rows, removeUnique, digits) => {
      const names = expected(rows, removeUnique).map(
        ({ id, months, diagnosis }) => `${id} ${sessionOf(months, digits)} ${diagnosis}`,
      );
      expect(kept(rows, removeUnique, digits)).toEqual(names);
    }),
    { numRuns: 500, seed: 5 },
  );
});

/** Progression as the documentation tells it, for one participant whose diagnoses are all known. */
function progression(rows: readonly Row[], horizon: number): string[] {
  const grade = ({ diagnosis }: Row): number => GRADES.indexOf(diagnosis);
  const labels = rows.map((row) => {
    const target = row.months + horizon;
    const exact = rows.find(({ months }) => months === target);
    const last = rows.at(-1);
    const compared: (Row | undefined)[] =
      exact !== undefined
        ? [exact]
        : target > (last?.months ?? 0)
          ? [last]
          : [
              rows.filter(({ months }) => months < target).pop(),
              rows.find(({ months }) => months > target),
            ];
    const other = compared.find((candidate) => candidate && grade(candidate) !== grade(row));
    return other === undefined ? 's' : grade(other) > grade(row) ? 'p' : 'r';
  });
  const turns = labels.filter((label) => label !== 's').join('');
  if (/pr|rp/.test(turns)) return labels.map(() => 'us');
  return [...labels.slice(0, -1), 'uk'];
}

test('get-progression gives what the rules give, whatever the order of the rows', () => {
  fc.assert(
    fc.property(rowsOf, fc.constantFrom(6, 12, 24, 36), (drawn, horizon) => {
      const rows = drawn.filter(({ diagnosis }) => diagnosis !== '.');
      const text = rows.map(
        ({ id, months, diagnosis }) => `${id} ${sessionOf(months, 3)} ${diagnosis}`,
      );
      const source = tableOf(['participant_id session_id diagnosis', ...text].join('\n'));
      const { table } = addProgression(source, { horizon, threeDigits: false });
      const ids = [...new Set(inTime(rows).map(({ id }) => id))];
      expect(table.rows.map((row) => row[3])).toEqual(
        ids.flatMap((id) => progression(of(rows, id), horizon)),
      );
    }),
    { numRuns: 500, seed: 6 },
  );
});
