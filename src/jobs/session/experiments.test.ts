/** The shelf of experiments over a storage in memory, with the committed MAPS of the reference. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { FileTree } from '../../core/files/file-tree.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../../core/files/read.ts';
import { openZip } from '../../core/files/zip-tree.ts';
import { openMaps } from '../../core/maps/reader.ts';
import { referenceFolder, smallMaps, treeOf } from '../../core/maps/testing/reference.ts';
import { MapsWriter } from '../../core/maps/writer.ts';
import { parseTable } from '../../core/tsv/table.ts';
import { CapsuleSession } from '../session.ts';
import { keepRecord } from './interrupted.ts';
import type { RecordStore, SessionPlatform } from './platform.ts';
import { fileNameOf } from './take-out.ts';

const source = { kind: 'opfs', path: 'given' } as const;
const ignore = () => undefined;
const run = {
  ...{ cohort: 'caps', isSample: false, preprocessing: 'p', splits: [0], leakage: '{}' },
  ...{ iKnow: false, test: [] },
};

let storage: Map<string, MemoryTree>;
let kept: Map<string, unknown>;
let given: FileTree;
let now: number;
let session: CapsuleSession;
let platform: SessionPlatform;

beforeEach(() => {
  storage = new Map();
  kept = new Map();
  given = treeOf(referenceFolder);
  now = Date.UTC(2026, 10, 23);
  const records: RecordStore = {
    all: async () => [...kept.values()],
    put: async (record) => void kept.set(record.id, structuredClone(record)),
    remove: async (id) => void kept.delete(id),
  };
  platform = {
    ...{ gpu: undefined, gpuRemark: '', runtime: 'test', records },
    clock: { now: () => (now += 1000), elapsed: () => 0 },
    openTree: async () => given,
    baseBrain: () => Promise.reject(new Error('no sample here')),
    workspace: async (path) => {
      const tree = storage.get(path) ?? new MemoryTree(path.slice(path.lastIndexOf('/') + 1));
      storage.set(path, tree);
      return tree;
    },
    workspaceFolders: async (path) =>
      [...storage.keys()].flatMap((key) =>
        key.startsWith(`${path}/`) ? [key.slice(path.length + 1)] : [],
      ),
    removeWorkspace: async (path) => void storage.delete(path),
  };
  session = new CapsuleSession(platform);
});

const list = async () => (await session.experiments()).map(({ id, name }) => [id, name]);

describe('the list of experiments', () => {
  test('holds everything that was taken in, the newest first, however much that is', async () => {
    for (let count = 0; count < 7; count += 1) await session.openMaps(source);
    const all = await session.experiments();
    expect(all.map(({ id }) => id)).toEqual(
      [7, 6, 5, 4, 3, 2, 1].map((number) => `maps-${number}-maps`),
    );
    expect(all.map(({ open }) => open)).toEqual([true, ...Array<boolean>(6).fill(false)]);
    const [first] = all;
    const size = (await listPaths(given)).length;
    expect(first).toMatchObject({
      ...{ state: 'imported', task: 'classification', architecture: 'Conv4_FC3', splits: 1 },
      ...{ label: 'diagnosis', sample: false, cohort: '', files: size, figuresOf: 'test' },
    });
    expect(first?.bytes).toBeGreaterThan(1_000_000);
    const model = await session.openExperiment('maps-1-maps');
    const metrics = model.results.find(({ group }) => group === 'test')?.metrics ?? {};
    expect(first?.figures.map(({ name, value }) => [name, value])).toEqual([
      ['BA', metrics['BA']?.value],
      ['accuracy', metrics['accuracy']?.value],
    ]);
  });

  test('is there for another session, which opens a model without its folder', async () => {
    const model = await session.openMaps(source);
    await session.renameExperiment('maps-1-maps', '  The  first one ');
    session = new CapsuleSession(platform);
    expect(await list()).toEqual([['maps-1-maps', 'The first one']]);
    const again = await session.openExperiment('maps-1-maps');
    expect(again).toEqual({ ...model, name: 'The first one' });
    expect((await session.exportMaps(ignore)).name).toBe('The-first-one.zip');
    expect((await session.contents()).name).toBe('The first one');
  });

  test('is made again from the MAPS where records are lost, damaged or of nothing', async () => {
    await session.openMaps(source);
    const before = await session.experiments();
    kept.set('maps-1-maps', { id: 'maps-1-maps', name: 7 });
    kept.set('gone', { ...before[0], id: 'gone', open: undefined });
    session = new CapsuleSession(platform);
    const [after, ...others] = await session.experiments();
    expect(others).toEqual([]);
    const { figures, bytes, architecture } = before[0] ?? {};
    expect(after).toMatchObject({ id: 'maps-1-maps', figures, bytes, architecture });
    expect([...kept.keys()]).toEqual(['maps-1-maps']);
  });

  test('lasts as long as the session in a browser that keeps no records', async () => {
    const failing = () => Promise.reject(new Error('no IndexedDB'));
    const records = { all: failing, put: failing, remove: failing };
    session = new CapsuleSession({ ...platform, records });
    await session.openMaps(source);
    expect(await list()).toEqual([['maps-1-maps', 'maps-1-maps']]);
  });

  test('no record names a participant', async () => {
    given = Object.assign(treeOf(referenceFolder), { name: 'of sub-SYN317 alone' });
    await session.openMaps(source);
    await session.renameExperiment('maps-1-of-sub-alone', 'sub-SYN318 and others');
    const people = await (await openMaps(given)).trainValidation();
    const text = JSON.stringify([...kept]);
    for (const { participant } of people) expect(text).not.toContain(participant);
    expect(text).toContain('sub-* and others');
  });
});

test('what is removed is gone from the storage, and is no model any more', async () => {
  await session.openMaps(source);
  await session.openMaps(source);
  await session.removeExperiment('maps-2-maps');
  expect(await list()).toEqual([['maps-1-maps', 'maps']]);
  expect([...storage.keys()]).toEqual(['maps/maps-1-maps']);
  expect([...kept.keys()]).toEqual(['maps-1-maps']);
  await expect(session.contents()).rejects.toMatchObject({ code: 'NO_MODEL' });
  await expect(session.openExperiment('maps-2-maps')).rejects.toMatchObject({ code: 'NO_MODEL' });
  // Twice, as from two tabs.
  await session.removeExperiment('maps-2-maps');
});

test('a name is neither empty nor without end', async () => {
  await session.openMaps(source);
  for (const name of ['  ', 'x'.repeat(81)]) {
    await expect(session.renameExperiment('maps-1-maps', name)).rejects.toMatchObject({
      code: 'EXPERIMENT_NAME',
    });
  }
});

test('trainings that were interrupted are all in the list, and stay until they are removed', async () => {
  for (const id of ['maps-1-sex', 'maps-2-age']) {
    await MapsWriter.create(await platform.workspace(`maps/${id}`), smallMaps(1));
    await keepRecord(platform, id, run);
  }
  await session.openMaps(source);
  const all = await session.experiments();
  expect(all.map(({ id, state }) => [id, state])).toEqual([
    ['maps-2-age', 'interrupted'],
    ['maps-1-sex', 'interrupted'],
    ['maps-3-maps', 'imported'],
  ]);
  expect(all[0]?.left).toMatchObject({ cohort: 'caps', fits: false, split: 0, epoch: 0 });
  await expect(session.openExperiment('maps-1-sex')).rejects.toMatchObject({
    code: 'MAPS_UNFINISHED',
  });
  await session.removeExperiment('maps-1-sex');
  expect((await session.experiments()).map(({ id }) => id)).toEqual(['maps-2-age', 'maps-3-maps']);
  expect([...storage.keys()]).not.toContain('runs/maps-1-sex');
});

test('the configuration of one is there for another, without what follows from its sets', async () => {
  await session.openMaps(source);
  const { config, mode, classes, folds } = await session.experimentSettings('maps-1-maps');
  const stored = (await openMaps(given)).parameters.config;
  expect(config).toEqual({ ...stored, label_code: {}, split: [], n_splits: 0 });
  expect(stored.label_code).toEqual({ AD: 0, CN: 1 });
  expect({ mode, classes, folds }).toEqual({
    ...{ mode: { mode: 'image' }, classes: ['AD', 'CN'], folds: undefined },
  });
  const [one, two] = await session.keptModels(['maps-1-maps', 'maps-1-maps']);
  expect(one).toMatchObject({ id: 'maps-1-maps', name: 'maps', config: { optimizer: 'Adam' } });
  expect(two?.model.results).toEqual(one?.model.results);
});

describe('what leaves', () => {
  beforeEach(async () => void (await session.openMaps(source)));
  const unzip = async ({ name, blob }: { name: string; blob: Blob }) => openZip(name, blob);
  const people = async () =>
    (await (await openMaps(given)).trainValidation()).map(({ participant }) => participant);

  test('a MAPS is without participants unless someone wants them, and says so before', async () => {
    const contents = await session.contents();
    expect(contents.namesParticipants).toBe(true);
    expect(contents.groups).toContainEqual({ name: 'test', participants: 4, sessions: 4 });
    expect(contents.interpretations.map(({ group }) => group)).toContain('test');
    expect(contents.bytes.withoutParticipants).toBeLessThan(contents.bytes.all);
    const bare = await unzip(await session.exportMaps(ignore));
    for (const path of await listPaths(bare)) {
      const text = new TextDecoder('latin1').decode(await (await needFile(bare, path)).bytes());
      for (const who of await people()) expect(path + text).not.toContain(who);
    }
    expect((await openMaps(bare)).wholeSplits()).toHaveLength(1);
    const whole = await unzip(await session.exportMaps(ignore, { withParticipants: true }));
    expect((await (await openMaps(whole)).trainValidation()).length).toBe((await people()).length);
  });

  test('a MAPS without participants comes back as a model without results', async () => {
    given = await unzip(await session.exportMaps(ignore));
    const model = await session.openMaps(source);
    expect(model).toMatchObject({ architecture: 'Conv4_FC3', results: [] });
    expect(await session.contents()).toMatchObject({ namesParticipants: false, groups: [] });
  });

  test('weights, card and settings are files of their own', async () => {
    const weights = await session.exportFile({ kind: 'weights', metric: 'BA' }, ignore);
    expect(weights.name).toBe('maps_split-0_best-BA_model.pth.tar');
    const stored = await (await needFile(given, 'split-0/best-BA/model.pth.tar')).bytes();
    expect(new Uint8Array(await weights.blob.arrayBuffer())).toEqual(stored);
    const card = await session.exportFile({ kind: 'card' }, ignore);
    expect(await card.blob.text()).toMatch(/^# Model card: Conv4_FC3, classification of diagnosis/);
    const toml = await session.exportFile({ kind: 'toml' }, ignore);
    expect([toml.name, await toml.blob.text()]).toEqual([
      'maps.toml',
      expect.stringMatching(/architecture = "Conv4_FC3"/),
    ]);
    const safe = await unzip(await session.exportFile({ kind: 'safetensors' }, ignore));
    expect((await listPaths(safe)).sort()).toEqual(
      ['model.safetensors', 'preprocessing.json'].map(
        (name) => `maps_split-0_best-loss_safetensors/${name}`,
      ),
    );
  });

  test('tables leave without people, and for spreadsheets without formulas', async () => {
    await (storage.get('maps/maps-1-maps') as MemoryTree).write(
      'groups/evil/data.tsv',
      'participant_id\tsession_id\tnote\nsub-1\tses-M000\t=cmd()\n',
    );
    const bare = await listPaths(await unzip(await session.exportFile({ kind: 'tables' }, ignore)));
    expect(bare).toContain('maps_tables/split-0/training_logs/training.tsv');
    expect(bare.filter((path) => /data\.tsv|prediction/.test(path))).toEqual([]);
    const request = { kind: 'tables', withParticipants: true } as const;
    const all = await unzip(await session.exportFile(request, ignore));
    const evil = 'maps_tables/groups/evil/data.tsv';
    const cells = async (tree: FileTree) =>
      parseTable(await readText(tree, evil), { file: evil }).rows[0];
    expect(await cells(all)).toEqual(['sub-1', 'ses-M000', '=cmd()']);
    const safe = await unzip(
      await session.exportFile({ ...request, forSpreadsheets: true }, ignore),
    );
    expect(await cells(safe)).toEqual(['sub-1', 'ses-M000', "'=cmd()"]);
    const training = await readText(safe, 'maps_tables/split-0/training_logs/training.tsv');
    expect(training).toBe(await readText(given, 'split-0/training_logs/training.tsv'));
  });

  test('a map that is kept inside leaves by its own path, and nothing else by it', async () => {
    const [kept] = (await session.contents()).interpretations;
    const path = kept?.volumes[0]?.path ?? '';
    const map = await session.exportFile({ kind: 'map', path }, ignore);
    expect(new Uint8Array(await map.blob.arrayBuffer())).toEqual(
      await (await needFile(given, path)).bytes(),
    );
    for (const other of ['maps.json', '../../etc/passwd', `${path}.bak`]) {
      await expect(session.exportFile({ kind: 'map', path: other }, ignore)).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
    }
  });
});

describe('the whole shelf in one file', () => {
  test('goes out and comes back with its names', async () => {
    await session.openMaps(source);
    await session.openMaps(source);
    await session.renameExperiment('maps-2-maps', 'Zweite Übung');
    const { name, blob } = await session.exportShelf(ignore, { withParticipants: true });
    expect(name).toBe('capsule-experiments-2026-11-23.zip');
    const models = await session.keptModels(['maps-1-maps']);
    storage.clear();
    kept.clear();
    given = await openZip(name, blob);
    const done: number[] = [];
    const taken = await session.importMaps(source, (event) => {
      if (event.kind === 'progress') done.push(event.done);
    });
    expect(taken).toMatchObject({ count: 2, refused: [], model: { name: 'maps' } });
    expect(done).toEqual([1, 2]);
    expect(new Set((await list()).map(([, called]) => called))).toEqual(
      new Set(['maps', 'Zweite Übung']),
    );
    expect(taken.model?.results).toEqual(models[0]?.model.results);
  });

  test('one that is damaged is refused by its name, the others come in', async () => {
    await session.openMaps(source);
    const { blob } = await session.exportShelf(ignore);
    const zip = await openZip('shelf.zip', blob);
    const files: Record<string, Uint8Array<ArrayBuffer>> = {};
    for (const path of await listPaths(zip))
      files[path] = await (await needFile(zip, path)).bytes();
    const text = new TextDecoder().decode(files['capsule-experiments.json']);
    const { experiments } = JSON.parse(text) as { experiments: object[] };
    const broken = { ...experiments[0], file: 'broken.zip' };
    const content = JSON.stringify({ version: 1, experiments: [broken, ...experiments] });
    const cut = files['maps-1-maps.zip']?.slice(0, -300) ?? new Uint8Array();
    given = new MemoryTree('shelf', {
      ...{ ...files, 'broken.zip': cut, 'capsule-experiments.json': content },
    });
    const taken = await session.importMaps(source, ignore);
    expect(taken).toMatchObject({ count: 1, refused: [{ code: 'ZIP_DAMAGED' }] });
    expect(taken.refused[0]?.file).toContain('broken.zip');
    expect(await list()).toHaveLength(2);
  });

  test('a list that is no list is refused, and nothing is taken in', async () => {
    given = new MemoryTree('shelf', { 'capsule-experiments.json': '{"version": 2}' });
    await expect(session.importMaps(source, ignore)).rejects.toMatchObject({ code: 'ZIP_DAMAGED' });
    const climbing = { file: '../x', name: 'x', cohort: '', sample: false, created: 0 };
    const list = JSON.stringify({ version: 1, experiments: [climbing] });
    given = new MemoryTree('shelf', { 'capsule-experiments.json': list });
    const taken = await session.importMaps(source, ignore);
    expect(taken).toMatchObject({ count: 0, refused: [{ code: 'FILE_PATH_UNSAFE' }] });
    expect(await session.experiments()).toEqual([]);
  });
});

test('nothing stays of a MAPS that cannot be shown', async () => {
  const damaged = treeOf(referenceFolder);
  await damaged.write('split-0/best-BA/test/test_image_level_prediction.tsv', 'no such table');
  given = damaged;
  await expect(session.importMaps(source, ignore)).rejects.toMatchObject({ code: 'MAPS_DAMAGED' });
  expect([...storage.keys()]).toEqual([]);
  given = new MemoryTree('other', { 'notes.txt': 'no MAPS' });
  await expect(session.importMaps(source, ignore)).rejects.toMatchObject({ code: 'MAPS_NOT_MAPS' });
});

test.each([
  ['The first one', 'The-first-one'],
  ['a/../../b', 'a-..-..-b'],
  ['...', 'maps'],
  ['Übung 2', 'Übung-2'],
])('the file of %s is called %s', (name, file) => expect(fileNameOf(name)).toBe(file));
