import { describe, expect, test } from 'vitest';
import { walkFolders, type Listing } from './walk.ts';

interface Folder {
  readonly [name: string]: Folder | null;
}
const TREE: Folder = {
  a: { '1': null, deep: { '2': null } },
  b: { '3': null },
  'c.txt': null,
};

const listingOf = (folder: Folder): Listing<Folder> => ({
  files: Object.keys(folder).filter((name) => folder[name] === null),
  folders: Object.entries(folder).flatMap(([name, inner]) =>
    inner === null ? [] : [{ name, folder: inner }],
  ),
});

async function collect(paths: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const path of paths) all.push(path);
  return all;
}

describe('a walk', () => {
  test.each([1, 2, 16])('finds every file with %i questions at once', async (atOnce) => {
    const walk = walkFolders(TREE, '', async (folder) => listingOf(folder), atOnce);
    expect((await collect(walk)).sort()).toEqual(['a/1', 'a/deep/2', 'b/3', 'c.txt']);
  });

  test('puts the path of its start before every file', async () => {
    const walk = walkFolders(TREE, 'up/here', async (folder) => listingOf(folder));
    expect((await collect(walk))[0]).toBe('up/here/c.txt');
  });

  test('gives the same order whatever answer comes first', async () => {
    const orders = [1, -1].map((sign) => {
      let turn = 0;
      return collect(
        walkFolders(
          TREE,
          '',
          async (folder) => {
            turn += 1;
            await new Promise((resolve) => setTimeout(resolve, 10 + sign * turn * 2));
            return listingOf(folder);
          },
          4,
        ),
      );
    });
    const [first, second] = await Promise.all(orders);
    expect(first).toEqual(second);
  });

  test('never asks more than it may, and does ask so many', async () => {
    const wide: Folder = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`f${i}`, { file: null }]),
    );
    let now = 0;
    let most = 0;
    const walk = walkFolders(
      wide,
      '',
      async (folder) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 0));
        now -= 1;
        return listingOf(folder);
      },
      8,
    );
    expect(await collect(walk)).toHaveLength(100);
    expect(most).toBe(8);
  });

  test('asks for nothing before the first file is wanted, and stops with whom it serves', async () => {
    let asked = 0;
    const endless = (): Listing<null> => {
      asked += 1;
      return { files: ['x'], folders: [{ name: 'again', folder: null }] };
    };
    const walk = walkFolders(null, '', async () => endless(), 4);
    expect(asked).toBe(0);
    for await (const path of walk) {
      expect(path).toBe('x');
      break;
    }
    expect(asked).toBeLessThanOrEqual(2);
  });

  test('fails with the first folder that cannot be listed; failures behind it are nobody’s', async () => {
    const walk = walkFolders(TREE, '', (folder, path) =>
      path === '' ? Promise.resolve(listingOf(folder)) : Promise.reject(new Error(path)),
    );
    await expect(collect(walk)).rejects.toThrow('a');
  });
});
