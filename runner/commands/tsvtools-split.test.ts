import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { spellOut } from '../terminal/short-options.ts';
import { addSplitTools, SPLIT_SHORTS } from './tsvtools-split.ts';

const FIXTURE = 'tests/fixtures/tsv/split/cohort-11';
let root: string;
let printed: string[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'capsule-split-'));
  await cp(join(FIXTURE, 'labels.tsv'), join(root, 'labels.tsv'));
  printed = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

async function run(command: string, file: string, ...options: string[]): Promise<void> {
  const group = new Command('tsvtools').exitOverride();
  addSplitTools(group);
  for (const child of group.commands) child.exitOverride();
  const args = [command, join(root, file), ...options];
  await group.parseAsync(spellOut(args, new Map(SPLIT_SHORTS)), { from: 'user' });
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const record = (path: string) => JSON.parse(read(path)) as Record<string, unknown>;

describe('split', () => {
  test('writes its folder beside the table and prints it', async () => {
    await run('split', 'labels.tsv', '--n_test', '20', '--subset_name', 'test');
    expect(printed).toEqual([`${join(root, 'split')}\n`]);
    expect(readdirSync(join(root, 'split')).sort()).toEqual(
      readdirSync(join(FIXTURE, 'split')).sort(),
    );
    expect(read('split/test_baseline.tsv').trim().split('\n')).toHaveLength(21);
  });

  test('hands every option on', async () => {
    await writeFile(
      join(root, 'sites.tsv'),
      read('labels.tsv')
        .replace(/^(participant_id.*)$/m, '$1\tsite')
        .replace(/([MF]\t\w+)$/gm, '$1\tS'),
    );
    const options = ['-ps', '0.5', '-pa=0.25', '--seed', '4', '--n_test', '0.5'];
    const others = ['--categorical_split_variable', 'site', '--valid_longitudinal'];
    await run('split', 'sites.tsv', ...options, ...others, '--subset_name', 'late');
    expect(record('split/split.json')).toMatchObject({
      ...{ n_test: 0.5, subset_name: 'late', p_age_threshold: 0.25, p_sex_threshold: 0.5 },
      ...{ categorical_split_variable: 'site', ignore_demographics: false, seed: 4 },
    });
    expect(readdirSync(join(root, 'split'))).toContain('late.tsv');
    await run('split', 'labels.tsv', '--n_test=9', '--ignore_demographics', '--valid_baseline');
    expect(record('split_2/split.json')).toMatchObject({ ignore_demographics: true, draws: 1 });
    await run('split', 'labels.tsv', '--multi-diagnoses', '--compat', '1.6.1');
    expect(record('split_3/split.json')).toEqual({
      ...{ n_test: 100, subset_name: 'validation', p_age_threshold: 0.8, p_sex_threshold: 0.8 },
      ...{ categorical_split_variable: null, ignore_demographics: false, mullti_diagnoses: true },
    });
  });

  test('the same seed writes the same files', async () => {
    const options = ['--n_test', '0.3', '--seed', '11'];
    await run('split', 'labels.tsv', ...options);
    await run('split', 'labels.tsv', ...options);
    for (const file of readdirSync(join(root, 'split'))) {
      expect(read(`split_2/${file}`)).toBe(read(`split/${file}`));
    }
  });

  test.each([
    [['--n_test', 'many'], 'number of 0 or more'],
    [['--n_test', '-1'], 'number of 0 or more'],
    [['--seed', '1.5'], 'whole number'],
    [['--compat', '1.5'], 'Allowed choices'],
    [['-pa', '7'], 'p_age_threshold'],
  ])('refuses %j, and writes nothing', async (options, message) => {
    await expect(run('split', 'labels.tsv', ...options)).rejects.toThrow(message);
    expect(readdirSync(root)).toEqual(['labels.tsv']);
  });
});

describe('kfold', () => {
  test('writes the files of ClinicaDL', async () => {
    await run('kfold', 'labels.tsv');
    expect(printed).toEqual([`${join(root, '5_fold')}\n`]);
    const options = ['--n_splits', '4', '--stratification', 'sex', '--subset_name', 'test'];
    await run('kfold', 'labels.tsv', ...options, '--valid_longitudinal');
    for (const folder of ['5_fold', '4_fold']) {
      const gold = readdirSync(join(FIXTURE, folder), { recursive: true, withFileTypes: true });
      for (const entry of gold.filter((found) => found.isFile())) {
        const path = join(entry.parentPath, entry.name).slice(FIXTURE.length + 1);
        expect(read(path), path).toBe(readFileSync(join(FIXTURE, path), 'utf8'));
      }
    }
  });

  test('takes missing columns from the labels above, or from the table that is named', async () => {
    const bare = read('labels.tsv').replace(/^(\S+\t\S+).*$/gm, '$1');
    await mkdir(join(root, 'a/b'), { recursive: true });
    await writeFile(join(root, 'a/b/train.tsv'), bare);
    await run('kfold', 'a/b/train.tsv');
    const labels = join(FIXTURE, 'labels.tsv');
    await run('kfold', 'a/b/train.tsv', '--merged-tsv', labels, '--stratification', 'sex');
    expect(read('a/b/5_fold/split-3/train.tsv')).toBe(
      readFileSync(join(FIXTURE, '5_fold/split-3/train.tsv'), 'utf8'),
    );
    expect(record('a/b/5_fold_2/kfold.json')).toMatchObject({ stratification: 'sex' });
  });

  test('names what is not there as it was typed', async () => {
    const missing = ['--merged-tsv', 'no/merged.tsv'];
    await expect(run('kfold', 'labels.tsv', ...missing)).rejects.toThrow(
      /FILE_NOT_FOUND.*\[no\/merged\.tsv\]/,
    );
    await expect(run('kfold', '.')).rejects.toThrow(/FILE_UNREADABLE.*found a folder/);
  });
});

describe('prepare-experiment', () => {
  test('makes folds in the folder of the test set and prints where', async () => {
    await run('prepare-experiment', 'labels.tsv', '--n_test', '0.2', '--n_validation', '3');
    expect(printed).toEqual([`${join(root, 'split/3_fold')}\n`]);
    const files = (folder: string) => readdirSync(folder, { recursive: true }).sort();
    expect(files(join(root, 'split'))).toEqual(files(join(FIXTURE, 'experiment')));
  });

  test('makes a second split with -vt', async () => {
    const options = ['--n_test', '20', '-vt', 'split', '--n_validation', '10', '--seed', '2'];
    await run('prepare-experiment', 'labels.tsv', ...options);
    expect(record('split/split/split.json')).toMatchObject({ n_test: 10, seed: 2 });
    expect(read('split/split/validation_baseline.tsv').trim().split('\n')).toHaveLength(11);
  });
});
