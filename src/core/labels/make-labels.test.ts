import { describe, expect, test } from 'vitest';
import { readAvailability } from './availability.ts';
import { makeLabels, type LabelChoice } from './make-labels.ts';
import { addProgression } from './progression.ts';
import { codesOf, linesOf, tableOf, thrownBy } from './testing/tables.ts';

const ALL = ['CN', 'MCI', 'AD'];
const EVERYTHING: LabelChoice = {
  ...{ diagnoses: ALL, variables: [], keepSmc: true, removeUniqueSession: false },
};

/** All diagnoses of the text; every session has a T1w image but those named. */
function labels(text: string, choice: Partial<LabelChoice> = {}, without: readonly string[] = []) {
  const merged = tableOf(text, 'merged.tsv');
  const place = (name: string) => merged.table.columns.indexOf(name);
  const rows = merged.table.rows.map((row) => [row[0] ?? '', row[place('session_id')] ?? '']);
  const sessions = [...new Set(rows.map(([, session]) => session ?? ''))];
  const tables = sessions.map((session) => {
    const people = rows.filter(([, other]) => other === session).map(([id = '']) => id);
    const flags = people.map((id) => `${id} ${without.includes(`${id}/${session}`) ? 0 : 1}`);
    const table = tableOf(`participant_id t1w\n${flags.join('\n')}`, `mods_${session}.tsv`);
    return { ...table, session };
  });
  const diagnoses = ALL.filter((name) => text.includes(name));
  return makeLabels(merged, readAvailability(tables, 't1w'), {
    ...EVERYTHING,
    diagnoses,
    ...choice,
  });
}

const HEADER = 'participant_id session_id age sex diagnosis';
const SOUND = `${HEADER}
  sub-1 ses-M000 70.5 F CN
  sub-1 ses-M012 71.5 F MCI
  sub-2 ses-M000 60 M AD`;

describe('rows', () => {
  test('are those with a wanted diagnosis', () => {
    expect(linesOf(labels(SOUND, { diagnoses: ['CN', 'AD'] }).table)).toEqual([
      ...[HEADER, 'sub-1 ses-M000 70.5 F CN', 'sub-2 ses-M000 60.0 M AD'],
    ]);
  });

  test('are those with the modality', () => {
    expect(labels(SOUND, {}, ['sub-1/ses-M012']).table.rows.map(([, session]) => session)).toEqual([
      ...['ses-M000', 'ses-M000'],
    ]);
  });

  test('are in the order of participants and time', () => {
    const rows = ['sub-2 ses-M012', 'sub-2 ses-M6', 'sub-1 ses-M120', 'sub-1 ses-M024'];
    const text = rows.map((row) => `${row} 70 F CN`).join('\n');
    const { table, problems } = labels(`${HEADER}\n${text}`);
    expect(table.rows.map(([id, session]) => `${id} ${session}`)).toEqual([
      ...['sub-1 ses-M024', 'sub-1 ses-M120', 'sub-2 ses-M6', 'sub-2 ses-M012'],
    ]);
    expect(codesOf(problems)).toEqual(['TSV_SESSION_ORDER']);
  });

  test('leave SMC out unless they are kept', () => {
    const text = `${HEADER} diagnosis_bl diagnosis_sc
      sub-1 ses-M000 70 F CN SMC .
      sub-2 ses-M000 70 F CN CN SMC
      sub-3 ses-M000 70 F CN CN CN`;
    expect(labels(text, { keepSmc: false }).table.rows).toHaveLength(1);
    expect(labels(text).table.rows).toHaveLength(3);
  });

  test('leave participants of one session out when asked to, before diagnoses are inferred', () => {
    const text = `${HEADER}
      sub-1 ses-M000 70 F CN
      sub-2 ses-M000 60 M CN
      sub-2 ses-M012 61 M .`;
    const { table } = labels(text, { removeUniqueSession: true });
    expect(table.rows.map(([id]) => id)).toEqual(['sub-2']);
  });

  test('are those of the restriction, in two digits or three', () => {
    const restriction = tableOf('participant_id session_id\nsub-1 ses-M12\nsub-9 ses-M00', 'r.tsv');
    const { table, problems } = labels(SOUND, { restriction });
    expect(table.rows.map(([id, session]) => `${id} ${session}`)).toEqual(['sub-1 ses-M012']);
    expect(problems).toMatchObject([
      { code: 'RESTRICTION_UNKNOWN', file: 'r.tsv', found: '1: sub-9 ses-M00' },
    ]);
  });

  test('take a missing diagnosis from the change of ADNI', () => {
    const codes = [1, 7, 9, 2, 4, 8, 3, 5, 6, -1];
    const text = codes.map((code, i) => `sub-${i} ses-M000 70 F . ${code}.0`).join('\n');
    const { table } = labels(`${HEADER} adni_diagnosis_change\n${text}`, { diagnoses: ALL });
    expect(table.rows.map((row) => row[4])).toEqual([
      ...['CN', 'CN', 'CN', 'MCI', 'MCI', 'MCI', 'AD', 'AD', 'AD'],
    ]);
  });

  test('keep a known diagnosis whatever the change says', () => {
    const { table } = labels(`${HEADER} adni_diagnosis_change\nsub-1 ses-M000 70 F CN 3`);
    expect(table.rows[0]?.[4]).toBe('CN');
  });
});

describe('sessions', () => {
  const rows = (names: readonly string[]) =>
    `${HEADER}\n${names.map((name) => `sub-1 ${name} 70 F CN`).join('\n')}`;

  test('that are not named by months are left out where others are, and told', () => {
    const { table, problems } = labels(rows(['ses-M000', 'ses-uns1']));
    expect(table.rows).toHaveLength(1);
    expect(problems).toMatchObject([{ code: 'TSV_SESSION_NAME', found: '1: sub-1 ses-uns1' }]);
  });

  test('that are counted are all kept, in order', () => {
    const { table } = labels(rows(['ses-10', 'ses-2']));
    expect(table.rows.map(([, session]) => session)).toEqual(['ses-2', 'ses-10']);
  });

  test('of one visit need no months', () => {
    const { table, problems } = labels(`${HEADER}\nsub-1 ses-01 70 F CN\nsub-2 ses-01 60 M AD`);
    expect([table.rows.length, problems]).toEqual([2, []]);
  });

  test('keep their names, so that they still name their folders', () => {
    expect(labels(rows(['ses-M00', 'ses-M06'])).table.rows.map(([, session]) => session)).toEqual([
      ...['ses-M00', 'ses-M06'],
    ]);
  });

  test('are one under two names', () => {
    expect(thrownBy(() => labels(rows(['ses-M00', 'ses-M000']))).code).toBe('TSV_DUPLICATE_ROW');
  });
});

describe('columns', () => {
  test('of interest are kept once, in their order', () => {
    const text = `${HEADER} MMS site\nsub-1 ses-M000 70 F CN 29 S1`;
    const variables = ['site', 'age', 'MMS', 'participant_id'];
    expect(labels(text, { variables }).table.columns.join(' ')).toBe(`${HEADER} site MMS`);
  });

  test('of interest have to be there', () => {
    expect(thrownBy(() => labels(SOUND, { variables: ['MMS'] }))).toMatchObject({
      ...{ code: 'TSV_COLUMN', column: 'MMS', file: 'merged.tsv' },
    });
  });

  test('are found under the names of BIDS, and told', () => {
    const text = 'participant_id session_id age gender group\nsub-1 ses-M000 70 f CN';
    const { table, problems } = labels(text);
    expect(linesOf(table)).toEqual([HEADER, 'sub-1 ses-M000 70 F CN']);
    expect(problems.map(({ column }) => column)).toEqual(['gender', 'group']);
  });

  test('of age and sex may be missing, which is told', () => {
    const { table, problems } = labels('participant_id session_id diagnosis\nsub-1 ses-M000 CN');
    expect(table.columns).toEqual(['participant_id', 'session_id', 'diagnosis']);
    expect(problems.map(({ code, column }) => [code, column])).toEqual([
      ['ANALYSIS_COLUMN', 'age'],
      ['ANALYSIS_COLUMN', 'sex'],
    ]);
  });

  test('of the diagnosis may be chosen, and numbers are labels too', () => {
    const text = `${HEADER} status\nsub-1 ses-M000 70 F CN 0\nsub-2 ses-M000 60 M AD 1`;
    const { table } = labels(text, { diagnosisColumn: 'status', diagnoses: ['0', '1'] });
    expect(table.rows.map((row) => row.at(-1))).toEqual(['0', '1']);
    const wrong = () => labels(text, { diagnosisColumn: 'state' });
    expect(thrownBy(wrong)).toMatchObject({ code: 'TSV_COLUMN', column: 'state' });
  });

  test('named like properties of objects are columns like any other', () => {
    const text = `${HEADER} __proto__\nsub-1 ses-M000 70 F CN x`;
    const { table, problems } = labels(text, { variables: ['__proto__'] });
    expect(table.rows[0]?.at(-1)).toBe('x');
    expect(codesOf(problems)).toEqual(['TSV_COLUMN_NAME']);
  });

  test('write numbers as pandas does for the whole merged table', () => {
    const text = `${HEADER} MMS\nsub-1 ses-M000 70 F CN 29\nsub-2 ses-M000 60 M SMC .`;
    const { table } = labels(text, { variables: ['MMS'] });
    expect(linesOf(table)[1]).toBe('sub-1 ses-M000 70 F CN 29.0');
  });
});

describe('what is told', () => {
  test('how many sessions each rule leaves', () => {
    expect(labels(SOUND, { diagnoses: ['CN', 'MCI'], keepSmc: false }).counts).toEqual([
      { rule: 'in the merged table', participants: 2, sessions: 3 },
      { rule: 'without SMC', participants: 2, sessions: 3 },
      { rule: 'with a diagnosis', participants: 2, sessions: 3 },
      { rule: 'of CN, MCI', participants: 1, sessions: 2 },
      { rule: 'with the modality', participants: 1, sessions: 2 },
    ]);
  });

  test('a diagnosis that nobody has', () => {
    expect(labels(SOUND, { diagnoses: ['CN', 'FTD'] }).problems).toMatchObject([
      { code: 'LABELS_DIAGNOSIS', expected: 'FTD', found: 'AD, CN, MCI' },
    ]);
  });

  test('which diagnoses there are, when none was asked for', () => {
    expect(thrownBy(() => labels(SOUND, { diagnoses: ['PD'] }))).toMatchObject({
      ...{ code: 'LABELS_EMPTY', expected: 'PD', found: 'AD, CN, MCI' },
      action: 'Choose among them, for instance -d AD -d CN.',
    });
  });

  test('which rule left nothing', () => {
    const nobody = ['sub-1/ses-M000', 'sub-1/ses-M012', 'sub-2/ses-M000'];
    const { code, found } = thrownBy(() => labels(SOUND, {}, nobody));
    expect([code, found]).toEqual([
      'LABELS_EMPTY',
      '3 in the merged table, 3 with a diagnosis, 3 of CN, MCI, AD, 0 with the modality',
    ]);
  });

  test('sessions that no table of modalities knows', () => {
    const merged = tableOf(SOUND, 'merged.tsv');
    const table = { ...tableOf('participant_id t1w\nsub-1 1'), session: 'ses-M000' };
    const { problems } = makeLabels(merged, readAvailability([table], 't1w'), EVERYTHING);
    expect(problems).toMatchObject([
      { code: 'MODALITY_SESSION', found: '2: sub-1 ses-M012, sub-2 ses-M000' },
    ]);
  });
});

test('10,000 rows take well under a second, with progression and all checks', () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => {
    const months = (i % 5) * 12;
    const diagnosis = i % 7 === 0 ? '.' : 'CN';
    return `sub-${Math.floor(i / 5)} ses-M${String(months).padStart(3, '0')} 70 F ${diagnosis}`;
  });
  const merged = tableOf(`${HEADER}\n${rows.join('\n')}`, 'merged.tsv');
  const tables = [0, 12, 24, 36, 48].map((months) => {
    const people = Array.from({ length: 2000 }, (_, i) => `sub-${i} 1`).join('\n');
    const session = `ses-M${String(months).padStart(3, '0')}`;
    return { ...tableOf(`participant_id t1w\n${people}`, session), session };
  });
  // Time of the processor: the machine may be busy with other tests.
  const start = process.cpuUsage();
  const { table } = makeLabels(merged, readAvailability(tables, 't1w'), EVERYTHING);
  addProgression({ table, file: 'labels.tsv' }, { horizon: 36, threeDigits: false });
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(1000);
  expect(table.rows.length).toBeGreaterThan(8000);
});
