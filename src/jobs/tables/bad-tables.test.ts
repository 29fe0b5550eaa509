/**
 * A corpus of tables as people send them: each has its own coded error or warning, with the place
 * where it is wrong; none crashes, none passes in silence.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../core/errors.ts';
import { analysis } from './analysis.ts';
import { getLabels, type GetLabelsInput } from './get-labels.ts';
import { getMetadata } from './get-metadata.ts';
import { getProgression } from './get-progression.ts';
import { labelsInput, treeOf } from './testing/labels-input.ts';
import { runJob, type Told } from './testing/run-job.ts';

interface Case {
  readonly name: string;
  /** Of the merged table, spaces between cells; raw where it holds a tab. */
  readonly merged?: string | Uint8Array<ArrayBuffer>;
  readonly mods?: Readonly<Record<string, string>>;
  readonly restriction?: string;
  readonly modality?: string;
  readonly choice?: Partial<GetLabelsInput['choice']>;
  readonly codes: readonly ErrorCode[];
  /** Of the first problem. */
  readonly at?: { readonly row?: number; readonly column?: string };
}

const H = 'participant_id session_id age sex diagnosis';
const SOUND = `${H}\nsub-1 ses-M000 70 F CN\nsub-1 ses-M012 71 F CN\nsub-2 ses-M000 60 M AD`;
const MODS = {
  'missing_mods/m_ses-M000.tsv': 'participant_id t1w\nsub-1 1\nsub-2 1',
  'missing_mods/m_ses-M012.tsv': 'participant_id t1w\nsub-1 1',
};
const raw = (...lines: string[][]) => lines.map((cells) => `${cells.join('\t')}\n`).join('');
const COLUMNS = H.split(' ');
const ROW = ['sub-1', 'ses-M000', '70', 'F', 'CN'];
const AD = ['sub-2', 'ses-M000', '60', 'M', 'AD'];
const with4 = (cell: string) => raw([...COLUMNS, 'note'], [...ROW, cell], [...AD, 'x']);
const bytes = (text: string, encode: (code: number) => number[]) =>
  Uint8Array.from([...text].flatMap((letter) => encode(letter.codePointAt(0) ?? 0)));

const CASES: readonly Case[] = [
  // The file itself
  { name: 'an empty file', merged: bytes('', () => []), codes: ['TSV_EMPTY'] },
  { name: 'blank lines alone', merged: bytes('\n\n', (code) => [code]), codes: ['TSV_EMPTY'] },
  { name: 'a header alone', merged: H, codes: ['LABELS_EMPTY'] },
  {
    name: 'commas instead of tabs',
    merged: SOUND.replaceAll(' ', ','),
    codes: ['TSV_COLUMN'],
    at: { column: 'participant_id' },
  },
  {
    name: 'UTF-16, as spreadsheets save "Unicode text"',
    merged: bytes(`\uFEFF${SOUND}`, (code) => [code & 255, code >> 8]),
    codes: ['TSV_ENCODING'],
  },
  {
    name: 'Latin-1',
    merged: bytes(`${SOUND} é`, (code) => [code]),
    codes: ['TSV_ENCODING'],
  },
  { name: 'zero bytes', merged: `${raw(COLUMNS, ROW)}\u0000`, codes: ['TSV_ENCODING'] },
  {
    name: 'a row with a cell too few',
    merged: raw(COLUMNS, ROW, AD.slice(1)),
    codes: ['TSV_ROW_WIDTH'],
    at: { row: 3 },
  },
  {
    name: 'a row with a cell too many',
    merged: raw(COLUMNS, [...ROW, 'x']),
    codes: ['TSV_ROW_WIDTH'],
    at: { row: 2 },
  },
  { name: 'an open quote', merged: with4('"open'), codes: ['TSV_QUOTE'], at: { row: 2 } },
  {
    name: 'a cell of 10 MB',
    merged: with4('x'.repeat(10_000_000)),
    codes: ['TSV_CELL_SIZE'],
    at: { row: 2, column: 'note' },
  },
  // Columns
  {
    name: 'a column that is twice there',
    merged: SOUND.replace('sex', 'age'),
    codes: ['TSV_DUPLICATE_COLUMN'],
    at: { row: 1, column: 'age' },
  },
  {
    name: 'no participants',
    merged: SOUND.replace('participant_id', 'subject'),
    codes: ['TSV_COLUMN'],
    at: { column: 'participant_id' },
  },
  {
    name: 'no sessions',
    merged: SOUND.replace('session_id', 'visit'),
    codes: ['TSV_COLUMN'],
    at: { column: 'session_id' },
  },
  {
    name: 'no diagnosis',
    merged: SOUND.replace('diagnosis', 'status'),
    codes: ['TSV_COLUMN'],
    at: { column: 'diagnosis' },
  },
  {
    name: 'no age',
    merged: SOUND.replace('age', 'height'),
    codes: ['ANALYSIS_COLUMN'],
    at: { column: 'age' },
  },
  {
    name: 'another name for the sex',
    merged: SOUND.replace('sex', 'gender'),
    codes: ['TSV_COLUMN_CHOSEN'],
    at: { column: 'gender' },
  },
  {
    name: 'the column __proto__',
    merged: with4('x').replace('note', '__proto__'),
    codes: ['TSV_COLUMN_NAME'],
    at: { column: '__proto__' },
  },
  {
    name: 'the column constructor',
    merged: with4('x').replace('note', 'constructor'),
    codes: ['TSV_COLUMN_NAME'],
    at: { column: 'constructor' },
  },
  {
    name: 'a column without a name',
    merged: with4('x').replace('note', ''),
    codes: ['TSV_COLUMN_NAME'],
    at: { column: '' },
  },
  {
    name: 'a variable of interest that is not there',
    choice: { variables: ['MMS'] },
    codes: ['TSV_COLUMN'],
    at: { column: 'MMS' },
  },
  // Ids
  {
    name: 'a participant without sub-',
    merged: SOUND.replace('sub-2', '2'),
    codes: ['TSV_ID'],
    at: { row: 4, column: 'participant_id' },
  },
  {
    name: 'a participant that climbs out of its folder',
    merged: SOUND.replace('sub-2', 'sub-2/../..'),
    codes: ['TSV_ID'],
    at: { row: 4 },
  },
  {
    name: 'a participant that is a formula',
    merged: SOUND.replace('sub-2', '=cmd|calc'),
    codes: ['TSV_ID'],
    at: { row: 4 },
  },
  {
    name: 'a session without ses-',
    merged: SOUND.replace('ses-M012', 'M012'),
    codes: ['TSV_ID'],
    at: { row: 3, column: 'session_id' },
  },
  {
    name: 'a row without a session',
    merged: SOUND.replace('ses-M012', '.'),
    codes: ['TSV_ID'],
    at: { row: 3, column: 'session_id' },
  },
  {
    name: 'a row that is twice there',
    merged: `${SOUND}\nsub-2 ses-M000 60 M AD`,
    codes: ['TSV_DUPLICATE_ROW'],
    at: { row: 5 },
  },
  {
    name: 'a session in two digits and in three',
    merged: `${SOUND}\nsub-1 ses-M12 71 F CN`,
    codes: ['TSV_DUPLICATE_ROW'],
    at: { row: 5 },
  },
  {
    name: 'a session of another name among months',
    merged: `${SOUND}\nsub-1 ses-uns1 71 F CN`,
    codes: ['TSV_SESSION_NAME'],
  },
  {
    name: 'sessions in the wrong order',
    merged: `${H}\nsub-1 ses-M012 71 F CN\nsub-1 ses-M000 70 F CN\nsub-2 ses-M000 60 M AD`,
    codes: ['TSV_SESSION_ORDER'],
    at: { row: 3 },
  },
  // Values
  {
    name: 'a participant of two sexes',
    merged: SOUND.replace('71 F', '71 M'),
    codes: ['TSV_SEX_DIFFERS'],
    at: { row: 3, column: 'sex' },
  },
  {
    name: 'sexes by number',
    merged: SOUND.replaceAll(' F ', ' 1 ').replaceAll(' M ', ' 2 '),
    codes: ['TSV_SEX_CODE'],
    at: { column: 'sex' },
  },
  {
    name: 'an age that goes backwards',
    merged: SOUND.replace('71', '69'),
    codes: ['TSV_AGE_BACKWARDS'],
    at: { row: 3, column: 'age' },
  },
  {
    name: 'an age of 700',
    merged: SOUND.replace('60', '700'),
    codes: ['TSV_AGE'],
    at: { row: 4, column: 'age' },
  },
  {
    name: 'an age with a comma',
    merged: SOUND.replace('60', '60,5'),
    codes: ['TSV_AGE'],
    at: { row: 4, column: 'age' },
  },
  {
    name: 'a formula in a cell',
    merged: with4('=HYPERLINK("http://x";"y")'),
    codes: ['TSV_FORMULA'],
    at: { row: 2, column: 'note' },
  },
  {
    name: 'a session without a diagnosis',
    merged: SOUND.replace('71 F CN', '71 F n/a'),
    codes: ['LABELS_INFERRED'],
    at: { column: 'diagnosis' },
  },
  {
    name: 'no diagnosis in any row',
    merged: SOUND.replaceAll(/(CN|AD)/g, '.'),
    codes: ['LABELS_EMPTY'],
  },
  {
    name: 'diagnoses in lower case',
    merged: SOUND.replaceAll('CN', 'cn').replaceAll('AD', 'ad'),
    codes: ['LABELS_EMPTY'],
    at: { column: 'diagnosis' },
  },
  {
    name: 'a diagnosis that nobody has',
    choice: { diagnoses: ['CN', 'AD', 'FTD'] },
    codes: ['LABELS_DIAGNOSIS'],
  },
  // The other tables
  { name: 'an unknown modality', modality: 'pet', codes: ['MODALITY_UNKNOWN'] },
  {
    name: 'a session without a table of modalities',
    mods: { 'missing_mods/m_ses-M000.tsv': MODS['missing_mods/m_ses-M000.tsv'] },
    codes: ['MODALITY_SESSION'],
  },
  {
    name: 'a flag that is neither 0 nor 1',
    mods: { ...MODS, 'missing_mods/m_ses-M012.tsv': 'participant_id t1w\nsub-1 yes' },
    codes: ['TSV_VALUE'],
    at: { row: 2, column: 't1w' },
  },
  {
    name: 'a participant twice in a table of modalities',
    mods: { ...MODS, 'missing_mods/m_ses-M012.tsv': 'participant_id t1w\nsub-1 1\nsub-1 1' },
    codes: ['TSV_DUPLICATE_ROW'],
    at: { row: 3 },
  },
  {
    name: 'two tables of modalities for one session',
    mods: { ...MODS, 'missing_mods/m_ses-M12.tsv': 'participant_id t1w\nsub-1 1' },
    codes: ['TSV_DUPLICATE_ROW'],
  },
  {
    name: 'a restriction with unknown sessions',
    restriction: 'participant_id session_id\nsub-1 ses-M000\nsub-7 ses-M000',
    codes: ['RESTRICTION_UNKNOWN'],
  },
  {
    name: 'a restriction with a session twice',
    restriction: 'participant_id session_id\nsub-1 ses-M000\nsub-1 ses-M000',
    codes: ['TSV_DUPLICATE_ROW'],
    at: { row: 3 },
  },
  {
    name: 'a restriction to nobody',
    restriction: 'participant_id session_id',
    codes: ['LABELS_EMPTY'],
  },
];

async function run({ merged, mods, restriction, modality, choice }: Case): Promise<Told<unknown>> {
  const output = treeOf({ 'merged.tsv': merged ?? SOUND, ...(mods ?? MODS) });
  const input = labelsInput(output, undefined);
  const file = { tree: treeOf({ 'r.tsv': restriction ?? 'x' }), path: 'r.tsv', name: 'r.tsv' };
  return runJob(
    getLabels({
      ...{ ...input, modality: modality ?? 't1w', choice: { ...input.choice, ...choice } },
      restriction: restriction === undefined ? undefined : file,
    }),
  );
}

describe('get-labels tells', () => {
  test.each(CASES)('$name', async (given) => {
    const { codes, problems, error } = await run(given);
    expect(codes).toEqual(given.codes);
    const told = problems[0] ?? error;
    expect(told).toMatchObject(given.at ?? {});
    // A message is read in a terminal: it never repeats a huge cell.
    expect(JSON.stringify(told).length).toBeLessThan(1500);
  });

  test('has nothing to say about a sound table', async () => {
    expect((await run({ name: 'sound', codes: [] })).codes).toEqual([]);
  });
});

test('whatever the cells hold, a table is read or refused by name', async () => {
  const cell = fc.constantFrom(
    ...['', ' ', 'sub-1', 'sub-2', 'ses-M000', 'ses-M12', 'ses-x', 'CN', 'AD', 'n/a', 'F', '1e999'],
    ...['-1', '70', '=1+1', '__proto__', '"', '""', '\u0000', '\uFEFF', '\n', '\r\n', 'é', '1,5'],
  );
  const row = fc.array(cell, { minLength: 4, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 6 }), async (rows) => {
      const merged = raw(COLUMNS, ROW, AD, ...rows);
      const { result, error } = await run({ name: 'any', merged, codes: [] });
      expect((result === undefined) !== (error === undefined)).toBe(true);
    }),
    { numRuns: 300, seed: 7 },
  );
});

describe('the other commands tell', () => {
  const L = 'participant_id session_id diagnosis';
  const at = (text: string) => ({ tree: treeOf({ 't.tsv': text }), path: 't.tsv', name: 't.tsv' });

  test.each<[string, string, ErrorCode[]]>([
    ['unknown diagnoses', `${L}\nsub-1 ses-M000 x\nsub-1 ses-M012 y`, ['PROGRESSION_ORDER']],
    ['sessions that are no months', `${L}\nsub-1 ses-1 CN\nsub-1 ses-2 AD`, ['PROGRESSION_MONTHS']],
    ['single sessions', `${L}\nsub-1 ses-M000 CN`, ['PROGRESSION_SINGLE']],
    ['no diagnosis', 'participant_id session_id\nsub-1 ses-M000', ['TSV_COLUMN']],
    ['no rows', L, ['LABELS_EMPTY']],
    ['a row twice', `${L}\nsub-1 ses-M000 CN\nsub-1 ses-M000 AD`, ['TSV_DUPLICATE_ROW']],
    [
      'gaps and formulas',
      `${L} x\nsub-1 ses-M000 CN =1+1\nsub-1 ses-M012 . .\nsub-1 ses-M024 AD .`,
      ['TSV_FORMULA', 'LABELS_INFERRED'],
    ],
  ])('get-progression: %s', async (_name, text, codes) => {
    const choice = { horizon: 36, threeDigits: false };
    expect((await runJob(getProgression({ data: at(text), labels: [], choice }))).codes).toEqual(
      codes,
    );
  });

  test.each<[string, string, string, ErrorCode[]]>([
    [
      'disagreement',
      `${L}\nsub-1 ses-M000 CN\nsub-2 ses-M000 CN`,
      `${L}\nsub-1 ses-M000 CN\nsub-2 ses-M000 AD`,
      ['METADATA_LOST'],
    ],
    ['strangers', `${L}\nsub-9 ses-M000 CN`, `${L}\nsub-1 ses-M000 CN`, ['LABELS_EMPTY']],
    ['ids that are none', `${L}\nsub-1 ses-M000 CN`, `${L}\n1 ses-M000 CN`, ['TSV_ID']],
  ])('get-metadata: %s', async (_name, data, merged, codes) => {
    const choice = { bySession: false, threeDigits: false };
    const job = getMetadata({ data: at(data), merged: at(merged), choice });
    expect((await runJob(job)).codes).toEqual(codes);
  });

  test.each<[string, string, ErrorCode[]]>([
    [
      'a label that nobody has',
      `${L} age sex MMS cdr_global\nsub-1 ses-M000 AD 70 F 20 1`,
      ['LABELS_EMPTY'],
    ],
    [
      'scores and sexes off the scale',
      `${L} age sex MMS cdr_global\nsub-1 ses-M000 CN 70 x 20 9`,
      ['TSV_SEX_CODE', 'ANALYSIS_VALUE'],
    ],
    ['no scores', `${L} age sex\nsub-1 ses-M000 CN 70 F`, ['ANALYSIS_COLUMN', 'ANALYSIS_COLUMN']],
  ])('analysis: %s', async (name, merged, codes) => {
    const label = name.startsWith('a label') ? 'AD' : 'CN';
    const data = at(`${L}\nsub-1 ses-M000 ${label}`);
    const results = at('x');
    const job = analysis({ merged: at(merged), data, results, diagnoses: ['CN'] });
    expect((await runJob(job)).codes).toEqual(codes);
  });
});
