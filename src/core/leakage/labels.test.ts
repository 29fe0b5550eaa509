import { describe, expect, test } from 'vitest';
import type { AuditRow, Experiment } from './experiment.ts';
import { LABEL_RULES } from './labels.ts';
import { CLEAN, row, set, TEST, TRAIN } from './testing/experiments.ts';

const examine = (code: string, experiment: Experiment) => {
  const rule = LABEL_RULES.find((one) => one.code === code);
  if (rule === undefined) throw new Error(`no rule ${code}`);
  return rule.examine(experiment);
};
const cases = (code: string, experiment: Experiment) => {
  const examined = examine(code, experiment);
  return 'cases' in examined ? examined.cases : [];
};

describe('columns that give the label away', () => {
  /** @param cells - label and cell of each row */
  const telling = (cells: readonly (readonly [string | undefined, string | undefined])[]) => {
    const rows = cells.map(([label, cell], index) =>
      row(`sub-${index} ses-M000`, {
        label,
        cells: cell === undefined ? undefined : new Map([['column', cell]]),
      }),
    );
    const sets = [{ ...set('train', []), rows }];
    return (
      cases('LEAKAGE_LABEL_COLUMN', { sets, label: 'diagnosis', inputs: ['column'] }).length > 0
    );
  };

  test.each([
    [
      'the same words',
      [
        ['AD', 'AD'],
        ['CN', 'CN'],
      ],
      true,
    ],
    [
      'other words',
      [
        ['AD', 'x'],
        ['CN', 'y'],
        ['AD', 'x'],
      ],
      true,
    ],
    [
      'one of them missing here and there',
      [
        ['AD', 'x'],
        ['CN', ''],
        ['CN', 'y'],
        ['AD', 'x'],
        [undefined, 'x'],
        ['AD', undefined],
      ],
      true,
    ],
    [
      'several words for a label',
      [
        ['AD', 'x'],
        ['CN', 'y'],
        ['AD', 'z'],
      ],
      false,
    ],
    [
      'one word for several labels',
      [
        ['AD', 'x'],
        ['CN', 'x'],
        ['CN', 'x'],
      ],
      false,
    ],
    [
      'words crossing over',
      [
        ['AD', 'x'],
        ['CN', 'y'],
        ['AD', 'y'],
        ['CN', 'x'],
      ],
      false,
    ],
    [
      'a word a row, which proves nothing',
      [
        ['70', 'a'],
        ['71', 'b'],
        ['72', 'c'],
      ],
      false,
    ],
    [
      'a value a row, the label itself',
      [
        ['70', '70'],
        ['71', '71'],
        ['72', '72'],
      ],
      true,
    ],
    [
      'a value a row, one of them that of the label',
      [
        ['70', '70'],
        ['71', 'b'],
      ],
      false,
    ],
    [
      'one label',
      [
        ['AD', 'AD'],
        ['AD', 'AD'],
      ],
      false,
    ],
    [
      'no value at all',
      [
        ['AD', ''],
        ['CN', ''],
      ],
      false,
    ],
  ] as const)('%s', (_name, cells, expected) => {
    expect(telling(cells)).toBe(expected);
  });

  test('are an error among the inputs, a warning in the stratification', () => {
    const sets = CLEAN.sets.map((one) => ({
      ...one,
      rows: one.rows.map((each) => ({
        ...each,
        cells: new Map([
          ['dx', each.label ?? ''],
          ['group', each.label === 'AD' ? '1' : '0'],
        ]),
      })),
    }));
    const experiment = { sets, label: 'diagnosis', inputs: ['dx'], stratification: 'group' };
    expect(examine('LEAKAGE_LABEL_COLUMN', experiment)).toEqual({
      looked: '"dx", "group" against "diagnosis"',
      cases: [
        { severity: 'error', where: 'column "dx" and label "diagnosis"', participants: [] },
        { severity: 'warning', where: 'column "group" and label "diagnosis"', participants: [] },
      ],
    });
  });

  test('are none where the label itself stratifies, but it must be no input', () => {
    const none = { unchecked: 'no column is an input; none but the label stratifies' };
    expect(examine('LEAKAGE_LABEL_COLUMN', CLEAN)).toEqual(none);
    const stratified = { ...CLEAN, stratification: 'diagnosis' };
    expect(examine('LEAKAGE_LABEL_COLUMN', stratified)).toEqual(none);
    expect(cases('LEAKAGE_LABEL_COLUMN', { ...stratified, inputs: ['diagnosis'] })).toMatchObject([
      { severity: 'error', where: 'column "diagnosis" and label "diagnosis"' },
    ]);
    expect(examine('LEAKAGE_LABEL_COLUMN', { sets: CLEAN.sets, inputs: ['age'] })).toEqual({
      unchecked: 'no label',
    });
  });
});

describe('sessions with two labels', () => {
  const differing = (...rows: AuditRow[]) =>
    examine('LEAKAGE_LABELS_DIFFER', { sets: [{ ...set('train', []), rows }] });

  test('are told with tables and labels', () => {
    const rows = [
      row('sub-2 ses-M00 CN', { file: 'b.tsv' }),
      row('sub-1 ses-M000 AD', { file: 'a.tsv' }),
      row('sub-2 ses-M000 AD', { file: 'a.tsv' }),
      row('sub-1 ses-M000 CN', { file: 'b.tsv' }),
      row('sub-3 ses-M000 CN', { file: 'c.tsv' }),
    ];
    expect(differing(...rows)).toEqual({
      looked: 'labels of 3 sessions in 3 tables',
      cases: [
        {
          ...{ severity: 'error', where: 'a.tsv and b.tsv', participants: ['sub-1', 'sub-2'] },
          detail:
            '2 sessions: sub-1/ses-M000: "AD" in a.tsv, "CN" in b.tsv; ' +
            'sub-2/ses-M00: "AD" in a.tsv, "CN" in b.tsv',
        },
      ],
    });
  });

  test('name five examples at most', () => {
    const rows = Array.from({ length: 7 }, (_, index) => `sub-${index} ses-M000`).flatMap(
      (text) => [row(`${text} AD`), row(`${text} CN`)],
    );
    const examined = differing(...rows);
    const [one] = 'cases' in examined ? examined.cases : [];
    expect(one?.participants).toHaveLength(7);
    expect(one?.detail?.split('; ')).toHaveLength(5);
    expect(one?.detail).toContain('7 sessions: ');
  });

  test('are looked for in the table of visits too', () => {
    const visits = [row('sub-A1 ses-M000 CN', { file: 'labels.tsv' })];
    expect(cases('LEAKAGE_LABELS_DIFFER', { ...CLEAN, visits })).toMatchObject([
      { where: 'labels.tsv and train.tsv', participants: ['sub-A1'] },
    ]);
  });

  test.each([
    ['two visits', row('sub-1 ses-M000 AD'), row('sub-1 ses-M006 CN'), false],
    ['two people', row('sub-1 ses-M000 AD'), row('sub-2 ses-M000 CN'), false],
    ['two cohorts', row('sub-1 s AD', { cohort: 'X' }), row('sub-1 s CN', { cohort: 'Y' }), false],
    ['a cohort and an unknown one', row('sub-1 s AD', { cohort: 'X' }), row('sub-1 s CN'), true],
    ['numbers that are equal', row('sub-1 s 70'), row('sub-1 s 70.0'), false],
    ['numbers that are not', row('sub-1 s 70'), row('sub-1 s 70.1'), true],
    ['words in other letters', row('sub-1 s AD'), row('sub-1 s ad'), true],
    ['nothing and zero', row('sub-1 s', { label: '' }), row('sub-1 s 0'), true],
    ['zero and nothing', row('sub-1 s 0'), row('sub-1 s', { label: '' }), true],
    ['no label', row('sub-1 s'), row('sub-1 s AD'), false],
  ])('%s', (_name, one, other, expected) => {
    const examined = differing(one, other);
    expect('cases' in examined && examined.cases.length > 0).toBe(expected);
  });

  test('are told of one cohort whatever another one says', () => {
    const rows = ['X AD', 'X CN', 'Y AD'].map((text) => {
      const [cohort, label] = text.split(' ');
      return row(`sub-1 ses-M000 ${label}`, { cohort });
    });
    expect(differing(...rows)).toMatchObject({ cases: [{ participants: ['sub-1'] }] });
  });

  test('need a label', () => {
    expect(differing(row('sub-1 ses-M000'))).toEqual({ unchecked: 'no label' });
  });
});

describe('sets that cannot answer', () => {
  test('are empty or have one class; what has no labels is not judged', () => {
    const sets = [
      set('train', ['sub-1 ses-M000 AD', 'sub-2 ses-M000 AD']),
      set('validation', ['sub-3 ses-M000 CN']),
      set('test', []),
      set('test of split-1', ['sub-4 ses-M000', 'sub-5 ses-M000']),
      set('train of split-1', ['sub-4 ses-M000', 'sub-5 ses-M000 AD']),
      set('train of split-2', TRAIN),
    ];
    expect(examine('LEAKAGE_CLASSES', { sets })).toEqual({
      looked: '6 sets',
      cases: [
        { severity: 'error', where: 'train', participants: [], detail: 'only "AD"' },
        { severity: 'warning', where: 'validation', participants: [], detail: 'only "CN"' },
        { severity: 'error', where: 'test', participants: [], detail: 'no session' },
      ],
    });
    expect(cases('LEAKAGE_CLASSES', { sets: [set('test', TEST)] })).toEqual([]);
    expect(examine('LEAKAGE_CLASSES', { sets: [] })).toEqual({ unchecked: 'no set' });
  });
});
