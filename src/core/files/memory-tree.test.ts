import { expect, it } from 'vitest';
import { MemoryTree } from './memory-tree.ts';
import { listPaths, readText } from './read.ts';
import { rootOf, subTree, writableSubTree } from './sub-tree.ts';
import { describeReading, describeWriting } from './testing/conformance.ts';

describeWriting('memory', async () => new MemoryTree());

describeReading('folder of a tree', async (files) => {
  const tree = new MemoryTree('outer', { 'maps_name2/odd.txt': '', 'odd.txt': '' });
  for (const [path, text] of Object.entries(files)) await tree.write(`up/maps_name/${path}`, text);
  return subTree(tree, 'up/maps_name');
});

describeWriting('writable folder of a tree', async () =>
  writableSubTree(new MemoryTree('outer', { 'odd.txt': '' }), 'up/maps_name'),
);

it('is named after its last folder', () => {
  expect(subTree(new MemoryTree('outer'), 'up/maps_name').name).toBe('maps_name');
  expect(subTree(new MemoryTree('outer'), '').name).toBe('outer');
});

it('does not change when the array that was written changes', async () => {
  const bytes = new Uint8Array([1, 2]);
  const tree = new MemoryTree();
  await tree.write('a', bytes);
  bytes[0] = 9;
  expect(await (await tree.file('a'))?.bytes()).toEqual(new Uint8Array([1, 2]));
});

it('finds the outermost folder that holds a marker', async () => {
  const tree = new MemoryTree('drop', {
    'readme.txt': '',
    'deep/maps_a/old/maps.json': 'inner',
    'deep/maps_a/maps.json': 'outer',
    'deep/maps_a/not-maps.json': '',
  });
  const root = await rootOf(tree, 'maps.json');
  expect(root?.name).toBe('maps_a');
  expect(root && (await readText(root, 'maps.json'))).toBe('outer');
  expect(root && (await listPaths(root)).length).toBe(3);
});

it('finds no folder when there is none, or when two are equally likely', async () => {
  expect(await rootOf(new MemoryTree('t', { 'a/b.json': '' }), 'maps.json')).toBeUndefined();
  const two = new MemoryTree('t', { 'a/maps.json': '', 'b/maps.json': '' });
  expect(await rootOf(two, 'maps.json')).toBeUndefined();
  const top = new MemoryTree('t', { 'maps.json': '', 'b/maps.json': '' });
  expect(await rootOf(top, 'maps.json')).toBe(top);
});
