import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { auditExperiment } from './audit.ts';
import { helpOf, LEAKAGE_CODES, LEAKS, sentenceOf } from './catalogue.ts';
import { reportLines, verdictLine } from './in-words.ts';
import { counted } from './rule.ts';
import { CLEAN, having, row, scan, set, TEST, TRAIN, VALIDATION } from './testing/experiments.ts';

const LEAKY = having(
  set('validation', [...VALIDATION, 'sub-a1 ses-M000 CN']),
  set('test', [...TEST, TRAIN[2] ?? '', TRAIN[0] ?? '']),
);

describe('a report', () => {
  test('has the errors first, each code once, with everyone concerned', () => {
    const sets = [
      ...having(set('validation', [...VALIDATION, ...TRAIN.slice(0, 1)]), set('test', [])).sets,
      set('test of split-0', [...TEST, TRAIN[2] ?? '', TRAIN[0] ?? '']),
    ];
    const { verdict, findings } = auditExperiment({ sets, label: 'diagnosis' });
    expect(verdict).toBe('leaky');
    expect(findings.map(({ code }) => code)).toEqual([
      ...['LEAKAGE_PARTICIPANTS', 'LEAKAGE_VALIDATION_TEST', 'LEAKAGE_CLASSES'],
    ]);
    expect(findings[0]).toEqual({
      ...{ code: 'LEAKAGE_PARTICIPANTS', severity: 'error', count: 2 },
      sentence: 'The same participants stand in two sets that must be apart.',
      action: LEAKS.LEAKAGE_PARTICIPANTS.action,
      help: 'docs/leakage.md#leakage_participants',
      participants: ['sub-A1', 'sub-A3'],
      cases: [
        {
          ...{ severity: 'error', where: 'train and test of split-0' },
          participants: ['sub-A1', 'sub-A3'],
        },
        { severity: 'error', where: 'train and validation', participants: ['sub-A1'] },
        {
          ...{ severity: 'error', where: 'validation and test of split-0' },
          participants: ['sub-A1'],
        },
      ],
    });
  });

  test('has errors and warnings of one code apart, warnings behind all errors', () => {
    const experiment = {
      ...having(set('test', [])),
      scans: [
        scan('sub-A1/ses-M000', 'x'),
        scan('sub-A3/ses-M000', 'x'),
        scan('sub-B1/ses-M000', 'x'),
      ],
    };
    const { findings } = auditExperiment(experiment);
    expect(findings.map(({ code, severity, count }) => [code, severity, count])).toEqual([
      ['LEAKAGE_SCAN', 'error', 3],
      ['LEAKAGE_CLASSES', 'error', 0],
      ['LEAKAGE_SCAN', 'warning', 2],
    ]);
  });

  test('is a warning where nothing worse was found', () => {
    const experiment = having(set('test', ['sub-C1 ses-M000 AD']));
    expect(auditExperiment(experiment).verdict).toBe('warnings');
    expect(auditExperiment(CLEAN).verdict).toBe('clean');
  });

  test('says for every code what was looked at', () => {
    const { checks } = auditExperiment(LEAKY);
    expect(checks.map(({ code }) => code)).toEqual(LEAKAGE_CODES);
    expect(checks.slice(0, 3)).toEqual([
      {
        ...{ code: 'LEAKAGE_PARTICIPANTS', title: 'participants in two sets', checked: true },
        ...{ looked: '8 participants in 3 pairs of sets', found: 2 },
      },
      {
        ...{ code: 'LEAKAGE_SESSIONS', checked: true, found: 0 },
        title: 'sessions, slices or patches divided instead of people',
        looked: '8 participants in 3 pairs of sets',
      },
      {
        ...{ code: 'LEAKAGE_SCAN', title: 'one scan under two names', checked: false, found: 0 },
        looked: 'no volume was read',
      },
    ]);
  });

  test('counts splits, sets, people, sessions and scans', () => {
    expect(auditExperiment(CLEAN).counts).toEqual({
      ...{ splits: 0, sets: 3, participants: 7, sessions: 7 },
    });
    const cohorts = ['X', 'Y'].map((cohort) => row('sub-1 a', { cohort }));
    const rows = [row('sub-1 a'), row('sub-1 b'), ...cohorts, row('sub-1 a')];
    const sets = ['train of split-0', 'train of split-4', 'validation of split-4'].map((name) => ({
      ...set(name, []),
      rows,
    }));
    expect(auditExperiment({ sets, scans: [scan('sub-1/a', 'x')] }).counts).toEqual({
      ...{ splits: 2, sets: 3, participants: 3, sessions: 4, scans: 1 },
    });
  });
});

describe('in words', () => {
  test('a clean report says what it looked at and what it did not', () => {
    const lines = reportLines(auditExperiment(CLEAN));
    expect(lines[0]).toBe(
      'Leakage audit: clean (3 sets, 7 participants, 7 sessions; voxels not checked)',
    );
    expect(lines.slice(1, 4)).toEqual([
      '',
      'Looked for and not found:',
      '  participants in two sets (7 participants in 3 pairs of sets)',
    ]);
    const at = lines.indexOf('Not checked:');
    expect(lines[at - 1]).toBe('');
    expect(lines[at + 1]).toBe('  one scan under two names (no volume was read)');
    expect(lines.filter((line) => line.startsWith('  '))).toHaveLength(LEAKAGE_CODES.length);
  });

  test('a finding says where, who, what to do and where the help is', () => {
    const lines = reportLines(auditExperiment(LEAKY));
    expect(lines.slice(0, 10)).toEqual([
      'Leakage audit: LEAKY: 1 error, 1 warning (3 sets, 8 participants, 8 sessions; voxels not checked)',
      '',
      'ERROR LEAKAGE_PARTICIPANTS: The same participants stand in two sets that must be apart. 2 participants.',
      '  train and test: sub-A1, sub-A3',
      '  Remove them from one of the sets, or split again by participant.',
      '  docs/leakage.md#leakage_participants',
      '',
      'WARNING LEAKAGE_IDS_ALIKE: Ids differ only in case, zero padding or separators: likely the same people. 2 participants.',
      '  ids: sub-A1, sub-a1: sub-A1 = sub-a1',
      '  Write every id in one way, then audit again.',
    ]);
    const rest = lines.slice(lines.indexOf('Looked for and not found:'));
    expect(rest.some((line) => line.includes('participants in two sets'))).toBe(false);
  });

  test('a warning alone is no leakage, and a finding without people names none', () => {
    const report = auditExperiment({
      ...having(set('test', ['sub-C1 ses-M000 AD'])),
      scans: [scan('sub-A1/ses-M000', 'x')],
    });
    expect(verdictLine(report)).toBe(
      'Leakage audit: 1 warning, no leakage (3 sets, 6 participants, 6 sessions; 1 scan compared)',
    );
    expect(reportLines(report).slice(2, 4)).toEqual([
      'WARNING LEAKAGE_CLASSES: A set to evaluate on has one class only.',
      '  test: only "AD"',
    ]);
  });

  test('long lists end with how many more there are', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => `sub-${index + 10} ses-M000 ${index % 2}`);
    const line = (count: number) => {
      const sets = [set('train', many(count)), set('test', many(count))];
      return reportLines(auditExperiment({ sets }))[3];
    };
    expect(line(12)).toMatch(/: sub-10, .*, sub-21$/);
    expect(line(13)).toMatch(/, sub-21, and 1 more$/);
    expect(line(14)).toMatch(/and 2 more$/);
  });

  test('nothing unchecked has no line', () => {
    const experiment = {
      ...CLEAN,
      sets: [...CLEAN.sets, set('train of split-0', TRAIN), set('train of split-1', TRAIN)].map(
        (one, index) => ({
          ...one,
          rows: one.rows.map((each) => ({ ...each, cohort: index === 2 ? 'Y' : 'X' })),
        }),
      ),
      ...{ scans: [], pooled: true, inputs: ['age'] },
      ancestors: [{ name: 'source', kind: 'transfer' as const, seen: [] }],
    };
    expect(reportLines(auditExperiment(experiment))).not.toContain('Not checked:');
  });
});

describe('the catalogue', () => {
  test('has a section of the help for every code', () => {
    const help = readFileSync('docs/leakage.md', 'utf8');
    const headings = help.split('\n').filter((line) => line.startsWith('### '));
    expect(headings).toEqual(LEAKAGE_CODES.map((code) => `### ${code}`));
    for (const code of LEAKAGE_CODES) {
      expect(helpOf(code)).toBe(`docs/leakage.md#${code.toLowerCase()}`);
    }
  });

  test('has a sentence for each form of a finding', () => {
    expect(sentenceOf('LEAKAGE_SCAN', 'error')).toMatch(/two sets/);
    expect(sentenceOf('LEAKAGE_SCAN', 'warning')).toMatch(/one set/);
  });
});

test('counts in words', () => {
  expect([counted(0, 'set'), counted(1, 'set'), counted(2, 'set')]).toEqual([
    ...['0 sets', '1 set', '2 sets'],
  ]);
});
