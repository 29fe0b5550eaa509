import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { memoryPlatform } from '../../tests/support/memory-platform.ts';
import { tinyCaps, tinyParticipants } from '../../tests/support/tiny-caps.ts';
import { mergeConfig } from '../core/config/parse.ts';
import type { PartialConfig } from '../core/config/schema.ts';
import type { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths } from '../core/files/read.ts';
import { openZip } from '../core/files/zip-tree.ts';
import { openMaps } from '../core/maps/reader.ts';
import type { ExperimentChoice, JobEvent } from './session-api.ts';
import { CapsuleSession } from './session.ts';
import type { SessionPlatform } from './session/platform.ts';

const people = tinyParticipants(12);
const ignore = () => undefined;
const folder = { kind: 'opfs', path: 'anywhere' } as const;

let caps: MemoryTree;
let storage: Map<string, MemoryTree>;
let platform: SessionPlatform;
let session: CapsuleSession;

beforeAll(async () => {
  caps = await tinyCaps(people);
  const labels = people.map(
    ({ participant }, index) => `${participant}\tses-M000\t${index < 6 ? 'F' : 'M'}\t${60 + index}`,
  );
  const table = ['participant_id\tsession_id\tsex\tage', ...labels, 'sub-Gone\tses-M000\tF\t50'];
  await caps.write('labels.tsv', table.join('\n'));
});

beforeEach(async () => {
  await session?.close();
  storage = new Map();
  platform = await memoryPlatform(caps, storage);
  session = new CapsuleSession(platform);
});
afterAll(() => session.close());

const choice: ExperimentChoice = {
  ...{
    preprocessing: '',
    mode: { mode: 'image' },
    classes: ['F', 'M'],
    excluded: ['sub-T00/ses-M000'],
  },
  ...{ validationShare: 0.2, testShare: 0.2 },
  config: mergeConfig('classification', {
    ...{ label: 'sex', architecture: 'Conv4_FC3', seed: 3, epochs: 1, optimizer: 'RMSprop' },
    ...{ batch_size: 4, learning_rate: 1e-3, selection_metrics: ['loss', 'BA'] },
  }),
};
const choiceWith = (changes: PartialConfig): ExperimentChoice => ({
  ...choice,
  config: { ...choice.config, ...changes },
});

test('shows what it understood: rows, labels, shape, and who has no volume', async () => {
  const cohort = await session.openFolder(folder, ignore);
  expect(cohort.rows).toHaveLength(13);
  expect(cohort.shape).toEqual([36, 18, 17]);
  expect(cohort.table).toBe('labels.tsv');
  const [sex, age] = cohort.columns;
  expect(sex).toMatchObject({ name: 'sex', classifiable: true, numeric: false });
  expect(age).toMatchObject({ name: 'age', classifiable: false, numeric: true });
  expect(cohort.problems).toMatchObject([{ code: 'CAPS_NO_VOLUME', participant: 'sub-Gone' }]);
});

test('plans sets without the excluded and without shared participants', async () => {
  await session.openFolder(folder, ignore);
  const { sets, shared, memory, network } = await session.plan(choice);
  const all = [...sets.train, ...sets.validation, ...sets.test];
  expect(all).toHaveLength(11);
  expect(all).not.toContain('sub-T00/ses-M000');
  expect(shared).toBe(0);
  expect(memory?.fits).toBe(true);
  expect(network?.parameterCount).toBe(memory?.parameterCount);
});

test('trains, tests and explains a label of a table without diagnoses', async () => {
  await session.openFolder(folder, ignore);
  const events: JobEvent[] = [];
  const model = await session.train(choice, (event) => events.push(event));
  expect(model.classes).toEqual(['F', 'M']);
  expect(new Set(model.results.map(({ group }) => group))).toEqual(
    new Set(['train', 'validation', 'test']),
  );
  expect(events.some(({ kind }) => kind === 'evaluation')).toBe(true);
  const tested = model.results.find(({ group }) => group === 'test')?.predictions[0];
  const { participant = '' } = tested ?? {};
  const request = { participant, session: 'ses-M000', selectionMetric: 'loss', targetClass: 1 };
  const { map, peak, prediction } = await session.explain(request, ignore);
  expect(peak).toBeGreaterThan(0);
  expect(map.length).toBe(352 + 4 * 36 * 18 * 17);
  expect(prediction?.probabilities[1]).toBeCloseTo(tested?.probabilities[1] ?? NaN, 5);
  expect(prediction?.trueLabel).toBe(tested?.trueLabel);
});

test('a table of other people is refused, and the one in use stays', async () => {
  const { columns } = await session.openFolder(folder, ignore);
  const strangers = 'participant_id\tsession_id\tsex\nsub-X1\tses-M000\tF\n';
  await expect(session.useTable('other.tsv', strangers)).rejects.toMatchObject({
    problem: { code: 'TSV_NO_MATCH', file: 'other.tsv', found: 'sub-X1 ses-M000' },
  });
  const own = await session.useTable('own.tsv', strangers.replace('sub-X1', 'sub-T01'));
  expect(own.table).toBe('own.tsv');
  expect(columns.map(({ name }) => name)).toEqual(['sex', 'age']);
});

test('a loss that explodes ends as such, not as a failure of Capsule', async () => {
  await session.openFolder(folder, ignore);
  const exploding = session.train(choiceWith({ learning_rate: 1e30, epochs: 3 }), ignore);
  await expect(exploding).rejects.toMatchObject({ code: 'LOSS_NOT_FINITE' });
});

test('a MAPS that comes back keeps its name, and its losses are means again', async () => {
  await session.openFolder(folder, ignore);
  const means: number[] = [];
  const model = await session.train(choiceWith({ epochs: 2 }), (event) => {
    if (event.kind === 'evaluation') means.push(event.train.meanLoss, event.validation.meanLoss);
  });
  const { name, blob } = await session.exportMaps(ignore, { withParticipants: true });
  expect(name).toBe('maps-1-sex.zip');
  platform.openTree = () => openZip('renamed.zip', blob);
  const opened = await session.openMaps({ kind: 'zip', name: 'renamed.zip', blob });
  expect(opened.name).toBe('maps-1-sex');
  const stored = opened.history.flatMap(({ train, validation }) => [train, validation]);
  expect(stored).toEqual(means.map((mean) => expect.closeTo(mean, 6) as number));
  expect((await session.exportMaps(ignore)).name).toBe('maps-1-sex.zip');
  expect(model.history).toEqual(opened.history);
});

test('says what is missing, and that only one job runs at a time', async () => {
  await expect(session.plan(choice)).rejects.toMatchObject({ code: 'NO_COHORT' });
  await expect(session.exportMaps(ignore)).rejects.toMatchObject({ code: 'NO_MODEL' });
  await session.openFolder(folder, ignore);
  const running = session.train(choiceWith({ epochs: 50 }), ignore);
  await expect(session.train(choice, ignore)).rejects.toMatchObject({ code: 'BUSY' });
  await session.cancel();
  await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a cancelled training leaves nothing whole, and goes on or makes room for the next', async () => {
  await session.openFolder(folder, ignore);
  let epochs = 0;
  const cancelled = session.train(choiceWith({ epochs: 50 }), ({ kind }) => {
    if (kind === 'best') epochs += 1;
    if (epochs === 1) void session.cancel();
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
  const shelved = () => [...storage.keys()].filter((name) => name.startsWith('maps/'));
  const [left = ''] = shelved();
  const maps = await openMaps(storage.get(left) as MemoryTree);
  expect(() => maps.wholeSplits()).toThrow(/MAPS_UNFINISHED/);
  await expect(
    session.explain(
      { participant: 'sub-T01', session: 'ses-M000', selectionMetric: 'loss', targetClass: 0 },
      ignore,
    ),
  ).rejects.toMatchObject({ code: 'NO_MODEL' });
  expect(await session.interrupted()).toMatchObject({ fits: true, split: 0, epoch: 1, epochs: 50 });
  expect(await session.experiments()).toMatchObject([
    { id: 'maps-1-sex', state: 'interrupted', cohort: 'caps', left: { epoch: 1, fits: true } },
  ]);
  // Another training leaves it where it is; it goes when it is not wanted any more.
  await session.train(choice, ignore);
  expect(shelved()).toEqual([left, 'maps/maps-2-sex']);
  await session.dropInterrupted();
  expect(await session.interrupted()).toBeUndefined();
  expect(shelved()).toEqual(['maps/maps-2-sex']);
});

test('a training that was cancelled is finished by another session', async () => {
  await session.openFolder(folder, ignore);
  const wanted = choiceWith({ epochs: 3 });
  const calm = await session.train(wanted, ignore);
  const cancelled = session.train(wanted, ({ kind }) => {
    if (kind === 'best') void session.cancel();
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
  await session.close();
  session = new CapsuleSession(platform);
  await expect(session.resume(ignore)).rejects.toMatchObject({ code: 'NO_COHORT' });
  expect(await session.interrupted()).toMatchObject({ fits: false, cohort: 'caps' });
  await session.openFolder(folder, ignore);
  const events: JobEvent[] = [];
  const model = await session.resume((event) => events.push(event));
  expect(model.history).toEqual(calm.history);
  expect(model.results).toEqual(calm.results);
  const told = events.filter(({ kind }) => kind === 'evaluation');
  expect(told.map((event) => (event.kind === 'evaluation' ? event.epoch : NaN))).toEqual([0, 1, 2]);
  expect(await session.interrupted()).toBeUndefined();
});

test('trainings are kept side by side; one of several that were interrupted goes on', async () => {
  await session.openFolder(folder, ignore);
  for (const seed of [3, 4]) {
    const cancelled = session.train(choiceWith({ epochs: 2, seed }), ({ kind }) => {
      if (kind === 'best') void session.cancel();
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
  }
  const whole = await session.train(choice, ignore);
  await session.renameExperiment('maps-1-sex', 'The first one');
  // Not the last one, which is what is offered first.
  const resumed = await session.resume(ignore, 'maps-1-sex');
  expect(resumed).toMatchObject({ name: 'The first one', finished: true });
  const kept = await session.experiments();
  expect(Object.fromEntries(kept.map(({ id, state, open }) => [id, `${state} ${open}`]))).toEqual({
    ...{ 'maps-1-sex': 'trained true', 'maps-2-sex': 'interrupted false' },
    'maps-3-sex': 'trained false',
  });
  const [third] = kept.filter(({ id }) => id === 'maps-3-sex');
  expect(third).toMatchObject({ sample: false, cohort: 'caps', figuresOf: 'test' });
  expect(third?.shares).toEqual({ validation: 0.2, test: 0.2 });
  // A session that has opened no folder.
  await session.close();
  session = new CapsuleSession(platform);
  expect(await session.openExperiment('maps-3-sex')).toEqual(whole);
  const { blob, name } = await session.exportFile({ kind: 'onnx', metric: 'loss' }, ignore);
  const files = await listPaths(await openZip(name, blob));
  expect(files.map((path) => path.split('/').at(-1)).sort()).toEqual([
    'model.onnx',
    'preprocessing.json',
    'test-input.npy',
    'test-output.npy',
  ]);
});

test('folds are trained each with its own network, and shown one by one', async () => {
  await session.openFolder(folder, ignore);
  const folded = { ...choice, excluded: [], folds: 3, trainedFolds: [2, 1] };
  const { folds } = await session.plan(folded);
  const events: JobEvent[] = [];
  const first = await session.train(folded, (event) => events.push(event));
  const begun = events.flatMap((event) => (event.kind === 'evaluation' ? [event.split] : []));
  expect([...new Set(begun)]).toEqual([1, 2]);
  expect(first).toMatchObject({ split: 1, splits: [1, 2] });
  const second = await session.modelOf(2);
  expect(second).toMatchObject({ split: 2, splits: [1, 2] });
  for (const [fold, model] of [
    [1, first],
    [2, second],
  ] as const) {
    const validated = model.results.find(({ group }) => group === 'validation')?.predictions ?? [];
    expect(validated.map((row) => `${row.participant}/${row.session}`).sort()).toEqual(
      [...(folds[fold]?.validation ?? [])].sort(),
    );
    expect(model.results.some(({ group }) => group === 'test')).toBe(true);
  }
  // Who validates in the second fold trained the first one's network: the map is of the right one.
  const [asked] = second.results.find(({ group }) => group === 'validation')?.predictions ?? [];
  const { participant = '' } = asked ?? {};
  const request = { participant, session: 'ses-M000', selectionMetric: 'loss', targetClass: 1 };
  const { prediction } = await session.explain({ ...request, split: 2 }, ignore);
  expect(prediction?.probabilities[1]).toBeCloseTo(asked?.probabilities[1] ?? NaN, 5);
});

test('a number is predicted, and the page reads what came of it', async () => {
  await session.openFolder(folder, ignore);
  const asked = {
    ...{ ...choice, classes: [], excluded: [] },
    config: mergeConfig('regression', {
      ...{ label: 'age', architecture: 'Conv4_FC3', epochs: 1, batch_size: 4, seed: 3 },
    }),
  };
  const model = await session.train(asked, ignore);
  expect(model).toMatchObject({ task: 'regression', label: 'age', classes: [], finished: true });
  const tested = model.results.find(({ group }) => group === 'test');
  const ages = new Map(people.map(({ participant }, index) => [participant, 60 + index]));
  expect(tested?.predictions.length).toBeGreaterThan(0);
  for (const { participant, trueLabel, predictedLabel } of tested?.predictions ?? []) {
    expect(Number(trueLabel)).toBe(ages.get(participant));
    expect(Number.isFinite(Number(predictedLabel))).toBe(true);
  }
  expect(Object.keys(tested?.metrics ?? {})).toEqual(
    expect.arrayContaining(['MAE', 'RMSE', 'R2_score']),
  );
  expect(tested?.confusion).toEqual([]);
});

test('volumes are made again, and each has its figures', async () => {
  await session.openFolder(folder, ignore);
  const asked = {
    ...{ ...choice, classes: [], excluded: [] },
    config: mergeConfig('reconstruction', {
      ...{ architecture: 'AE_Conv4_FC3', epochs: 1, batch_size: 4, seed: 3 },
    }),
  };
  const model = await session.train(asked, ignore);
  expect(model).toMatchObject({ task: 'reconstruction', label: '', finished: true });
  const [row] = model.results.find(({ group }) => group === 'test')?.predictions ?? [];
  expect(Object.keys(row?.figures ?? {})).toEqual(['MAE', 'RMSE', 'PSNR', 'SSIM']);
  expect(row?.figures?.['MAE']).toBeGreaterThan(0);
});

test('a network for each patch votes for the image', async () => {
  await session.openFolder(folder, ignore);
  const mode = { mode: 'patch', patchSize: 17, strideSize: 17 } as const;
  const model = await session.train({ ...choiceWith({ multi_network: true }), mode }, ignore);
  expect(model).toMatchObject({ mode: 'patch', networks: 2, finished: true });
  expect(model.history[0]?.train).toBeLessThan(2);
  const tested = model.results.find(({ group }) => group === 'test');
  expect(tested?.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(
    tested?.predictions.length,
  );
});
