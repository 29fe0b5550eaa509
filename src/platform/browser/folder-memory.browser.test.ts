import { afterAll, expect, it } from 'vitest';
import { folderMemory, regainAccess } from './folder-memory.ts';
import { findOpfsFolder, opfsFolder, opfsHandle, removeOpfsFolder } from './files/opfs.ts';
import { HandleTree } from './files/handle-tree.ts';
import { readText } from '../../core/files/read.ts';

const ROOT = 'folder-memory-test';
afterAll(() => removeOpfsFolder(ROOT));

it('keeps the last folder, and what it gives back can be read', async () => {
  const memory = folderMemory('folder-memory-test');
  await memory.forget();
  expect(await memory.last()).toBeUndefined();
  for (const name of ['one', 'two']) {
    await (await opfsFolder(`${ROOT}/${name}`)).write('a.txt', name);
    await memory.keep(await opfsHandle(`${ROOT}/${name}`));
  }
  const kept = await folderMemory('folder-memory-test').last();
  expect(kept?.name).toBe('two');
  expect(kept && (await readText(new HandleTree(kept), 'a.txt'))).toBe('two');
  expect(await findOpfsFolder(`${ROOT}/two`)).toBeDefined();
  await memory.forget();
  expect(await memory.last()).toBeUndefined();
});

it('asks for leave where the browser does not give it with the handle', async () => {
  const handle = await navigator.storage.getDirectory();
  expect(await regainAccess(handle)).toBe(true);
  const asked: string[] = [];
  const of = (before: string, after: string) =>
    ({
      queryPermission: async () => before,
      requestPermission: async ({ mode }: { mode: string }) => {
        asked.push(mode);
        return after;
      },
    }) as unknown as FileSystemDirectoryHandle;
  expect(await regainAccess(of('granted', 'denied'))).toBe(true);
  expect(asked).toEqual([]);
  expect(await regainAccess(of('prompt', 'granted'))).toBe(true);
  expect(await regainAccess(of('prompt', 'denied'))).toBe(false);
  expect(asked).toEqual(['read', 'read']);
});
