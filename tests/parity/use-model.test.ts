import { beforeAll, expect, test } from 'vitest';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile, readText } from '../../src/core/files/read.ts';
import type { FileTree } from '../../src/core/files/file-tree.ts';
import { parseTable } from '../../src/core/tsv/table.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import type { ScanCheck, TreeSource } from '../../src/jobs/session-api.ts';
import { CapsuleSession } from '../../src/jobs/session.ts';

// A model that ClinicaDL trained, used without WebGPU: facts, check, predictions, and what is refused.
const FOLDER = 'tests/fixtures/reference/synthetic';
const TEST = ['sub-SYN316', 'sub-SYN317', 'sub-SYN318', 'sub-SYN319'];
const anything = { kind: 'opfs', path: '' } as unknown as TreeSource;
const nothing = () => undefined;

async function copyOf(folder: string, keep: (path: string) => boolean): Promise<MemoryTree> {
  const disk = new DiskTree(`${FOLDER}/${folder}`);
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for await (const path of disk.paths()) {
    if (keep(path)) files[path] = await (await needFile(disk, path)).bytes();
  }
  return new MemoryTree(folder, files);
}

/** A CAPS of some participants, with a table of their diagnoses where it is wanted. */
async function capsOf(people: readonly string[], table?: string): Promise<MemoryTree> {
  const tree = await copyOf('caps', (path) => people.some((one) => path.includes(one)));
  if (table !== undefined) await tree.write('labels.tsv', table);
  return tree;
}

const diagnoses = async (): Promise<string> => readText(new DiskTree(FOLDER), 'test_baseline.tsv');

async function opened(maps: FileTree, caps: FileTree) {
  const storage = new Map<string, MemoryTree>();
  let next = maps;
  const session = new CapsuleSession({
    ...{ gpu: undefined, gpuRemark: 'none in this test', runtime: 'test' },
    clock: { now: () => 0, elapsed: () => 0 },
    openTree: () => Promise.resolve(next),
    workspace: (path) => {
      const tree = storage.get(path) ?? new MemoryTree(path.slice(path.lastIndexOf('/') + 1));
      storage.set(path, tree);
      return Promise.resolve(tree);
    },
    workspaceFolders: (path) =>
      Promise.resolve(
        [...storage.keys()].flatMap((key) =>
          key.startsWith(`${path}/`) ? [key.slice(path.length + 1)] : [],
        ),
      ),
    removeWorkspace: (path) => Promise.resolve(void storage.delete(path)),
    baseBrain: () => Promise.reject(new Error('no sample here')),
  });
  await session.openMaps(anything);
  next = caps;
  await session.openFolder(anything, nothing);
  return session;
}

const verdictOf = (check: ScanCheck, aspect: string) =>
  check.aspects.find((one) => one.aspect === aspect)?.verdict;

let maps: MemoryTree;
beforeAll(async () => {
  maps = await copyOf('maps_ad', (path) => !path.includes('/test/'));
});

test('tells what the model is, and what it has learnt from', async () => {
  const session = await opened(maps, await capsOf(TEST));
  const facts = await session.modelFacts();
  expect(facts.pattern).toBe('*space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz');
  const train = parseTable(await readText(new DiskTree(FOLDER), 'split/train_baseline.tsv'), {
    file: 'train',
  });
  const [first] = facts.sets;
  expect(first?.participants).toBe(train.rows.length);
  expect(first?.labels.map(({ name }) => name)).toEqual(['AD', 'CN']);
  expect(facts).toMatchObject({ splits: [0], namesParticipants: true });
  // ClinicaDL audits nothing.
  expect(facts.audit).toBeUndefined();
});

test('predicts scans without WebGPU as ClinicaDL did, and measures where labels are', async () => {
  const session = await opened(maps, await capsOf(TEST, await diagnoses()));
  const check = await session.checkScans(nothing);
  expect(check.scans.map(({ fault, seen }) => [fault, seen])).toEqual(
    TEST.map(() => [undefined, undefined]),
  );
  expect(verdictOf(check, 'shape')).toBe('fits');
  expect(verdictOf(check, 'labels')).toBe('fits');
  expect(verdictOf(check, 'people')).toBe('fits');
  expect(check.secondsPerScan).toBeGreaterThan(0);
  const said = await session.predictScans(
    {
      ...{ group: check.group, sessions: check.scans, selectionMetric: 'loss' },
      ...{ splits: [], withSeen: false },
    },
    nothing,
  );
  const file = 'split-0/best-loss/test/test_image_level_prediction.tsv';
  const theirs = parseTable(await readText(new DiskTree(`${FOLDER}/maps_ad`), file), { file });
  const column = (name: string) => theirs.columns.indexOf(name);
  expect(said.rows).toHaveLength(TEST.length);
  for (const row of said.rows) {
    const own = theirs.rows.find((cells) => cells[column('participant_id')] === row.participant);
    [0, 1].forEach((code) => {
      const expected = Number(own?.[column(`proba${code}`)]);
      expect(Math.abs((row.probabilities[code] ?? NaN) - expected)).toBeLessThan(1e-4);
    });
  }
  expect(said.metrics['BA']?.value).toBeCloseTo(0.5);
  expect(said.tables).toContain(
    `split-0/best-loss/${check.group}/${check.group}_image_level_prediction.tsv`,
  );
  // The new group is one of the open model's results, and leaves with its tables.
  expect(said.model.results.map(({ group }) => group)).toContain(check.group);
  const saved = await session.exportFile(
    { kind: 'tables', withParticipants: true, group: check.group },
    nothing,
  );
  expect(saved.blob.size).toBeGreaterThan(200);
  await session.close();
});

test('marks whom training has seen, and predicts them only when asked to', async () => {
  const people = ['sub-SYN300', 'sub-SYN316'];
  const session = await opened(maps, await capsOf(people));
  const check = await session.checkScans(nothing);
  expect(check.scans.map(({ participant, seen }) => [participant, seen])).toEqual([
    ['sub-SYN300', expect.stringMatching(/train|validation/) as string],
    ['sub-SYN316', undefined],
  ]);
  expect(verdictOf(check, 'people')).toBe('differs');
  expect(verdictOf(check, 'labels')).toBe('absent');
  const request = {
    ...{ group: 'mixed', sessions: check.scans, selectionMetric: 'loss', splits: [] },
  };
  await expect(
    session.predictScans({ ...request, withSeen: false }, nothing),
  ).rejects.toMatchObject({ code: 'LEAKAGE_PARTICIPANTS' });
  const said = await session.predictScans({ ...request, withSeen: true }, nothing);
  expect(said.rows.map(({ seen }) => seen !== undefined)).toEqual([true, false]);
  // Without labels there is nothing to measure.
  expect(said.metrics).toEqual({});
});

test('lists each participant that lacks what the model expects, and what there is instead', async () => {
  const caps = await capsOf(TEST);
  const [file = ''] = (await listOf(caps)).filter((path) => path.includes('SYN317'));
  const bytes = await (await needFile(caps, file)).bytes();
  await caps.write(file.replace('_desc-Crop', ''), bytes);
  await caps.remove(file);
  const other = (await listOf(caps)).filter((path) => path.includes('SYN318'))[0] ?? '';
  await caps.write(other, 'no NIfTI');
  const session = await opened(maps, caps);
  // The folder has two preprocessings now: the model decides which is looked for.
  const check = await session.checkScans(nothing);
  const faults = check.scans.filter(({ fault }) => fault !== undefined);
  expect(faults).toMatchObject([
    {
      ...{ participant: 'sub-SYN317', fault: 'missing' },
      found: expect.stringContaining('T1w') as string,
    },
    { participant: 'sub-SYN318', fault: 'unreadable' },
  ]);
  expect(verdictOf(check, 'preprocessing')).toBe('differs');
});

test('neither trains nor explains without WebGPU, and says why', async () => {
  const session = await opened(maps, await capsOf(TEST));
  const request = {
    ...{ participant: 'sub-SYN316', session: 'ses-M000' },
    ...{ selectionMetric: 'loss', targetClass: 0 },
  };
  await expect(session.explain(request, nothing)).rejects.toMatchObject({
    code: 'GPU_NONE',
    problem: { expected: expect.stringContaining('map') as string },
  });
});

async function listOf(tree: FileTree): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of tree.paths()) paths.push(path);
  return paths;
}
