/**
 * From a BIDS folder to audited sets as a user goes: `get-labels` without a merged table,
 * `prepare-experiment`, `audit`. Once with a made folder of two visits, once with real participants.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasShared, SHARED } from '../../src/core/caps/testing/folder.ts';
import { capsule } from './run-capsule.ts';

const PARTICIPANTS = 24;
// Several commands a test, each a process of its own.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let bids: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-bids-'));
  bids = join(folder, 'bids');
  await makeBids();
  // Builds the bundle once, before anything is timed.
  await capsule('--version');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const ids = Array.from(
  { length: PARTICIPANTS },
  (_, at) => `sub-${String(at + 1).padStart(2, '0')}`,
);
const lastId = ids.at(-1) ?? '';

/** Half AD, half CN; the last one has no T1w image at the second visit. */
async function makeBids(): Promise<void> {
  await write('dataset_description.json', '{"Name": "made", "BIDSVersion": "1.6.0"}');
  await write('participants.tsv', rows(['participant_id sex', ...ids.map(sexOf)]));
  for (const [at, id] of ids.entries()) {
    const diagnosis = at < PARTICIPANTS / 2 ? 'AD' : 'CN';
    const visits = ['ses-M000', 'ses-M012'].map(
      (session, year) => `${session} ${60 + (at % 6) + year} ${diagnosis}`,
    );
    await write(`${id}/${id}_sessions.tsv`, rows(['session_id age diagnosis', ...visits]));
    await write(`${id}/ses-M000/anat/${id}_ses-M000_T1w.nii.gz`, '');
    if (id !== lastId) await write(`${id}/ses-M012/anat/${id}_ses-M012_T1w.nii.gz`, '');
  }
}

const sexOf = (id: string, at: number) => `${id} ${at % 2 === 0 ? 'F' : 'M'}`;
const rows = (lines: readonly string[]) => `${lines.join('\n').replaceAll(' ', '\t')}\n`;
async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(bids, path)), { recursive: true });
  await writeFile(join(bids, path), content);
}

async function table(path: string): Promise<string[][]> {
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}
const people = async (path: string) => new Set((await table(path)).map(([id]) => id));

describe('a BIDS folder of two visits', () => {
  test('becomes labels, folds and a clean audit', async () => {
    const output = join(folder, 'experiment');
    const labels = join(output, 'labels.tsv');
    const made = await capsule('tsvtools', 'get-labels', bids, output);
    expect([made.code, made.stdout]).toEqual([0, `${labels}: 47 sessions of 24 participants\n`]);
    expect((await table(labels)).slice(0, 2)).toEqual([
      ['sub-01', 'ses-M000', '60', 'F', 'AD'],
      ['sub-01', 'ses-M012', '61', 'F', 'AD'],
    ]);

    const sizes = ['--n_test', '8', '--n_validation', '2'];
    const split = await capsule('tsvtools', 'prepare-experiment', labels, ...sizes);
    const folds = join(output, 'split', '2_fold');
    expect([split.code, split.stdout]).toEqual([0, `${folds}\n`]);
    const seen = [
      ...(await people(join(output, 'split', 'test_baseline.tsv'))),
      ...(await people(join(folds, 'split-0', 'validation_baseline.tsv'))),
      ...(await people(join(folds, 'split-1', 'validation_baseline.tsv'))),
    ];
    expect([...seen].sort()).toEqual(ids);

    const audited = await capsule('audit', folds, '--strict');
    expect(audited.stdout).toMatch(/^Leakage audit: clean \(5 sets, 24 participants, \d+ sessions/);
    expect(audited.code).toBe(0);
  });

  test('is caught when a participant of the test set is copied into training', async () => {
    const output = join(folder, 'leaky');
    await capsule('tsvtools', 'get-labels', bids, output);
    const sizes = ['--n_test', '8', '--n_validation', '2'];
    await capsule('tsvtools', 'prepare-experiment', join(output, 'labels.tsv'), ...sizes);
    const folds = join(output, 'split', '2_fold');
    const [stranger = []] = await table(join(output, 'split', 'test_baseline.tsv'));
    const train = join(folds, 'split-1', 'train.tsv');
    const row = stranger.slice(0, 2).join('\t');
    const [columns = '', ...others] = (await readFile(train, 'utf8')).split('\n');
    const cells = columns.split('\t').length - 2;
    await writeFile(train, [columns, row + '\t'.repeat(cells), ...others].join('\n'));
    const { code, stdout } = await capsule('audit', folds);
    expect(stdout).toContain('ERROR LEAKAGE_PARTICIPANTS');
    expect(stdout).toContain(`train of split-1 and test beside the folder: ${stranger[0]}\n`);
    expect(code).toBe(2);
  });
});

describe.skipIf(!hasShared)('real participants (needs ../shared, absent on most machines)', () => {
  test('go from BIDS to audited sets', async () => {
    const output = join(folder, 'real');
    const labels = join(output, 'labels.tsv');
    const source = join(SHARED, 'data/bids-mini');
    const before = await readdir(source);
    const diagnoses = ['-d', 'depr', '-d', 'control'];
    const made = await capsule('tsvtools', 'get-labels', source, output, ...diagnoses);
    expect([made.code, made.stdout]).toEqual([0, `${labels}: 6 sessions of 6 participants\n`]);
    const sizes = ['--n_test', '2', '-vt', 'split', '--n_validation', '2'];
    const split = await capsule('tsvtools', 'prepare-experiment', labels, ...sizes);
    const sets = join(output, 'split', 'split');
    expect([split.code, split.stdout]).toEqual([0, `${sets}\n`]);
    const audited = await capsule('audit', sets);
    expect(audited.stdout).toMatch(/^Leakage audit: .*\(3 sets, 6 participants, 6 sessions/);
    expect(audited.stdout).toContain(
      'participants in two sets (6 participants in 3 pairs of sets)',
    );
    expect(await readdir(source)).toEqual(before);
  });
});
