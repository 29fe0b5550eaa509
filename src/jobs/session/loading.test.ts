import { afterEach, beforeEach, expect, test } from 'vitest';
import { tinyCaps, tinyParticipants } from '../../../tests/support/tiny-caps.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import type { Loading } from '../data/volume-store.ts';
import { CapsuleSession } from '../session.ts';

const folder = { kind: 'opfs', path: 'anywhere' } as const;
const ignore = () => undefined;

let log: string[];
let caps: FileTree;
let session: CapsuleSession;

beforeEach(async () => {
  log = [];
  caps = await tinyCaps(tinyParticipants(4));
  let opened = 0;
  const missing = () => Promise.reject(new Error('not needed here'));
  session = new CapsuleSession({
    ...{ gpu: undefined, gpuRemark: '', runtime: 'test' },
    clock: { now: () => 0, elapsed: () => 0 },
    openTree: () => Promise.resolve(caps),
    ...{ workspace: missing, workspaceFolders: missing, removeWorkspace: missing },
    baseBrain: missing,
    openLoading(): Promise<Loading> {
      const number = ++opened;
      log.push(`open ${number}`);
      return Promise.resolve({
        threads: 0,
        startThread: () => {
          throw new Error('no threads');
        },
        cache: { folder: `cache ${number}`, budget: 1 },
        openCache: ({ folder: path }) => {
          log.push(`empty ${path}`);
          return Promise.resolve({ entries: () => Promise.resolve([]) } as never);
        },
        close: () => Promise.resolve(void log.push(`close ${number}`)),
      });
    },
  });
});
afterEach(() => session.close());

test('what is kept of a cohort goes when another one is opened, and with the session', async () => {
  await session.openFolder(folder, ignore);
  const own = log.filter((line) => !line.startsWith('empty'));
  expect(own).toEqual(['open 1']);
  await session.openFolder(folder, ignore);
  await session.close();
  expect(log.filter((line) => !line.startsWith('empty'))).toEqual([
    ...['open 1', 'open 2', 'close 1', 'close 2'],
  ]);
});

test('a folder that cannot be opened leaves the one that is open alone', async () => {
  await session.openFolder(folder, ignore);
  caps = { name: 'none', paths: async function* () {}, file: () => Promise.resolve(undefined) };
  await expect(session.openFolder(folder, ignore)).rejects.toMatchObject({
    problem: { code: expect.stringMatching(/^CAPS_/) },
  });
  expect(log).not.toContain('close 1');
});

test('is emptied when the page says so', async () => {
  await session.emptyCache();
  await session.openFolder(folder, ignore);
  log.length = 0;
  await session.emptyCache();
  expect(log).toEqual(['empty cache 1']);
});

test('nothing is opened while a job reads the one before', async () => {
  let second: Promise<unknown> | undefined;
  await session.openFolder(folder, (event) => {
    if (event.kind !== 'progress' || event.phase !== 'Reading volumes') return;
    second ??= session.openFolder(folder, ignore).catch((thrown: unknown) => thrown);
  });
  expect(await second).toMatchObject({ code: 'BUSY' });
  expect(log).not.toContain('close 1');
});
