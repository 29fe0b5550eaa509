import { describe, expect, test } from 'vitest';
import type { Experiment } from './experiment.ts';
import { SCAN_RULES } from './scans.ts';
import { CLEAN, having, row, scan, set, TEST, TRAIN, VALIDATION } from './testing/experiments.ts';

const examine = (code: string, experiment: Experiment) => {
  const rule = SCAN_RULES.find((one) => one.code === code);
  if (rule === undefined) throw new Error(`no rule ${code}`);
  return rule.examine(experiment);
};
const cases = (code: string, experiment: Experiment) => {
  const examined = examine(code, experiment);
  return 'cases' in examined ? examined.cases : [];
};

describe('one scan under two names', () => {
  test('is not looked for when no volume was read', () => {
    expect(examine('LEAKAGE_SCAN', CLEAN)).toEqual({ unchecked: 'no volume was read' });
  });

  test('is told with its names, the participants of both', () => {
    const scans = [
      scan('sub-A1/ses-M000', 'x'),
      scan('sub-C1/ses-M000', 'x'),
      scan('sub-C2/ses-M000', 'x'),
      scan('sub-B1/ses-M000', 'y'),
    ];
    expect(examine('LEAKAGE_SCAN', { ...CLEAN, scans })).toEqual({
      looked: '4 scans',
      cases: [
        {
          ...{ severity: 'error', where: 'train and test' },
          participants: ['sub-A1', 'sub-C1', 'sub-C2'],
          detail: 'sub-A1/ses-M000 = sub-C1/ses-M000, sub-A1/ses-M000 = sub-C2/ses-M000',
        },
        {
          ...{ severity: 'warning', where: 'test', participants: ['sub-C1', 'sub-C2'] },
          detail: 'sub-C1/ses-M000 = sub-C2/ses-M000',
        },
      ],
    });
  });

  test('names five examples at most', () => {
    const ids = Array.from({ length: 7 }, (_, index) => `sub-${index}`);
    const train = set(
      'train',
      ids.map((id) => `${id} ses-M000`),
    );
    const test = set(
      'test',
      ids.map((id) => `${id}x ses-M000`),
    );
    const scans = ids.flatMap((id) => [scan(`${id}/ses-M000`, id), scan(`${id}x/ses-M000`, id)]);
    const [found] = cases('LEAKAGE_SCAN', { sets: [train, test], scans });
    expect(found?.participants).toHaveLength(14);
    expect(found?.detail?.split(', ')).toHaveLength(5);
  });

  test('is none where the same session stands in both sets under its own name', () => {
    const experiment = having(set('test', [...TEST, TRAIN[0] ?? '']));
    const scans = [scan('sub-A1/ses-M000', 'x')];
    expect(cases('LEAKAGE_SCAN', { ...experiment, scans })).toEqual([]);
  });

  test('may be another visit of the same person', () => {
    const train = set('train', ['sub-1 ses-M000', 'sub-1 ses-M006']);
    const scans = [scan('sub-1/ses-M000', 'x'), scan('sub-1/ses-M006', 'x')];
    expect(cases('LEAKAGE_SCAN', { sets: [train], scans })).toMatchObject([
      { severity: 'warning', where: 'train', participants: ['sub-1'] },
    ]);
  });

  test('may be one id in two cohorts, which are named', () => {
    const sets = [
      set('train', ['sub-1 ses-M000'], { cohort: 'X' }),
      set('test', ['sub-1 ses-M000'], { cohort: 'Y' }),
    ];
    const scans = [
      scan('sub-1/ses-M000', 'x', { cohort: 'X' }),
      scan('sub-1/ses-M000', 'x', { cohort: 'Y' }),
    ];
    expect(cases('LEAKAGE_SCAN', { sets, scans })).toMatchObject([
      { severity: 'error', detail: 'X sub-1/ses-M000 = Y sub-1/ses-M000' },
    ]);
  });

  test('scans of a cohort belong to its rows only', () => {
    const sets = [
      set('train', ['sub-1 ses-M000'], { cohort: 'X' }),
      set('test', ['sub-2 ses-M000'], { cohort: 'X' }),
    ];
    const scans = [
      scan('sub-1/ses-M000', 'x', { cohort: 'X' }),
      scan('sub-2/ses-M000', 'x', { cohort: 'Y' }),
    ];
    expect(cases('LEAKAGE_SCAN', { sets, scans })).toEqual([]);
  });
});

describe('a test set that depends on the validation set', () => {
  test('is looked for where there are both, by id alone without scans', () => {
    expect(examine('LEAKAGE_VALIDATION_TEST', CLEAN)).toEqual({
      looked: '4 participants of validation and test, by id',
      cases: [],
    });
    const sets = [set('train', TRAIN), set('test', TEST)];
    expect(examine('LEAKAGE_VALIDATION_TEST', { sets })).toEqual({
      unchecked: 'no validation set beside a test set',
    });
  });

  test('shares people, scans or both', () => {
    const experiment = having(set('test', [...TEST, VALIDATION[0] ?? '']));
    const scans = [scan('sub-B2/ses-M000', 'x'), scan('sub-C1/ses-M000', 'x')];
    expect(examine('LEAKAGE_VALIDATION_TEST', { ...experiment, scans })).toEqual({
      looked: '4 participants of validation and test, by id and by content',
      cases: [
        {
          ...{ severity: 'error', where: 'validation and test' },
          participants: ['sub-B1', 'sub-B2', 'sub-C1'],
          detail: '1 participant and 1 copied scan',
        },
      ],
    });
  });
});

describe('sessions that stand twice', () => {
  test('in one table are told, in two tables of a set not', () => {
    const train = set('train', [...TRAIN, TRAIN[0] ?? '', TRAIN[0] ?? '', TRAIN[1] ?? '']);
    expect(examine('LEAKAGE_SESSION_TWICE', having(train))).toEqual({
      looked: '7 sessions of 3 sets',
      cases: [
        {
          ...{ severity: 'warning', where: 'train', participants: ['sub-A1', 'sub-A2'] },
          detail: '3 rows too many, such as sub-A1/ses-M000',
        },
      ],
    });
    const other = set('train', TRAIN, { file: 'other.tsv' });
    const both = { ...other, rows: [...other.rows, ...set('train', TRAIN).rows] };
    expect(cases('LEAKAGE_SESSION_TWICE', having(both))).toEqual([]);
  });

  test('are two of two cohorts, and parts are no repetition', () => {
    const rows = [
      row('sub-1 ses-M000', { cohort: 'X' }),
      row('sub-1 ses-M000', { cohort: 'Y' }),
      row('sub-2 ses-M000', { part: '0' }),
      row('sub-2 ses-M000', { part: '1' }),
    ];
    expect(cases('LEAKAGE_SESSION_TWICE', { sets: [{ ...set('train', []), rows }] })).toEqual([]);
  });

  test('are told when one visit is spelled in two ways, unless the scan is one', () => {
    const train = set('train', ['sub-1 ses-M0', 'sub-1 ses-M000', 'sub-2 ses-M000']);
    const spelled = {
      ...{ severity: 'warning', where: 'ids of sessions', participants: ['sub-1'] },
      detail: 'sub-1: ses-M0 = ses-M000',
    };
    const look = (...contents: string[]) =>
      cases('LEAKAGE_SESSION_TWICE', {
        sets: [train],
        scans: contents.map((content, index) =>
          scan(`sub-1/${index === 0 ? 'ses-M0' : 'ses-M000'}`, content),
        ),
      });
    expect(look()).toEqual([spelled]);
    expect(look('x')).toEqual([spelled]);
    expect(look('x', 'y')).toEqual([spelled]);
    expect(look('x', 'x')).toEqual([]);
  });

  test('are judged by the scans of that participant, cohort and visit alone', () => {
    const train = set('train', ['sub-1 ses-M0', 'sub-1 ses-M000', 'sub-1 ses-M006']);
    const look = (...more: ReturnType<typeof scan>[]) =>
      cases('LEAKAGE_SESSION_TWICE', {
        sets: [train],
        scans: [scan('sub-1/ses-M0', 'x'), scan('sub-1/ses-M000', 'x'), ...more],
      });
    expect(look(scan('sub-1/ses-M006', 'y'))).toEqual([]);
    expect(look(scan('sub-2/ses-M000', 'y'))).toEqual([]);
    expect(look(scan('sub-1/ses-M000', 'y', { cohort: 'X' }))).toEqual([]);
  });

  test('spelled in two ways by two cohorts are two, and scans tell of folders too', () => {
    const sets = [
      set('train', ['sub-1 ses-M0'], { cohort: 'X' }),
      set('train too', ['sub-1 ses-M000'], { cohort: 'Y' }),
    ];
    expect(cases('LEAKAGE_SESSION_TWICE', { sets })).toEqual([]);
    const folders = [
      scan('sub-1/ses-M0', 'x', { cohort: 'X' }),
      scan('sub-1/ses-M00', 'y', { cohort: 'X' }),
      scan('sub-1/ses-M000', 'y', { cohort: 'Y' }),
    ];
    expect(cases('LEAKAGE_SESSION_TWICE', { sets, scans: folders })).toMatchObject([
      { detail: 'sub-1: ses-M0 = ses-M00' },
    ]);
  });

  test('have volumes that differ, within a cohort', () => {
    const scans = [
      scan('sub-A1/ses-M000', 'x', { file: 'b.nii' }),
      scan('sub-A1/ses-M000', 'y', { file: 'a.nii' }),
      scan('sub-A2/ses-M000', 'x', { cohort: 'X' }),
      scan('sub-A2/ses-M000', 'z', { cohort: 'Y' }),
      scan('sub-A3/ses-M000', 'v'),
      scan('sub-A3/ses-M006', 'w'),
    ];
    expect(cases('LEAKAGE_SESSION_TWICE', { ...CLEAN, scans })).toEqual([
      {
        ...{ severity: 'warning', where: 'volumes of one session that differ' },
        ...{ participants: ['sub-A1'], detail: 'a.nii, b.nii' },
      },
    ]);
  });
});
