/** `capsule audit` as a user runs it: what it prints, and its exit code. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capsule } from './run-capsule.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-audit-'));
  // Builds the bundle once, before anything is timed.
  await capsule('--version');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, columns: string, ...rows: string[]): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, [columns, ...rows, ''].join('\n').replaceAll(' ', '\t'));
  return file;
}
const COLUMNS = 'participant_id session_id diagnosis';

describe('exit codes', () => {
  test('0 for the tables of the reference, saying what was looked at', async () => {
    const { code, stdout } = await capsule('audit', `${REFERENCE}/split`, '--strict');
    expect(stdout).toMatch(
      /^Leakage audit: clean \(3 sets, 20 participants, 20 sessions; voxels not/,
    );
    expect(stdout).toContain('participants in two sets (20 participants in 3 pairs of sets)');
    expect(code).toBe(0);
  });

  test('2 for leakage, with the people, what to do and where the help is', async () => {
    const test = await write('new.tsv', COLUMNS, 'sub-SYN301 ses-M012 AD', 'sub-X ses-M000 CN');
    const { code, stdout } = await capsule(
      'audit',
      '--maps',
      `${REFERENCE}/maps_ad`,
      '--test',
      test,
    );
    expect(stdout).toContain('ERROR LEAKAGE_PARTICIPANTS');
    expect(stdout).toContain(`train of split-0 and ${test}: sub-SYN301`);
    expect(stdout).toContain('docs/leakage.md#leakage_sessions');
    expect(code).toBe(2);
  });

  test('1 for warnings, but only with --strict', async () => {
    await write('one/train.tsv', COLUMNS, 'sub-1 ses-M000 AD', 'sub-2 ses-M000 CN');
    await write('one/validation.tsv', COLUMNS, 'sub-3 ses-M000 AD');
    const lenient = await capsule('audit', join(folder, 'one'));
    expect([lenient.code, lenient.stdout.split('\n')[0]]).toEqual([
      0,
      'Leakage audit: 1 warning, no leakage (2 sets, 3 participants, 3 sessions; voxels not checked)',
    ]);
    expect((await capsule('audit', join(folder, 'one'), '--strict')).code).toBe(1);
  });

  test.each([
    [[], 'CONFIG_MISSING'],
    [['nowhere'], 'SPLIT_MISSING'],
    [['--maps', REFERENCE], 'MAPS_NOT_MAPS'],
    [['cohorts.tsv'], 'FILE_NOT_FOUND'],
  ])('2 for %j, which cannot be done: %s', async (args, message) => {
    const { code, stdout, stderr } = await capsule('audit', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('scans', () => {
  test('that were copied under another name are found, unless nobody looks', async () => {
    const caps = join(folder, 'caps');
    await cp(`${REFERENCE}/caps`, caps, { recursive: true });
    const scanOf = async (participant: string) => {
      const place = join(caps, 'subjects', participant, 'ses-M000', 't1_linear');
      const [name = ''] = (await readdir(place)).filter((file) => file.endsWith('.nii.gz'));
      return join(place, name);
    };
    await cp(await scanOf('sub-SYN301'), await scanOf('sub-SYN316'));
    const args = ['audit', `${REFERENCE}/split`, '--caps_directory', caps];
    const { code, stdout } = await capsule(...args, '--json');
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ verdict: 'leaky', counts: { scans: 20 } });
    expect(report['findings']).toMatchObject([
      {
        code: 'LEAKAGE_SCAN',
        severity: 'error',
        participants: ['sub-SYN301', 'sub-SYN316'],
        count: 2,
      },
    ]);
    expect(code).toBe(2);
    expect((await capsule(...args, '--no_hash')).code).toBe(0);
  });
});

describe('several cohorts', () => {
  test('are named by a table, each with its diagnoses', async () => {
    for (const cohort of ['one', 'two']) {
      const id = `sub-${cohort}`;
      await write(`${cohort}Cohort/train.tsv`, COLUMNS, `${id}1 ses-M000 AD`, `${id}2 ses-M000 CN`);
      await write(
        `${cohort}Cohort/validation.tsv`,
        COLUMNS,
        ...[`${id}3 ses-M000 AD`, `${id}4 ses-M000 CN`, `${id}1 ses-M000 MCI`],
      );
    }
    const table = await write(
      'cohorts.tsv',
      'cohort path diagnoses',
      `ADNI ${join(folder, 'oneCohort')} AD,CN`,
      `OASIS ${join(folder, 'twoCohort')} AD,CN,MCI`,
    );
    const { code, stdout } = await capsule('audit', table);
    expect(stdout).toContain('2 sets, 8 participants');
    expect(stdout).toContain('train and validation: sub-two1\n');
    expect(code).toBe(2);
    const restricted = await capsule('audit', table, '-d', 'AD', '-d', 'CN');
    expect([restricted.code, restricted.stdout.split('(')[0]]).toEqual([
      0,
      'Leakage audit: clean ',
    ]);
  });

  test('have a name of their own each', async () => {
    const table = await write('twice.tsv', 'cohort path', 'ADNI a', 'ADNI b');
    const { code, stderr } = await capsule('audit', table);
    expect([code, stderr.includes('TSV_VALUE')]).toEqual([2, true]);
  });
});
