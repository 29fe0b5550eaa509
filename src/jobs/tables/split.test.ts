import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listPaths, readText } from '../../core/files/read.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { writableSubTree } from '../../core/files/sub-tree.ts';
import { COHORTS, FIXTURES, people, SPLIT } from '../../core/split/testing/cohorts.ts';
import { readNamedTable } from '../../core/tsv/read-table.ts';
import { parseTable } from '../../core/tsv/table.ts';
import { follow } from '../../../tests/support/follow.ts';
import type { JobEvent } from '../events.ts';
import { prepareExperiment } from './split-experiment.ts';
import { foldTable } from './split-folds.ts';
import { splitTable } from './split.ts';

const FOLDS = { subsetName: 'validation', validLongitudinal: false, nSplits: 5 };
const EXPERIMENT = { nTest: 0.2, validationType: 'kfold', nValidation: 3, seed: 0 } as const;

const fixture = (path: string) => readFileSync(join(FIXTURES, path), 'utf8');
const study = (name: string) =>
  new MemoryTree('study', { 'labels.tsv': fixture(`${name}/labels.tsv`) });
const textsOf = async (tree: MemoryTree, folder: string) => {
  const paths = (await listPaths(tree, folder)).sort();
  const texts = await Promise.all(paths.map((path) => readText(tree, path)));
  return Object.fromEntries(paths.map((path, i) => [path.slice(folder.length + 1), texts[i]]));
};

/** All files below a folder of the fixtures. */
function goldOf(folder: string): Record<string, string> {
  const root = join(FIXTURES, folder);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) =>
    entry.isFile() ? [relative(root, join(entry.parentPath, entry.name))] : [],
  );
  return Object.fromEntries(paths.sort().map((path) => [path, fixture(`${folder}/${path}`)]));
}

describe.each(COHORTS)('%s: the files of ClinicaDL, byte for byte', (name) => {
  test('kfold, by diagnosis', async () => {
    const tree = study(name);
    const { folder } = await follow(foldTable({ folder: tree, file: 'labels.tsv' }, FOLDS));
    expect(folder).toBe('5_fold');
    expect(await textsOf(tree, folder)).toEqual(goldOf(`${name}/5_fold`));
  });

  test('kfold, by sex, the other set called test and with all its sessions', async () => {
    const tree = study(name);
    const options = { subsetName: 'test', validLongitudinal: true, nSplits: 4 };
    await follow(
      foldTable({ folder: tree, file: 'labels.tsv' }, { ...options, stratification: 'sex' }),
    );
    expect(await textsOf(tree, '4_fold')).toEqual(goldOf(`${name}/4_fold`));
  });

  test('kfold of the training table of a split, by the labels of the folder above', async () => {
    const bare = fixture(`${name}/experiment/train.tsv`)
      .split('\n')
      .map((line) => line.split('\t').slice(0, 2).join('\t'))
      .join('\n');
    const tree = study(name);
    await tree.write('split/train.tsv', bare);
    await tree.write('split/full/train.tsv', fixture(`${name}/experiment/train.tsv`));
    const inside = writableSubTree(tree, 'split');
    const place = { folder: inside, file: 'train.tsv', above: [tree] };
    const options = { ...FOLDS, nSplits: 3 };
    const events: JobEvent[] = [];
    await follow(foldTable(place, options), (event) => events.push(event));
    const full = { folder: writableSubTree(tree, 'split/full'), file: 'train.tsv' };
    await follow(foldTable(full, options));
    const gold = goldOf(`${name}/experiment/3_fold`);
    expect(await textsOf(tree, 'split/full/3_fold')).toEqual(gold);
    expect(await textsOf(tree, 'split/3_fold')).toEqual(gold);
    expect(events).toContainEqual({
      kind: 'log',
      message: 'train.tsv: missing columns were taken from ../labels.tsv',
    });
  });

  test('split and prepare-experiment: the names of the files and the record', async () => {
    const tree = study(name);
    const place = { folder: tree, file: 'labels.tsv' };
    const compat = '1.6.1' as const;
    await follow(splitTable(place, { ...SPLIT, nTest: 20, compat }));
    const written = await textsOf(tree, 'split');
    const gold = goldOf(`${name}/split`);
    expect(Object.keys(written)).toEqual(Object.keys(gold));
    expect(written['split.json']).toBe(gold['split.json']);
    await follow(prepareExperiment(place, { ...EXPERIMENT, compat }));
    const prepared = await textsOf(tree, 'split_2');
    const experiment = goldOf(`${name}/experiment`);
    expect(Object.keys(prepared)).toEqual(Object.keys(experiment));
    for (const record of ['split.json', '3_fold/kfold.json']) {
      expect(prepared[record]).toBe(experiment[record]);
    }
    const sizeOf = (texts: Record<string, string | undefined>, path: string) =>
      people(parseTable(texts[path] ?? '', { file: path })).length;
    for (const path of Object.keys(experiment).filter((file) => file.endsWith('baseline.tsv'))) {
      expect(sizeOf(prepared, path), path).toBe(sizeOf(experiment, path));
    }
  });
});

const BARE = 'participant_id\tsession_id\nsub-1\tses-M000\nsub-2\tses-M000\nsub-3\tses-M000\n';
const LABELS =
  'participant_id\tsession_id\tdiagnosis\nsub-1\tses-M000\tAD\nsub-2\tses-M000\tAD\nsub-9\tses-M000\tAD\n';

describe('the folder', () => {
  test('takes the first name that no folder and no file has', async () => {
    const tree = new MemoryTree('study', { 'a.tsv': LABELS, '2_fold/x': '', '2_fold_2': '' });
    const job = foldTable({ folder: tree, file: 'a.tsv' }, { ...FOLDS, nSplits: 2 });
    expect(await follow(job)).toEqual({ folder: '2_fold_3' });
  });

  test('is not made when the sets cannot be had', async () => {
    const tree = study('cohort-5');
    const place = { folder: tree, file: 'labels.tsv' };
    const failing = { ...EXPERIMENT, nValidation: 90 };
    await expect(follow(prepareExperiment(place, failing))).rejects.toMatchObject({
      code: 'SPLIT_SIZE',
    });
    expect(await listPaths(tree)).toEqual(['labels.tsv']);
  });

  test('does not stay when the job is cancelled on the way', async () => {
    const tree = study('cohort-5');
    const job = prepareExperiment({ folder: tree, file: 'labels.tsv' }, EXPERIMENT);
    for await (const event of job) {
      if (event.kind === 'progress') break;
    }
    expect(await listPaths(tree)).toEqual(['labels.tsv']);
  });

  test('does not stay when a file cannot be written, and what was there does', async () => {
    const tree = study('cohort-5');
    await tree.write('split/mine.tsv', 'kept');
    const write = tree.write.bind(tree);
    tree.write = async (path, content) => {
      if (path.endsWith('split.json')) throw new Error('disk full');
      await write(path, content);
    };
    const job = splitTable({ folder: tree, file: 'labels.tsv' }, SPLIT);
    await expect(follow(job)).rejects.toThrow('disk full');
    expect(await listPaths(tree)).toEqual(['labels.tsv', 'split/mine.tsv']);
  });
});

describe('labels of the folders above', () => {
  const place = (...above: MemoryTree[]) => {
    const folder = new MemoryTree('split', { 'train.tsv': BARE });
    return { folder, file: 'train.tsv', name: 'study/train.tsv', above };
  };
  const two = { ...FOLDS, nSplits: 2 };

  test('are taken from the nearest folder that has the column, sessions it lacks left out', async () => {
    const near = new MemoryTree('near', { 'labels.tsv': BARE });
    const far = new MemoryTree('far', { 'labels.tsv': LABELS });
    const inPlace = place(near, far);
    const events: JobEvent[] = [];
    await follow(foldTable(inPlace, two), (event) => events.push(event));
    expect(events).toContainEqual({
      kind: 'log',
      message:
        'study/train.tsv: missing columns were taken from ../../labels.tsv; ' +
        'sessions that it does not have, left out: 1',
    });
    const train = await readText(inPlace.folder, '2_fold/split-0/train.tsv');
    expect(train).toMatch(/^participant_id\tsession_id\tdiagnosis\nsub-[12]\tses-M000\tAD\n$/);
  });

  test('are not even read when nothing is missing', async () => {
    const broken = new MemoryTree('above', { 'labels.tsv': 'a\ta\n' });
    const folder = new MemoryTree('split', { 'train.tsv': LABELS });
    await follow(foldTable({ folder, file: 'train.tsv', above: [broken] }, two));
    await expect(follow(foldTable(place(broken), two))).rejects.toMatchObject({
      code: 'TSV_DUPLICATE_COLUMN',
    });
  });

  test('are searched five folders up, no further', async () => {
    const empty = () => new MemoryTree('between');
    const far = new MemoryTree('far', { 'labels.tsv': LABELS });
    const between = [empty(), empty(), empty(), empty()];
    await follow(foldTable(place(...between, far), two));
    await expect(follow(foldTable(place(...between, empty(), far), two))).rejects.toThrow(
      /TSV_COLUMN.*study\/train.tsv.*"diagnosis" here or in a labels.tsv/,
    );
  });

  test('give way to a merged table that is named', async () => {
    const merged = new MemoryTree('bids', { 'merged.tsv': LABELS });
    const inPlace = place(new MemoryTree('above', { 'labels.tsv': 'a\ta\n' }));
    await follow(foldTable(inPlace, two, await readNamedTable(merged, 'merged.tsv')));
    expect(await readText(inPlace.folder, '2_fold/split-1/train.tsv')).toContain('diagnosis');
  });
});

test('a table that is not there is named as the user named it', async () => {
  const place = { folder: new MemoryTree(), file: 'no.tsv', name: 'my/no.tsv' };
  await expect(follow(splitTable(place, SPLIT))).rejects.toMatchObject({
    problem: { code: 'FILE_NOT_FOUND', file: 'my/no.tsv' },
  });
});
