import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addProgression, progressionsOf, type ProgressionChoice } from './progression.ts';
import { codesOf, tableOf, thrownBy } from './testing/tables.ts';

const HEADER = 'participant_id session_id diagnosis';
const CHOICE: ProgressionChoice = { horizon: 36, threeDigits: false };

/** @param text - visits of one participant, such as `0CN 12MCI`. */
function visitsOf(text: string): [string, string][] {
  return text.split(' ').map((visit) => {
    const [, months = '', diagnosis = ''] = /^(\d+)(.*)$/.exec(visit) ?? [];
    return [`ses-M${months.padStart(3, '0')}`, diagnosis === '' ? '.' : diagnosis];
  });
}

function add(text: string, choice: Partial<ProgressionChoice> = {}) {
  const rows = visitsOf(text).map((cells) => `sub-1 ${cells.join(' ')}`);
  return addProgression(tableOf([HEADER, ...rows].join('\n')), { ...CHOICE, ...choice });
}

const labels = (text: string, choice: Partial<ProgressionChoice> = {}) =>
  add(text, choice)
    .table.rows.map((row) => row.at(-1))
    .join(' ');

describe('a session is', () => {
  test.each([
    ['stable until the horizon', '0CN 36CN 72CN', 's s uk'],
    ['worse when the session at the horizon is', '0CN 36MCI 72MCI', 'p s uk'],
    ['better when it is', '0MCI 36CN 72CN', 'r s uk'],
    ['compared with the last one when the horizon is beyond it', '0CN 12AD', 'p uk'],
    ['compared with the one before the horizon', '0CN 24MCI 48AD', 'p p uk'],
    ['compared with the one after it when that before is the same', '0CN 24CN 48AD', 'p p uk'],
    ['not compared with the one after it when that before differs', '0MCI 24CN 48AD', 'us us us'],
    ['unknown when it is the last', '0AD', 'uk'],
    ['of Dementia as of AD', '0AD 36Dementia 72AD', 's s uk'],
  ])('%s', (_name, visits, expected) => {
    expect(labels(visits)).toBe(expected);
  });

  test('unstable with all others when worse and better come in turn', () => {
    expect(labels('0CN 36MCI 72CN')).toBe('us us us');
    expect(labels('0MCI 36CN 72MCI')).toBe('us us us');
    // A stable session between them changes nothing.
    expect(labels('0CN 12MCI 24MCI 36CN', { horizon: 12 })).toBe('us us us us');
  });

  test('judged by the horizon', () => {
    expect(labels('0CN 12CN 24MCI 36MCI', { horizon: 12 })).toBe('s p s uk');
    expect(labels('0CN 12CN 24MCI 36MCI', { horizon: 36 })).toBe('p p s uk');
  });

  test('filled in or left out when its diagnosis is missing', () => {
    const { table, problems } = add('0CN 12 24CN 36');
    expect(table.rows.map((row) => row.slice(1).join(' '))).toEqual([
      ...['ses-M000 CN s', 'ses-M012 CN s', 'ses-M024 CN uk'],
    ]);
    expect(codesOf(problems)).toEqual(['LABELS_INFERRED']);
  });
});

describe('the order of diagnoses', () => {
  test('may be given', () => {
    expect(labels('0low 36high 72high', { order: ['low', 'high'] })).toBe('p s uk');
    expect(labels('0low 36high 72high', { order: ['high', 'low'] })).toBe('r s uk');
  });

  test('is that of numbers', () => {
    const rows = ['ses-M000 2', 'ses-M036 10', 'ses-M072 10'].map((row) => `sub-1 ${row}`);
    const { table } = addProgression(tableOf([HEADER, ...rows].join('\n')), CHOICE);
    expect(table.rows.map((row) => row.at(-1))).toEqual(['p', 's', 'uk']);
  });

  test('is not that of numbers when a word stands among them', () => {
    const rows = ['ses-M000 2', 'ses-M036 ill'].map((row) => `sub-1 ${row}`);
    const problem = thrownBy(() => addProgression(tableOf([HEADER, ...rows].join('\n')), CHOICE));
    expect(problem).toMatchObject({ code: 'PROGRESSION_ORDER', found: '2, ill' });
  });

  test('is asked for when it is unknown', () => {
    expect(thrownBy(() => add('0control 36patient'))).toMatchObject({
      ...{ code: 'PROGRESSION_ORDER', found: 'control, patient', column: 'diagnosis' },
    });
    const incomplete = thrownBy(() => add('0low 36height', { order: ['low', 'high'] }));
    expect(incomplete).toMatchObject({ found: 'height', expected: 'low, high' });
    expect(incomplete.action).not.toContain('Write high');
    expect(thrownBy(() => add('0CN 36Mci')).action).toContain('Write MCI for Mci');
  });

  test('is not needed for a single session', () => {
    const { counts, problems } = add('0patient');
    expect([counts.uk, codesOf(problems)]).toEqual([1, ['PROGRESSION_SINGLE']]);
  });
});

describe('sessions', () => {
  test('may come in any order of rows and digits', () => {
    const rows = ['ses-M072 CN', 'ses-M0 CN', 'ses-M36 MCI'].map((row) => `sub-1 ${row}`);
    const source = tableOf([HEADER, ...rows].join('\n'));
    const written = (threeDigits: boolean) =>
      addProgression(source, { horizon: 36, threeDigits }).table.rows.map((row) => row[1]);
    expect(written(false)).toEqual(['ses-M0', 'ses-M36', 'ses-M072']);
    expect(written(true)).toEqual(['ses-M000', 'ses-M036', 'ses-M072']);
  });

  test('without months get no label and keep their row', () => {
    const text = `${HEADER}\nsub-1 ses-M000 CN\nsub-1 ses-M036 AD\nsub-1 ses-uns1 CN`;
    const { table, problems } = addProgression(tableOf(text), CHOICE);
    expect(table.rows.map((row) => row.at(-1))).toEqual(['p', 'uk', '']);
    expect(codesOf(problems)).toEqual(['TSV_SESSION_NAME']);
  });

  test('have to be named by months', () => {
    const text = `${HEADER}\nsub-1 ses-01 CN\nsub-1 ses-02 AD`;
    expect(thrownBy(() => addProgression(tableOf(text), CHOICE))).toMatchObject({
      ...{ code: 'PROGRESSION_MONTHS', found: 'ses-01, ses-02' },
    });
  });

  test('have to be there', () => {
    expect(thrownBy(() => addProgression(tableOf(HEADER), CHOICE)).code).toBe('LABELS_EMPTY');
  });
});

test('keeps the other columns in order and writes its own anew, as the last', () => {
  const text = `x ${HEADER} progression y\n1 sub-1 ses-M000 CN old 7\n2 sub-1 ses-M036 AD old .`;
  const { table } = addProgression(tableOf(text), CHOICE);
  expect(table.columns.join(' ')).toBe('participant_id session_id x diagnosis y progression');
  expect(table.rows).toEqual([
    ['sub-1', 'ses-M000', '1', 'CN', '7.0', 'p'],
    ['sub-1', 'ses-M036', '2', 'AD', '', 'uk'],
  ]);
});

test('counts each label', () => {
  expect(add('0CN 36MCI 72MCI').counts).toEqual({ s: 1, p: 1, r: 0, us: 0, uk: 1 });
});

test('needs a diagnosis', () => {
  const source = tableOf('participant_id session_id\nsub-1 ses-M000');
  expect(thrownBy(() => addProgression(source, CHOICE))).toMatchObject({ code: 'TSV_COLUMN' });
});

test('gives every session one label, and the last one uk or us', () => {
  const visit = fc.record({ months: fc.nat(120), rank: fc.nat(2) });
  fc.assert(
    fc.property(fc.uniqueArray(visit, { selector: (v) => v.months, minLength: 1 }), (visits) => {
      const sorted = [...visits].sort((a, b) => a.months - b.months);
      const group = sorted.map(({ months, rank }, position) => ({
        ...{ participant: 'sub-1', session: `ses-M${months}`, position, diagnosis: String(rank) },
      }));
      const given = progressionsOf(group, Number, 36);
      expect(given).toHaveLength(group.length);
      expect(['uk', 'us']).toContain(given.at(-1));
      expect(new Set(given).has('us') ? new Set(given).size : 1).toBe(1);
      expect(given.includes('p') && given.includes('r')).toBe(false);
    }),
  );
});
