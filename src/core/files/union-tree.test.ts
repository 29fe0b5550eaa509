import { expect, it } from 'vitest';
import { MemoryTree } from './memory-tree.ts';
import { listPaths, readText } from './read.ts';
import { subTree } from './sub-tree.ts';
import { describeReading } from './testing/conformance.ts';
import { unionTree } from './union-tree.ts';

describeReading('part of a union', async (files) => {
  const tree = new MemoryTree('one');
  for (const [path, text] of Object.entries(files)) await tree.write(path, text);
  const other = new MemoryTree('two', { 'odd.txt': '' });
  const union = unionTree(
    'both',
    new Map([
      ['one', tree],
      ['one-two', other],
    ]),
  );
  return subTree(union, 'one');
});

it('holds every tree in a folder of its own', async () => {
  const union = unionTree(
    'both',
    new Map([
      ['A', new MemoryTree('x', { 'subjects/f': 'a' })],
      ['B', new MemoryTree('y', { 'subjects/f': 'b' })],
    ]),
  );
  expect((await listPaths(union)).sort()).toEqual(['A/subjects/f', 'B/subjects/f']);
  expect(await listPaths(union, 'B/subjects')).toEqual(['B/subjects/f']);
  expect(await readText(union, 'B/subjects/f')).toBe('b');
  expect((await union.file('A/subjects/f'))?.path).toBe('A/subjects/f');
  expect(await union.file('A')).toBeUndefined();
  expect(await union.file('C/subjects/f')).toBeUndefined();
});
