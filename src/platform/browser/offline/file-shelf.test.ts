import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { FileShelf } from './file-shelf.ts';
import { fromHost, servedBy, type OfflineBuild } from './offline-build.ts';

const ROOT = 'https://host.example/capsule/';
const headers = { 'Content-Security-Policy': "default-src 'none'", 'X-Content-Type-Options': 'x' };

const contents: Record<string, string> = {
  '': '<h1>Capsule</h1>',
  'proof/': '<h1>Proof</h1>',
  'assets/a.js': 'a',
};

function buildOf(version: string): OfflineBuild {
  const files = Object.entries(contents).map(([path, text]) => ({
    path,
    bytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  }));
  return { version, headers, files };
}

/** Caches as a browser keeps them, by name and address. */
function memoryCaches() {
  const all = new Map<string, Map<string, Response>>();
  const cacheOf = (kept: Map<string, Response>): Partial<Cache> => ({
    match: (address) => Promise.resolve(kept.get(String(address))?.clone()),
    put: (address, response) => {
      kept.set(String(address), response);
      return Promise.resolve();
    },
    keys: () => Promise.resolve([...kept.keys()].map((address) => new Request(address))),
  });
  return {
    open: (name: string) => {
      const kept = all.get(name) ?? new Map<string, Response>();
      all.set(name, kept);
      return Promise.resolve(cacheOf(kept) as Cache);
    },
    keys: () => Promise.resolve([...all.keys()]),
    has: (name: string) => Promise.resolve(all.has(name)),
    delete: (name: string) => Promise.resolve(all.delete(name)),
  };
}

let asked: string[];
let caches: ReturnType<typeof memoryCaches>;
let sent: Record<string, string>;

beforeEach(() => {
  asked = [];
  caches = memoryCaches();
  sent = { ...contents };
});

function shelf(version = 'v1'): FileShelf {
  return new FileShelf(buildOf(version), {
    root: ROOT,
    caches,
    fetch: ({ url }) => {
      asked.push(url);
      const body = sent[url.slice(ROOT.length)];
      const type = { 'Content-Type': 'text/javascript', 'X-Content-Type-Options': 'nosniff' };
      const status = body === undefined ? 404 : 200;
      return Promise.resolve(new Response(body ?? '', { status, headers: type }));
    },
  });
}

const request = (address: string, options: { method?: string; mode?: RequestMode } = {}) =>
  ({ method: 'GET', mode: 'cors', url: new URL(address, ROOT).href, ...options }) as Request;

test('gives every file from the cache, with the headers and where they come from', async () => {
  const kept = shelf();
  await kept.fill();
  expect(asked.toSorted()).toEqual([ROOT, `${ROOT}assets/a.js`, `${ROOT}proof/`]);
  asked = [];
  for (const [path, text] of Object.entries(contents)) {
    const answer = await kept.answer(request(`${path}?target=x`));
    expect(await answer?.text()).toBe(text);
    expect(answer?.headers.get('Content-Security-Policy')).toBe("default-src 'none'");
    expect(answer?.headers.get('Content-Type')).toBe('text/javascript');
    expect(answer?.headers.get(servedBy)).toBe('v1');
    expect(answer?.headers.get(fromHost)).toBe('X-Content-Type-Options');
  }
  expect(asked).toEqual([]);
  expect(await kept.state()).toEqual({ version: 'v1', kept: 3, files: 3, bytes: 31 });
});

test('a packed file may come unpacked, for some hosts make the browser do it', async () => {
  const [brain] = buildOf('v1').files;
  const digest = createHash('sha256').update('voxels').digest('hex');
  const files = brain === undefined ? [] : [{ ...brain, path: 'a.nii.gz', unpacked: digest }];
  const give = (text: string) =>
    new FileShelf(
      { ...buildOf('v1'), files },
      {
        root: ROOT,
        caches: memoryCaches(),
        fetch: () => Promise.resolve(new Response(text)),
      },
    ).answer(request('a.nii.gz'));
  expect(await (await give('voxels'))?.text()).toBe('voxels');
  expect(await (await give(contents[''] ?? ''))?.text()).toBe(contents['']);
  await expect(give('other voxels')).rejects.toThrow(/is not the file/);
});

test('a page is found by its folder, by its file, and without the last slash', async () => {
  const kept = shelf();
  await kept.fill();
  const page = await kept.answer(request('proof/index.html', { mode: 'navigate' }));
  expect(await page?.text()).toBe('<h1>Proof</h1>');
  const turned = await kept.answer(request('proof?target=x', { mode: 'navigate' }));
  expect(turned?.headers.get('Location')).toBe(`${ROOT}proof/?target=x`);
});

test.each([
  ['a request to another origin', 'https://elsewhere.example/', {}],
  ['a request beside the page', '../other/', {}],
  ['one that sends something', '', { method: 'POST' }],
])('refuses %s, and asks no network', async (_, address, options) => {
  const answer = await shelf().answer(request(address, options));
  expect(answer?.type).toBe('error');
  expect(asked).toEqual([]);
});

test('a file that the build does not have is not there, and the host is not asked', async () => {
  const answer = await shelf().answer(request('assets/b.js?of=sub-01'));
  expect(answer?.status).toBe(404);
  expect(asked).toEqual([]);
});

test('leaves other pages of the origin and its own script to the browser', () => {
  const kept = shelf();
  expect(kept.answer(request('service-worker.js'))).toBeUndefined();
  expect(kept.answer(request('manual/', { mode: 'navigate' }))).toBeUndefined();
});

test.each([
  ['changed on its way', { 'assets/a.js': 'b' }, /is not the file of this build/],
  ['missing', { 'assets/a.js': undefined }, /status 404/],
])('keeps nothing when a file is %s', async (_, change, message) => {
  sent = { ...contents, ...change } as Record<string, string>;
  await expect(shelf().fill()).rejects.toThrow(message);
  expect(await caches.keys()).toEqual([]);
});

test('removes other builds of this page, and nothing of others', async () => {
  await shelf('v1').fill();
  await caches.open('capsule / v1');
  await caches.open('another program');
  const newer = shelf('v2');
  await newer.fill();
  await newer.dropOthers();
  expect(await caches.keys()).toEqual(['capsule / v1', 'another program', 'capsule /capsule/ v2']);
});

test('a file that the browser has dropped is fetched again, and checked', async () => {
  const kept = shelf();
  const answer = await kept.answer(request('assets/a.js?of=sub-01'));
  expect(await answer?.text()).toBe('a');
  expect(asked).toEqual([`${ROOT}assets/a.js`]);
  sent['proof/'] = 'changed';
  await expect(kept.answer(request('proof/'))).rejects.toThrow(/is not the file/);
});
