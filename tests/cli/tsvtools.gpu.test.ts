/** The commands on tables, as a user types them. No GPU is used; they share the bundle of these tests. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capsule } from './run-capsule.ts';

const COHORT = 'tests/fixtures/tsv/labels/cohort-5';
const TABLES = ['--merged_tsv', `${COHORT}/merged.tsv`, '--missing_mods', `${COHORT}/missing_mods`];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-tsv-'));
  await capsule('--version');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = (path: string) => readFile(path, 'utf8');
const reference = (path: string) => text(join(COHORT, path));

describe('the commands of ClinicaDL', () => {
  test('write its labels, short options and all', async () => {
    const output = join(folder, 'restricted');
    const { code, stdout, stderr } = await capsule(
      ...['tsvtools', 'get-labels', 'bids', output, ...TABLES, '-d', 'AD', '-d', 'CN'],
      ...['--restriction_tsv', `${COHORT}/restriction.tsv`, '--remove_unique_session'],
      ...['-mod', 'flair'],
    );
    expect(stderr).toContain('in the restriction: 108 sessions');
    expect([code, stdout]).toEqual([0, `${output}/labels.tsv: 108 sessions of 71 participants\n`]);
    expect(await text(join(output, 'labels.tsv'))).toBe(await reference('restricted/labels.tsv'));
    const record = JSON.parse(await text(join(output, 'labels.json'))) as Record<string, unknown>;
    expect(record).toMatchObject({ modality: 'flair', merged_tsv: `${COHORT}/merged.tsv` });
  });

  test('add metadata, progression and describe the cohort', async () => {
    const labels = join(folder, 'labels.tsv');
    const merged = `${COHORT}/merged.tsv`;
    await copyFile(`${COHORT}/adcn/labels.tsv`, labels);
    const voi = ['-voi', 'education_level', '-voi', 'site'];
    expect((await capsule('tsvtools', 'get-metadata', labels, merged, ...voi)).code).toBe(0);
    expect(await text(labels)).toBe(await reference('metadata/labels.tsv'));

    await copyFile(`${COHORT}/all/labels.tsv`, labels);
    const described = join(folder, 'analysis.tsv');
    const all = ['-d', 'AD', '-d', 'MCI', '-d', 'CN'];
    expect((await capsule('tsvtools', 'analysis', merged, labels, described, ...all)).code).toBe(0);
    expect(await text(described)).toBe(await reference('analysis.tsv'));

    const horizon = ['--time_horizon', '24'];
    const { stdout } = await capsule('tsvtools', 'get-progression', labels, ...horizon);
    expect(stdout).toBe(`${labels}: s 242, p 43, r 11, us 5, uk 158\n`);
  });

  test('read a BIDS folder under the old name of the command', async () => {
    const bids = join(folder, 'bids');
    const { DiskTree } = await import('../../src/platform/node/disk-tree.ts');
    const tree = new DiskTree(bids);
    await tree.write('participants.tsv', 'participant_id\tage\tsex\tdiagnosis\nsub-1\t70\tF\tCN\n');
    await tree.write('sub-1/anat/sub-1_T1w.nii.gz', '');
    const output = join(folder, 'from-bids');
    const { code, stderr } = await capsule('tsvtools', 'getlabels', bids, output, '-d', 'CN');
    expect(stderr).toContain('getlabels is now called get-labels.');
    expect(code).toBe(0);
    expect(await text(join(output, 'labels.tsv'))).toBe(
      'participant_id\tsession_id\tage\tsex\tdiagnosis\nsub-1\tses-M000\t70\tF\tCN\n',
    );
  });
});

test.each([
  [['get-labels', 'nowhere', 'out'], 'FILE_NOT_FOUND', '[nowhere]'],
  [['get-labels', 'bids', 'out', ...TABLES, '-mod', 'pett'], 'MODALITY_UNKNOWN', '--modality pet'],
  [['get-labels', 'bids', 'out', ...TABLES, '-d', 'PD'], 'LABELS_EMPTY', 'AD, CN, MCI'],
  [['get-progression', `${COHORT}/nothing.tsv`], 'FILE_NOT_FOUND', 'nothing.tsv'],
  [['get-progression', 'labels.tsv', '--time_horizon', '0'], 'above 0', '--time_horizon'],
  [['adapt', `${COHORT}/adcn`, 'out'], 'ADAPT_TREE', 'AD.tsv'],
  [['get-labels', 'bids'], 'OUTPUT_DIRECTORY', 'missing'],
])('%j is refused with exit code 2', async (args, ...words) => {
  const { code, stdout, stderr } = await capsule('tsvtools', ...args);
  expect([code, stdout]).toEqual([2, '']);
  for (const word of words) expect(stderr).toContain(word);
});

test('a table that is no table keeps its content', async () => {
  const path = join(folder, 'broken.tsv');
  const broken = 'participant_id\tsession_id\tdiagnosis\nsub-1\tses-M000\t"open\n';
  await writeFile(path, broken);
  const { code, stderr } = await capsule('tsvtools', 'get-progression', path);
  expect(code).toBe(2);
  expect(stderr).toContain('TSV_QUOTE');
  expect(stderr).toContain('row 2');
  expect(await text(path)).toBe(broken);
});
