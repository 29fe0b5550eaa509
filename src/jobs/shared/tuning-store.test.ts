import { expect, test } from 'vitest';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { tuningStoreIn } from './tuning-store.ts';

test('keeps what is saved, and has nothing before', async () => {
  const tree = new MemoryTree('settings');
  const store = tuningStoreIn(() => Promise.resolve(tree));
  expect(await store.load()).toBeUndefined();
  await store.save({ 'some adapter': { groupSize: 128 } });
  expect(await store.load()).toEqual({ 'some adapter': { groupSize: 128 } });
});
