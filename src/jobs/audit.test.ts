import { describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import { audit, type AuditRequest } from './audit.ts';
import { tinyMaps } from './audit/testing/maps.ts';

const context = {
  clock: { now: () => 0, elapsed: () => 0 },
  signal: new AbortController().signal,
};
const table = (...rows: string[]) =>
  ['participant_id session_id diagnosis progression', ...rows, ''].join('\n').replaceAll(' ', '\t');
const TABLES = {
  'split/train.tsv': table('sub-a1 ses-M000 AD s', 'sub-a2 ses-M000 CN s'),
  'split/validation_baseline.tsv': table('sub-b1 ses-M000 AD s', 'sub-b2 ses-M000 CN s'),
  'split/test_baseline.tsv': table('sub-c1 ses-M000 AD s', 'sub-c2 ses-M000 CN s'),
};
const folder = (files: Record<string, string> = TABLES, cohort?: string) => ({
  ...{ tree: new MemoryTree('study', files), folder: 'split', cohort, diagnoses: [] },
});
const file = (text: string, name = 'given.tsv') => ({
  ...{ tree: new MemoryTree('here', { [name]: text }), path: name, name: `/home/${name}` },
});

const run = (more: Partial<AuditRequest> = {}) =>
  follow(
    audit(
      {
        ...{ tables: [folder()], openSource: () => Promise.resolve(undefined), tests: [] },
        ...{ diagnoses: [], inputs: [], pooled: false, caps: [] },
        ...more,
      },
      context,
    ),
  );
const codes = async (more: Partial<AuditRequest>) =>
  (await run(more)).findings.map(({ severity, code }) => `${severity} ${code}`);

/** Volumes by session, each with its content. */
function capsOf(contents: Readonly<Record<string, number>>): MemoryTree {
  const caps = new MemoryTree('caps');
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  for (const [session, content] of Object.entries(contents)) {
    const data = Float32Array.from({ length: 8 }, (_, index) => index + content);
    const name = `${session.replace('/', '_')}_space-MNI152NLin2009cSym_res-1x1x1_T1w.nii.gz`;
    const bytes = niftiBytes({ data, shape: [2, 2, 2], affine });
    void caps.write(`subjects/${session}/t1_linear/${name}`, bytes);
  }
  return caps;
}

describe('a folder of tables', () => {
  test('without a fault is clean', async () => {
    const { verdict, counts, checks } = await run();
    expect(verdict).toBe('clean');
    expect(counts).toEqual({ splits: 0, sets: 3, participants: 6, sessions: 6 });
    expect(checks.find(({ code }) => code === 'LEAKAGE_SCAN')).toMatchObject({ checked: false });
  });

  test('is compared with further tables to test on', async () => {
    const tests = [file(table('sub-a1 ses-M012 AD s', 'sub-d ses-M000 CN s'))];
    const { findings } = await run({ tests });
    expect(findings.map(({ code, participants }) => [code, participants])).toEqual([
      ['LEAKAGE_PARTICIPANTS', ['sub-a1']],
      ['LEAKAGE_SESSIONS', ['sub-a1']],
    ]);
    expect(findings[0]?.cases[0]?.where).toBe('train and /home/given.tsv');
    const diagnoses = ['CN'];
    const tables = [{ ...folder(), diagnoses }];
    const restricted = await run({ tests, tables, diagnoses });
    expect(restricted.findings.map(({ code }) => code)).toEqual([
      'LEAKAGE_CLASSES',
      'LEAKAGE_CLASSES',
    ]);
  });

  test('may start from a MAPS that has seen the test set, in a step before too', async () => {
    const sets = { train: ['sub-a1', 'sub-a2'], validation: ['sub-b1'] };
    const grandparent = await tinyMaps({ ...sets, train: ['sub-c2', 'sub-a2'] });
    const openSource = (path: string) =>
      Promise.resolve(path === 'first' ? grandparent : undefined);
    expect(await codes({ maps: await tinyMaps(sets), openSource })).toEqual([]);
    const maps = await tinyMaps({ ...sets, transfer: 'first' });
    const { findings } = await run({ maps, openSource });
    expect(findings.map(({ code, participants }) => [code, participants])).toEqual([
      ['LEAKAGE_PRETRAINING', ['sub-c2']],
    ]);
    const own = await tinyMaps({ train: ['sub-c1'], validation: ['sub-b1'] });
    expect(await codes({ maps: own })).toEqual(['error LEAKAGE_PRETRAINING']);
  });

  test('is judged by a table of all visits', async () => {
    const files = {
      ...TABLES,
      'split/train.tsv': table('sub-a1 ses-M024 AD p', 'sub-a2 ses-M000 CN s'),
    };
    const visits = [...['sub-a1 ses-M000 MCI p', 'sub-a1 ses-M024 AD p']];
    const more = { tables: [folder(files)], label: 'progression' };
    const warnings = ['warning LEAKAGE_CLASSES', 'warning LEAKAGE_CLASSES'];
    expect(await codes(more)).toEqual(warnings.slice(0, 1));
    expect(await codes({ ...more, labels: file(table(...visits)) })).toEqual([
      ...['error LEAKAGE_CONVERSION', ...warnings.slice(0, 1)],
    ]);
    // labels.tsv beside the sets may have been restricted: it is not all visits.
    const beside = folder({ ...files, 'labels.tsv': table(...visits) });
    expect(await codes({ ...more, tables: [beside] })).toEqual(warnings.slice(0, 1));
  });

  test('has inputs and a stratification that must not tell the label', async () => {
    const bold = 'participant_id session_id diagnosis group\n'.replaceAll(' ', '\t');
    const rows = (...texts: string[]) =>
      bold + texts.map((text) => `${text.replaceAll(' ', '\t')}\n`).join('');
    const files = {
      'split/train.tsv': rows('sub-1 ses-1 AD 1', 'sub-2 ses-1 CN 0', 'sub-3 ses-1 AD 1'),
      'split/validation.tsv': rows('sub-4 ses-1 AD 1', 'sub-5 ses-1 CN 0'),
    };
    const tables = [folder(files)];
    expect(await codes({ tables })).toEqual([]);
    expect(await codes({ tables, inputs: ['group'] })).toEqual(['error LEAKAGE_LABEL_COLUMN']);
    expect(await codes({ tables, stratification: 'group' })).toEqual([
      'warning LEAKAGE_LABEL_COLUMN',
    ]);
    const drawn = folder({
      ...files,
      'split/split.json': '{"categorical_split_variable": "group"}',
    });
    expect(await codes({ tables: [drawn] })).toEqual(['warning LEAKAGE_LABEL_COLUMN']);
  });

  test('has models that may vote together', async () => {
    const files = {
      'split/split-0/train.tsv': table('sub-1 ses-1 AD s', 'sub-2 ses-1 CN s'),
      'split/split-0/test.tsv': table('sub-3 ses-1 AD s', 'sub-4 ses-1 CN s'),
      'split/split-1/train.tsv': table('sub-3 ses-1 AD s', 'sub-4 ses-1 CN s'),
      'split/split-1/test.tsv': table('sub-1 ses-1 AD s', 'sub-2 ses-1 CN s'),
    };
    const tables = [folder(files)];
    expect(await codes({ tables })).toEqual([]);
    expect(await codes({ tables, pooled: true })).toEqual(['error LEAKAGE_FOLDS']);
  });
});

describe('scans', () => {
  const scans = { 'sub-a1/ses-M000': 0, 'sub-a2/ses-M000': 1, 'sub-c1/ses-M000': 2 };

  test('are compared where there is a CAPS', async () => {
    const { verdict, counts } = await run({ caps: [{ tree: capsOf(scans) }] });
    expect([verdict, counts.scans]).toEqual(['clean', 3]);
    const copied = capsOf({ ...scans, 'sub-c1/ses-M000': 1 });
    const { findings } = await run({ caps: [{ tree: copied }] });
    expect(findings.map(({ code, participants }) => [code, participants])).toEqual([
      ['LEAKAGE_SCAN', ['sub-a2', 'sub-c1']],
    ]);
  });

  test('belong to their cohort', async () => {
    const ids = (id: string) =>
      Object.fromEntries(
        Object.entries(TABLES).map(([path, text]) => [path, text.replaceAll('sub-', `sub-${id}`)]),
      );
    const tables = [folder(ids('X'), 'X'), folder(ids('Y'), 'Y')];
    const caps = [
      { tree: capsOf({ 'sub-Xa1/ses-M000': 0, 'sub-Yc1/ses-M000': 0 }), cohort: 'X' },
      { tree: capsOf({ 'sub-Ya1/ses-M000': 1, 'sub-Yc1/ses-M000': 2 }), cohort: 'Y' },
    ];
    const { verdict, counts } = await run({ tables, caps });
    expect([verdict, counts.scans, counts.sets]).toEqual(['clean', 3, 3]);
    const same = [folder(TABLES, 'X'), folder(TABLES, 'Y')];
    expect(await codes({ tables: same })).toEqual(['warning LEAKAGE_COHORT_IDS']);
    // Visits without a cohort are those of every cohort.
    const bare = folder(
      {
        ...TABLES,
        'split/train.tsv': 'participant_id\tsession_id\nsub-a1\tses-M000\nsub-a2\tses-M000\n',
      },
      'X',
    );
    const labels = file(table('sub-a1 ses-M000 AD s', 'sub-a2 ses-M000 AD s'));
    expect(await codes({ tables: [bare], labels })).toEqual(['error LEAKAGE_CLASSES']);
  });
});

describe('a MAPS', () => {
  test('is audited with its groups, and with further tables', async () => {
    const sets = { train: ['sub-a1', 'sub-a2'], validation: ['sub-b1', 'sub-b2'] };
    const maps = await tinyMaps({ ...sets, groups: { test: ['sub-c1', 'sub-c2'] } });
    expect(await codes({ tables: [], maps })).toEqual([]);
    const leaky = await tinyMaps({ ...sets, groups: { test: ['sub-c1', 'sub-a1'] } });
    const { findings } = await run({ tables: [], maps: leaky });
    expect(findings[0]?.cases[0]).toMatchObject({
      ...{ where: 'train of split-0 and group "test"', participants: ['sub-a1'] },
    });
    const tests = [file(table('sub-b1 ses-M000 AD s', 'sub-x ses-M000 CN s'))];
    expect(await codes({ tables: [], maps, tests })).toEqual([
      ...['error LEAKAGE_PARTICIPANTS', 'error LEAKAGE_VALIDATION_TEST'],
    ]);
  });

  test('or a folder has to be there', async () => {
    await expect(run({ tables: [] })).rejects.toMatchObject({ code: 'CONFIG_MISSING' });
  });
});
