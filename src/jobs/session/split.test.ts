import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { follow } from '../../../tests/support/follow.ts';
import { tinyCaps, tinyParticipants, TINY_SUFFIX } from '../../../tests/support/tiny-caps.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { PartialConfig, Task } from '../../core/config/schema.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, readText } from '../../core/files/read.ts';
import { writableSubTree } from '../../core/files/sub-tree.ts';
import { openZip } from '../../core/files/zip-tree.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { parseTable } from '../../core/tsv/table.ts';
import { parseRecord } from '../audit/leakage-record.ts';
import { CapsuleSession } from '../session.ts';
import type { ExperimentChoice, JobEvent, Plan } from '../session-api.ts';
import { foldTable } from '../tables/split-folds.ts';

const folder = { kind: 'opfs', path: 'anywhere' } as const;
const ignore = () => undefined;
const people = tinyParticipants(20);

const choice: ExperimentChoice = {
  ...{ preprocessing: '', mode: { mode: 'image' }, classes: ['AD', 'CN'], excluded: [] },
  ...{ validationShare: 0.2, testShare: 0.2 },
  config: mergeConfig('classification', {
    ...{ label: 'diagnosis', architecture: 'Conv4_FC3', seed: 3, epochs: 1, optimizer: 'Adam' },
    ...{ batch_size: 4, learning_rate: 1e-3, selection_metrics: ['loss', 'BA'] },
  }),
};
const choiceWith = (changes: PartialConfig): ExperimentChoice => ({
  ...choice,
  config: { ...choice.config, ...changes },
});

/** The cohort, with a second visit of everyone whose number is a multiple of 4. */
let caps: MemoryTree;
let opened: FileTree;
let session: CapsuleSession;

beforeEach(async () => {
  caps = await tinyCaps(people);
  const rows = people.map(({ participant, diagnosis }, index) =>
    [participant, 'ses-M000', diagnosis, 60 + index, index % 3 === 0 ? 'F' : 'M'].join('\t'),
  );
  for (const [index, { participant, diagnosis }] of people.entries()) {
    if (index % 4 !== 0) continue;
    const other = people[(index + 1) % people.length]?.participant ?? '';
    const path = (name: string, visit: string) =>
      `subjects/${name}/${visit}/custom/${name}_${visit}_space-MNI152NLin2009cSym_${TINY_SUFFIX}`;
    const bytes = await (await caps.file(path(other, 'ses-M000')))?.bytes();
    // Other voxels than any first visit.
    if (bytes !== undefined) new Float32Array(bytes.buffer, 352).reverse();
    await caps.write(path(participant, 'ses-M012'), bytes ?? '');
    rows.push([participant, 'ses-M012', diagnosis, 61 + index, 'F'].join('\t'));
  }
  const header = 'participant_id\tsession_id\tdiagnosis\tage\tsex';
  await caps.write('labels.tsv', `${[header, ...rows].join('\n')}\n`);
  opened = caps;
  const missing = () => Promise.reject(new Error('not needed here'));
  session = new CapsuleSession({
    ...{ gpu: undefined, gpuRemark: '', runtime: 'test', baseBrain: missing },
    clock: { now: () => 0, elapsed: () => 0 },
    openTree: () => Promise.resolve(opened),
    ...{ workspace: missing, workspaceFolders: missing, removeWorkspace: missing },
  });
  await session.openFolder(folder, ignore);
});
afterEach(() => session.close());

const peopleOf = (names: readonly string[]) => new Set(names.map((name) => name.split('/')[0]));

async function filesOf(asked: ExperimentChoice): Promise<FileTree> {
  const { name, blob } = await session.splitTables(asked);
  return openZip(name, blob);
}

/** Opens tables as sets of one's own. */
async function own(files: Record<string, string>): Promise<string> {
  opened = new MemoryTree('mine', files);
  return (await session.openSplit(folder)).id;
}

const table = (...rows: readonly string[]) =>
  `participant_id\tsession_id\tdiagnosis\n${rows.map((row) => `${row}\n`).join('')}`;
const row = (index: number) =>
  `${people[index]?.participant}\tses-M000\t${people[index]?.diagnosis}`;
const rows = (...indices: readonly number[]) => table(...indices.map(row));

describe('folds', () => {
  const folded = { ...choice, folds: 4 };

  test('everyone validates once, and the test set is that of the single split', async () => {
    const single = await session.plan(choice);
    const plan = await session.plan(folded);
    expect(plan.sets.test).toEqual(single.sets.test);
    expect(plan.folds).toHaveLength(4);
    const validating = plan.folds.flatMap(({ validation }) => [...peopleOf(validation)]);
    expect(new Set(validating).size).toBe(validating.length);
    const pool = new Set([...validating, ...peopleOf(plan.sets.test)]);
    expect(pool.size).toBe(20);
    for (const { train, validation } of plan.folds) {
      const trained = peopleOf(train);
      expect([...peopleOf(validation)].filter((name) => trained.has(name))).toEqual([]);
      expect(trained.size + peopleOf(validation).size + peopleOf(plan.sets.test).size).toBe(20);
    }
  });

  test('tables are those of tsvtools kfold on the same people, byte for byte', async () => {
    const zip = await filesOf(folded);
    const pool = await readText(zip, 'split/train.tsv');
    const tree = new MemoryTree('study', { 'train.tsv': pool });
    const options = { subsetName: 'validation', validLongitudinal: false, nSplits: 4 };
    const { folder: made } = await follow(foldTable({ folder: tree, file: 'train.tsv' }, options));
    const theirs = writableSubTree(tree, made);
    const paths = (await listPaths(theirs)).sort();
    const inZip = (await listPaths(zip, `split/${made}`)).sort();
    expect(inZip).toEqual(paths.map((path) => `split/${made}/${path}`));
    expect(paths).toContain('split-3/validation_baseline.tsv');
    for (const path of paths) {
      expect(await readText(zip, `split/${made}/${path}`), path).toBe(await readText(theirs, path));
    }
  });

  test('more folds than a class has people are refused', async () => {
    const few = people.slice(4).map(({ participant }) => [`${participant}/ses-M000`]);
    const excluded = [...few.flat(), 'sub-T04/ses-M012', 'sub-T08/ses-M012'];
    const rest = ['sub-T12/ses-M012', 'sub-T16/ses-M012'];
    const asked = { ...folded, testShare: 0, folds: 10, excluded: [...excluded, ...rest] };
    await expect(session.plan(asked)).rejects.toMatchObject({ code: 'SPLIT_SIZE' });
  });
});

describe('tables of a single split', () => {
  test('have the names and rows of tsvtools; people stand apart', async () => {
    const zip = await filesOf(choice);
    expect((await listPaths(zip)).sort()).toEqual([
      'split/split/train.tsv',
      'split/split/train_baseline.tsv',
      'split/split/validation_baseline.tsv',
      'split/test_baseline.tsv',
      'split/train.tsv',
      'split/train_baseline.tsv',
    ]);
    const { sets } = await session.plan(choice);
    const read = async (path: string) => parseTable(await readText(zip, path), { file: path });
    const train = await read('split/split/train.tsv');
    expect(train.columns).toEqual(['participant_id', 'session_id', 'diagnosis', 'age', 'sex']);
    expect(train.rows.map(([who, when]) => `${who}/${when}`).sort()).toEqual(
      [...sets.train].sort(),
    );
    const test = await read('split/test_baseline.tsv');
    expect(test.rows.map(([who, when]) => `${who}/${when}`).sort()).toEqual([...sets.test].sort());
    expect(test.rows.every(([, when]) => when === 'ses-M000')).toBe(true);
  });

  test('longitudinal validation takes every session, and writes them all', async () => {
    const asked = {
      ...choiceWith({ seed: 0, valid_longitudinal: true }),
      validationShare: 0.5,
    };
    const { sets } = await session.plan(asked);
    expect(sets.validation.some((name) => name.endsWith('ses-M012'))).toBe(true);
    const baseline = await session.plan({
      ...choiceWith({ seed: 0, valid_longitudinal: false }),
      validationShare: 0.5,
    });
    expect(baseline.sets.validation).toHaveLength(peopleOf(sets.validation).size);
    const text = await readText(await filesOf(asked), 'split/split/validation.tsv');
    expect(parseTable(text, { file: 'x' }).rows).toHaveLength(sets.validation.length);
  });

  test('opened again, they give the same sets', async () => {
    const drawn = await session.plan({ ...choice, folds: 3 });
    const zip = await filesOf({ ...choice, folds: 3 });
    opened = zip;
    const { id, folds } = await session.openSplit(folder);
    expect(folds).toBe(3);
    const again = await session.plan({ ...choiceWith({ seed: 99 }), ownSplit: id });
    const sorted = (plan: Plan) =>
      plan.folds.map(({ train, validation }) => [[...train].sort(), [...validation].sort()]);
    expect(sorted(again)).toEqual(sorted(drawn));
    expect([...again.sets.test].sort()).toEqual([...drawn.sets.test].sort());
    expect(again.audit.verdict).toBe('clean');
  });
});

describe('sets of one’s own', () => {
  const leaky = () =>
    own({
      'train.tsv': rows(0, 1, 2, 3, 4, 5),
      'validation_baseline.tsv': rows(5, 6, 7),
      'test_baseline.tsv': rows(8, 9),
    });

  test('a person in two sets is found, and training refused unless someone knows', async () => {
    const ownSplit = await leaky();
    const plan = await session.plan({ ...choice, ownSplit });
    expect(plan.audit).toMatchObject({ verdict: 'leaky' });
    expect(plan.audit.findings[0]).toMatchObject({
      ...{ code: 'LEAKAGE_PARTICIPANTS', severity: 'error', participants: ['sub-T05'] },
    });
    expect(plan.shared).toBe(1);
    await expect(session.train({ ...choice, ownSplit }, ignore)).rejects.toMatchObject({
      code: 'LEAKAGE_PARTICIPANTS',
    });
    // It goes on to the next thing, which a device without WebGPU cannot do.
    const known = session.train({ ...choice, ownSplit }, ignore, { iKnow: true });
    await expect(known).rejects.toMatchObject({ code: 'GPU_NONE' });
    const record = parseRecord(
      await session.leakageRecord({ ...choice, ownSplit }, { iKnow: true }),
    );
    expect(record).toMatchObject({ verdict: 'leaky', overridden: true, voxels: 'not checked' });
  });

  test('the test set is compared too', async () => {
    const ownSplit = await own({
      'train.tsv': rows(0, 1, 2, 3),
      'test.tsv': rows(3, 4),
      'split/train.tsv': rows(0, 1),
      'split/validation_baseline.tsv': rows(2, 3),
    });
    // Of the layout of prepare-experiment: the pair of tables is in a folder, the test set above it.
    const { audit } = await session.plan({ ...choice, ownSplit });
    expect(audit.findings.map(({ code }) => code)).toContain('LEAKAGE_VALIDATION_TEST');
  });

  test('what is left out or has another class takes no part; what has no volume is told', async () => {
    const ownSplit = await own({
      'train.tsv': table(row(0), row(1), row(3), 'sub-T02\tses-M000\tMCI', 'sub-X\tses-M000\tAD'),
      'validation_baseline.tsv': rows(4, 5),
    });
    const plan = await session.plan({ ...choice, ownSplit, excluded: ['sub-T01/ses-M000'] });
    expect(plan.sets.train).toEqual(['sub-T00/ses-M000', 'sub-T03/ses-M000']);
    expect(plan.sets.test).toEqual([]);
    expect(plan.problems).toMatchObject([{ code: 'CAPS_NO_VOLUME', participant: 'sub-X' }]);
  });

  test('a folder without the tables is refused, and so is the id of another cohort', async () => {
    await expect(own({ 'labels.tsv': rows(1) })).rejects.toMatchObject({ code: 'SPLIT_MISSING' });
    const ownSplit = await leaky();
    opened = caps;
    await session.openFolder(folder, ignore);
    await expect(session.plan({ ...choice, ownSplit })).rejects.toMatchObject({
      code: 'SPLIT_MISSING',
    });
  });
});

describe('scans by their content', () => {
  test('are compared once; a renamed copy in another set is found then', async () => {
    const before = await session.plan(choice);
    expect(before.audit.verdict).toBe('clean');
    expect(before.audit.counts.scans).toBeUndefined();
    const [one = '', other = ''] = [before.sets.train[0], before.sets.test[0]];
    const pathOf = (name: string) => {
      const [who = '', when = ''] = name.split('/');
      return `subjects/${name}/custom/${who}_${when}_space-MNI152NLin2009cSym_${TINY_SUFFIX}`;
    };
    await caps.write(pathOf(other), (await (await caps.file(pathOf(one)))?.bytes()) ?? '');
    // What was read before is remembered: the folder is opened again.
    await session.openFolder(folder, ignore);
    const events: JobEvent[] = [];
    expect(await session.compareScans((event) => events.push(event))).toBe(25);
    expect(events.at(-1)).toMatchObject({ phase: 'Comparing scans', done: 25, total: 25 });
    const { audit } = await session.plan(choice);
    expect(audit.findings[0]).toMatchObject({ code: 'LEAKAGE_SCAN', severity: 'error' });
    expect(audit.counts.scans).toBe(25);
    events.length = 0;
    await session.compareScans((event) => events.push(event));
    expect(events).toEqual([]);
    await expect(session.train(choice, ignore)).rejects.toMatchObject({ code: 'LEAKAGE_FOUND' });
  });

  test('a comparison can be stopped, and goes on from where it was', async () => {
    let done = 0;
    const stopped = session.compareScans(() => {
      done += 1;
      if (done === 5) void session.cancelComparison();
    });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await session.plan(choice)).audit.counts.scans).toBeUndefined();
    const rest: JobEvent[] = [];
    await session.compareScans((event) => rest.push(event));
    expect(rest).toHaveLength(20);
  });
});

test('the cohort says which columns hold age and sex', async () => {
  const { roles } = await session.usePreprocessing(
    (await session.openFolder(folder, ignore)).preprocessing,
  );
  expect(roles).toEqual({ age: 'age', sex: 'sex' });
});

describe('other tasks', () => {
  const taskWith = (task: Task, changes: PartialConfig): ExperimentChoice => ({
    ...choice,
    classes: [],
    config: mergeConfig(task, { seed: 3, architecture: 'default', ...changes }),
  });

  test('a number is predicted from sets that each have small and large values', async () => {
    const plan = await session.plan(taskWith('regression', { label: 'age' }));
    expect(plan.refused).toEqual([]);
    const cells = new Map(
      people.map(({ participant }, index) => [`${participant}/ses-M000`, 60 + index]),
    );
    const agesOf = (names: readonly string[]) => names.map((name) => cells.get(name) ?? NaN);
    const half = 60 + people.length / 2;
    for (const set of ['validation', 'test'] as const) {
      const ages = agesOf(plan.sets[set]);
      expect(ages.filter((age) => age < half).length).toBe(ages.length / 2);
    }
    const files = await filesOf(taskWith('regression', { label: 'age' }));
    const { rows } = parseTable(await readText(files, 'split/test_baseline.tsv'), { file: 'x' });
    const column = 2 + ['diagnosis', 'age', 'sex'].indexOf('age');
    expect(rows.map((row) => Number(row[column])).sort()).toEqual(agesOf(plan.sets.test).sort());
  });

  test('a reconstruction takes everyone, with a label or without', async () => {
    const plan = await session.plan(taskWith('reconstruction', {}));
    const { train, validation, test: testing } = plan.sets;
    expect(new Set([...peopleOf(train), ...peopleOf(validation), ...peopleOf(testing)]).size).toBe(
      people.length,
    );
    expect(plan.network?.name).toBe('AE_Conv5_FC3');
    expect(plan.balance.train).toEqual({});
  });

  test('folds of numbers validate everyone once', async () => {
    const plan = await session.plan({ ...taskWith('regression', { label: 'age' }), folds: 3 });
    const validating = plan.folds.flatMap(({ validation }) => [...peopleOf(validation)]);
    expect(new Set(validating).size).toBe(validating.length);
  });

  test('a network that cannot be built is refused, and the sets stay', async () => {
    const plan = await session.plan(taskWith('regression', { architecture: 'AE_Conv4_FC3' }));
    expect(plan.refused).toMatchObject([{ code: 'NETWORK_TASK' }]);
    expect(plan.network).toBeUndefined();
    expect(plan.sets.train.length).toBeGreaterThan(0);
  });

  test('patches and slices are counted, and the network sees one of them', async () => {
    const patches = { mode: 'patch', patchSize: 17, strideSize: 17 } as const;
    const plan = await session.plan({ ...choice, mode: patches });
    expect(plan.refused).toEqual([]);
    expect(plan.network?.inputShape).toEqual([1, 17, 17, 17]);
    expect(plan.elements).toBe(2);
  });
});

test('with `baseline` training counts the first session of each participant, validation as before', async () => {
  const all = await session.plan(choice);
  const first = await session.plan(choiceWith({ baseline: true }));
  expect(all.sets.train.length).toBeGreaterThan(peopleOf(all.sets.train).size);
  expect(first.sets.train.length).toBe(peopleOf(first.sets.train).size);
  expect(peopleOf(first.sets.train)).toEqual(peopleOf(all.sets.train));
  expect(first.sets.validation).toEqual(all.sets.validation);
});
