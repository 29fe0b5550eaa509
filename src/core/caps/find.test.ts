import { describe, expect, test } from 'vitest';
import type { FileTree } from '../files/file-tree.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { findCapsRoot, findTables, listOnce } from './find.ts';
import { indexCaps } from './index.ts';

const T1 = 'subjects/sub-1/ses-1/t1_linear/sub-1_ses-1_T1w.nii.gz';
const tree = (...paths: string[]) =>
  new MemoryTree('dropped', Object.fromEntries(paths.map((path) => [path, ''])));

describe('the CAPS in a dropped folder', () => {
  test.each(['', 'caps/', 'study/caps/'])('is found in "%s"', async (folder) => {
    const root = await findCapsRoot(tree('readme.txt', folder + T1, `deep/er/still/${T1}`));
    expect(root && (await indexCaps(root)).participants).toEqual(['sub-1']);
    expect(root?.name).toBe(folder === '' ? 'dropped' : 'caps');
  });

  test('is not searched for further down', async () => {
    expect(await findCapsRoot(tree(`a/b/c/${T1}`))).toBeUndefined();
  });

  test('is not guessed when there are two', async () => {
    await expect(findCapsRoot(tree(`a/${T1}`, `b/${T1}`))).rejects.toThrow(
      /CAPS_NOT_CAPS.*2: a, b/,
    );
  });
});

test('finds the tables that can hold labels, the likeliest first', async () => {
  const keys = 'participant_id\tsession_id\tage\n';
  const tables = await findTables(
    new MemoryTree('dropped', {
      'split/train.tsv': `\uFEFF${keys}sub-1\tses-1\t70\n`,
      'labels.tsv': keys.replace('\n', '\r\n'),
      'participants.tsv': 'participant_id\tage\n',
      'a/b/c/labels.tsv': keys,
      'subjects/sub-1/labels.tsv': keys,
      'broken.tsv': 'a\ta\n',
      'empty.tsv': '',
      'notes.txt': keys,
    }),
  );
  expect(tables).toEqual([
    { path: 'labels.tsv', columns: ['participant_id', 'session_id', 'age'] },
    { path: 'split/train.tsv', columns: ['participant_id', 'session_id', 'age'] },
  ]);
});

test('lists a folder once, however often it is asked', async () => {
  let listed = 0;
  const source: FileTree = {
    name: 'slow',
    async *paths() {
      listed += 1;
      yield* [`caps/${T1}`, 'labels.tsv'];
    },
    file: async () => undefined,
  };
  const once = await listOnce(source);
  const root = await findCapsRoot(once);
  await findTables(once);
  expect(root && (await indexCaps(root)).sessions).toHaveLength(1);
  expect(listed).toBe(1);
});
