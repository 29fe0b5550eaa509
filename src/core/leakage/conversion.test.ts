import { describe, expect, test } from 'vitest';
import { CONVERSION_RULE } from './conversion.ts';
import type { AuditRow, Experiment } from './experiment.ts';
import { CLEAN, row, set } from './testing/experiments.ts';

const visit = (text: string, more: Partial<AuditRow> = {}): AuditRow => ({
  ...row(text),
  label: undefined,
  ...more,
});
/** A converter: healthy, impaired, demented. */
const VISITS = ['sub-P ses-M000 CN', 'sub-P ses-M012 MCI', 'sub-P ses-M024 AD'].map((text) =>
  visit(text),
);

const examine = (rows: readonly string[], more: Partial<Experiment> = {}) =>
  CONVERSION_RULE.examine({
    sets: [set('train', rows, { diagnosis: undefined })],
    ...{ label: 'progression', visits: VISITS, hasAllVisits: true },
    ...more,
  });
const severities = (rows: readonly string[], more: Partial<Experiment> = {}) => {
  const examined = examine(rows, more);
  return 'cases' in examined ? examined.cases.map(({ severity }) => severity) : [];
};

describe('a progressive label', () => {
  test.each([
    ['sub-P ses-M000 p', []],
    ['sub-P ses-M012 p', []],
    ['sub-P ses-M024 p', ['error']],
    ['sub-P ses-M024 s', []],
    ['sub-P ses-M024 uk', []],
    ['sub-P ses-M000 pCN', []],
    ['sub-P ses-M012 pCN', ['error']],
    ['sub-P ses-M012 pMCI', []],
    ['sub-P ses-M000 pMCI', []],
    ['sub-P ses-M024 pMCI', ['error']],
    ['sub-P ses-M024 pLMCI', ['error']],
    ['sub-P ses-M024 pEMCI', ['error']],
    ['sub-P ses-M024 sMCI', []],
    ['sub-P ses-M024 pAD', []],
    ['sub-P ses-M024 up', []],
    ['sub-P ses-M036 p', []],
    ['sub-Q ses-M024 pMCI', []],
  ])('%s', (text, expected) => {
    expect(severities([text])).toEqual(expected);
  });

  test('without a state is judged only where every visit is known', () => {
    expect(severities(['sub-P ses-M024 p'], { hasAllVisits: false })).toEqual([]);
    expect(severities(['sub-P ses-M024 p'], { hasAllVisits: undefined })).toEqual([]);
    expect(severities(['sub-P ses-M024 pMCI'], { hasAllVisits: false })).toEqual(['error']);
  });

  test('of someone who never got worse is not after a conversion', () => {
    const visits = ['sub-P ses-M000 AD', 'sub-P ses-M012 AD'].map((text) => visit(text));
    expect(severities(['sub-P ses-M012 p'], { visits })).toEqual([]);
    const better = ['sub-P ses-M000 AD', 'sub-P ses-M012 MCI'].map((text) => visit(text));
    expect(severities(['sub-P ses-M012 p'], { visits: better })).toEqual([]);
    expect(severities(['sub-P ses-M000 p'], { visits: better })).toEqual([]);
  });

  test('of someone who gets worse later is before one, whatever follows', () => {
    const visits = [...VISITS, visit('sub-P ses-M036 MCI')];
    expect(severities(['sub-P ses-M012 p'], { visits })).toEqual([]);
    expect(severities(['sub-P ses-M036 p'], { visits })).toEqual(['error']);
  });

  test('is not judged by diagnoses without a rank', () => {
    const visits = ['sub-P ses-M000 SMC', 'sub-P ses-M012 AD'].map((text) => visit(text));
    expect(severities(['sub-P ses-M012 p'], { visits })).toEqual([]);
    expect(severities(['sub-P ses-M000 p', 'sub-P ses-M000 pMCI'], { visits })).toEqual([]);
    const between = [...VISITS, visit('sub-P ses-M018 FTD')];
    expect(severities(['sub-P ses-M018 p', 'sub-P ses-M012 p'], { visits: between })).toEqual([]);
    const after = [...VISITS, visit('sub-P ses-M030 FTD')];
    expect(severities(['sub-P ses-M024 p'], { visits: after })).toEqual(['error']);
  });

  test.each([
    ['MCI', 'Dementia'],
    ['EMCI', 'AD'],
    ['LMCI', 'AD'],
    ['CN', 'EMCI'],
    ['CN', 'LMCI'],
  ])('knows that %s comes before %s', (before, after) => {
    const visits = [`sub-P ses-M000 ${before}`, `sub-P ses-M012 ${after}`].map((text) =>
      visit(text),
    );
    expect(severities(['sub-P ses-M012 p'], { visits })).toEqual(['error']);
  });
});

describe('the diagnosis of a later visit', () => {
  test.each([
    ['sub-P ses-M000 AD', ['error']],
    ['sub-P ses-M000 MCI', ['error']],
    ['sub-P ses-M000 CN', []],
    ['sub-P ses-M012 CN', []],
    ['sub-P ses-M024 CN', []],
    ['sub-P ses-M00 CN', []],
    ['sub-P ses-M00 MCI', ['error']],
  ])('%s', (text, expected) => {
    expect(severities([text], { label: 'diagnosis' })).toEqual(expected);
  });

  test('may be foretold by another column: a warning', () => {
    expect(severities(['sub-P ses-M000 AD'], { label: 'in_two_years' })).toEqual(['warning']);
  });

  test('is looked for among the rows where no table of visits has the session', () => {
    const rows = [
      row('sub-P ses-M000', { label: 'AD', diagnosis: 'MCI' }),
      row('sub-P ses-M012', { label: 'AD', diagnosis: 'AD' }),
    ];
    const sets = [{ ...set('train', []), rows }];
    const experiment = { sets, label: 'diagnosis' };
    expect(CONVERSION_RULE.examine(experiment)).toEqual({
      looked: 'labels of 2 sessions against the diagnoses of 2 visits',
      cases: [
        {
          ...{ severity: 'error', where: 'label "diagnosis"', participants: ['sub-P'] },
          detail: '1 session: sub-P/ses-M000 ("AD")',
        },
      ],
    });
    const visits = [visit('sub-P ses-M000 AD')];
    expect(CONVERSION_RULE.examine({ ...experiment, visits })).toMatchObject({ cases: [] });
  });

  test('is that of the table of visits, where that has one', () => {
    const sets = [{ ...set('train', []), rows: [row('sub-P ses-M000 AD')] }];
    const later = visit('sub-P ses-M024 AD');
    const look = (first: AuditRow) =>
      severities([], { sets, label: 'diagnosis', visits: [first, later] });
    expect(look(visit('sub-P ses-M000 MCI'))).toEqual(['error']);
    expect(look(visit('sub-P ses-M000'))).toEqual([]);
    const other = [{ ...set('train', []), rows: [row('sub-P ses-M000 AD', { diagnosis: 'MCI' })] }];
    const visits = [visit('sub-P ses-M000'), later];
    expect(severities([], { sets: other, label: 'diagnosis', visits })).toEqual(['error']);
  });

  test('may be one month, or one number, later', () => {
    const visits = ['sub-P ses-01 CN', 'sub-P ses-02 AD'].map((text) => visit(text));
    expect(severities(['sub-P ses-01 AD'], { visits })).toEqual(['warning']);
  });

  test('counts within a cohort, or where the cohort is unknown', () => {
    const inCohort = (cohort: string) => VISITS.map((one) => ({ ...one, cohort }));
    const sets = [set('train', ['sub-P ses-M000 AD'], { diagnosis: undefined, cohort: 'X' })];
    const look = (visits: readonly AuditRow[]) => severities([], { sets, visits });
    expect(look(inCohort('Y'))).toEqual([]);
    expect(look(inCohort('X'))).toEqual(['warning']);
    expect(look(VISITS)).toEqual(['warning']);
  });

  test('two diagnoses of one visit: the first in the alphabet counts, in any order', () => {
    const both = [
      visit('sub-P ses-M000 MCI'),
      visit('sub-P ses-M000 AD'),
      visit('sub-P ses-M012 AD'),
    ];
    const look = (visits: readonly AuditRow[]) =>
      severities(['sub-P ses-M000 AD'], { visits, label: 'diagnosis' });
    expect(look(both)).toEqual([]);
    expect(look([...both].reverse())).toEqual([]);
  });
});

test('tells errors apart from warnings, and five examples of each', () => {
  const months = ['000', '001', '002', '003', '004', '005', '006'];
  const visits = [
    ...months.map((month) => visit(`sub-Q ses-M${month} CN`)),
    visit('sub-Q ses-M999 AD'),
    ...VISITS,
  ];
  const rows = [...months.map((month) => `sub-Q ses-M${month} AD`), 'sub-P ses-M024 pMCI'];
  const examined = examine(rows, { visits });
  expect(examined).toMatchObject({
    looked: 'labels of 8 sessions against the diagnoses of 11 visits',
    cases: [
      { severity: 'error', participants: ['sub-P'], detail: '1 session: sub-P/ses-M024 ("pMCI")' },
      { severity: 'warning', participants: ['sub-Q'] },
    ],
  });
  const [, second] = 'cases' in examined ? examined.cases : [];
  expect(second?.detail).toMatch(/^7 sessions: /);
  expect(second?.detail?.split(', ')).toHaveLength(5);
});

test('needs labels, and diagnoses', () => {
  expect(examine(['sub-P ses-M000'])).toEqual({ unchecked: 'no label' });
  expect(examine(['sub-P ses-M000 p'], { visits: undefined })).toEqual({
    unchecked: 'no diagnosis of the visits is known',
  });
  expect(CONVERSION_RULE.examine(CLEAN)).toEqual({
    looked: 'labels of 7 sessions against the diagnoses of 7 visits',
    cases: [],
  });
});
