import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { memoryPlatform } from '../../../tests/support/memory-platform.ts';
import { tinyCaps, tinyParticipants } from '../../../tests/support/tiny-caps.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { PartialConfig } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, needFile } from '../../core/files/read.ts';
import { EngineDevice } from '../../engine/device/engine-device.ts';
import { CapsuleSession } from '../session.ts';
import type { BatchPicture, ExperimentChoice, JobEvent, KernelTimes } from '../session-api.ts';

const people = tinyParticipants(16);
const folder = { kind: 'opfs', path: 'anywhere' } as const;
const ignore = () => undefined;

let storage: Map<string, MemoryTree>;
let session: CapsuleSession;
/** Milliseconds; stands still unless a test moves it. */
let time = 0;

beforeAll(async () => {
  const caps = await tinyCaps(people);
  const labels = people.map(
    ({ participant, diagnosis }) => `${participant}\tses-M000\t${diagnosis}`,
  );
  await caps.write('labels.tsv', ['participant_id\tsession_id\tdiagnosis', ...labels].join('\n'));
  storage = new Map();
  const platform = await memoryPlatform(caps, storage);
  session = new CapsuleSession({ ...platform, clock: { now: () => 0, elapsed: () => time } });
  await session.openFolder(folder, ignore);
});
afterAll(() => session.close());

const choiceWith = (given: PartialConfig = {}): ExperimentChoice => ({
  ...{ preprocessing: '', mode: { mode: 'image' }, classes: ['AD', 'CN'], excluded: [] },
  ...{ validationShare: 0.2, testShare: 0.2 },
  config: mergeConfig('classification', {
    ...{ label: 'diagnosis', architecture: 'Conv4_FC3', seed: 3, epochs: 3, batch_size: 2 },
    ...{ dropout: 0.3, learning_rate: 1e-3, ...given },
  }),
});

/** Tables and weights of the MAPS that was made last, by path. */
async function outcome(): Promise<Map<string, string>> {
  const maps = [...storage].filter(([path]) => path.startsWith('maps/')).at(-1)?.[1];
  if (maps === undefined) throw new Error('no MAPS');
  const found = new Map<string, string>();
  for (const path of await listPaths(maps)) {
    if (!/\.(tsv|tar)$/.test(path)) continue;
    const bytes = await (await needFile(maps, path)).bytes();
    found.set(path, Buffer.from(bytes).toString('base64'));
  }
  return found;
}

test.each([false, true])(
  'a training that rests, is looked at and timed ends with the same bits; amp: %s',
  async (amp) => {
    await session.train(choiceWith({ amp, epochs: 2 }), ignore);
    const calm = await outcome();
    expect([...calm.keys()].some((path) => path.endsWith('training.tsv'))).toBe(true);

    const pictures: Promise<BatchPicture | undefined>[] = [];
    let times: Promise<KernelTimes | undefined> | undefined;
    let rested: Promise<boolean> | undefined;
    let batches = 0;
    const events: JobEvent[] = [];
    const training = session.train(choiceWith({ amp, epochs: 2 }), (event) => {
      events.push(event);
      if (event.kind !== 'batch') return;
      batches += 1;
      if (batches % 2 === 1) pictures.push(session.batchPicture());
      if (batches === 2) times = session.kernelTimes(4);
      if (batches === 3) rested = session.pause();
    });
    await expect.poll(() => rested, { timeout: 30_000 }).toBeDefined();
    expect(await rested).toBe(true);
    const before = events.length;
    time += 5000;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(events).toHaveLength(before);
    await session.goOn();
    await training;
    // The clock of training.tsv has stood still with the training.
    expect(await outcome()).toEqual(calm);

    const shown = (await Promise.all(pictures)).filter((picture) => picture !== undefined);
    expect(shown.length).toBeGreaterThan(2);
    const measured = await times;
    expect((await session.device()).timestamps).toBe(measured !== undefined);
    if (measured === undefined) return;
    expect(measured.batches).toBe(4);
    expect(measured.kernels.some(({ kernel }) => kernel.includes('convolution'))).toBe(true);
    expect(measured.kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  },
);

test('rests where it was saved, between two steps', async () => {
  const events: JobEvent[] = [];
  let rested: Promise<boolean> | undefined;
  // Enough batches an epoch that the pause comes in the middle of one.
  const training = session.train(choiceWith({ epochs: 1, batch_size: 1 }), (event) => {
    events.push(event);
    if (event.kind === 'batch' && event.iteration === 0) rested ??= session.pause();
  });
  training.catch(ignore);
  await expect.poll(() => rested, { timeout: 30_000 }).toBeDefined();
  expect(await rested).toBe(true);
  expect(events.at(-1)).toMatchObject({ kind: 'save-point', epoch: 0, isSaved: true });
  await session.cancel();
  await expect(training).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await session.interrupted()).toMatchObject({ epoch: 0 });
  expect((await session.interrupted())?.batches).toBeGreaterThan(0);
  await session.dropInterrupted();
});

test('a picture shows the numbers that the network gets', async () => {
  let picture: Promise<BatchPicture | undefined> | undefined;
  await session.train(choiceWith({ epochs: 1 }), (event) => {
    if (event.kind === 'progress' && event.phase === 'Training') picture ??= session.batchPicture();
  });
  const shown = await picture;
  expect(shown).toMatchObject({ split: 0, epoch: 0, elements: 2 });
  expect(shown?.samples).toHaveLength(2);
  const [sample] = shown?.samples ?? [];
  expect(sample?.planes.map(({ plane, width, height }) => [plane, width, height])).toEqual([
    ['sagittal', 18, 17],
    ['coronal', 36, 17],
    ['axial', 36, 18],
  ]);
  // Normalised: from 0 to 1 in the whole volume, so not further in three planes of it.
  expect(shown?.low).toBeGreaterThanOrEqual(0);
  expect(shown?.high).toBeLessThanOrEqual(1);
  const diagnosis = new Map(people.map((one) => [one.participant, one.diagnosis]));
  for (const { participant, label } of shown?.samples ?? []) {
    expect(label).toBe(diagnosis.get(participant));
  }
  expect(new Set(sample?.planes[0]?.pixels).size).toBeGreaterThan(20);
});

test('a picture shows what augmentation has made of them', async () => {
  let picture: Promise<BatchPicture | undefined> | undefined;
  const data_augmentation = [{ name: 'Noise', std: 3 }];
  await session.train(choiceWith({ epochs: 1, data_augmentation }), (event) => {
    if (event.kind === 'progress' && event.phase === 'Training') picture ??= session.batchPicture();
  });
  // Values of 0 to 1, and noise of a standard deviation of 3 on thousands of them.
  expect((await picture)?.low).toBeLessThan(-5);
  expect((await picture)?.high).toBeGreaterThan(6);
});

test('nobody to ask: nothing is paused, seen or timed', async () => {
  expect(await session.pause()).toBe(false);
  expect(await session.batchPicture()).toBeUndefined();
  expect(await session.kernelTimes(3)).toBeUndefined();
});

test('a probe does real steps, says what they took, and leaves nothing behind', async () => {
  const phases = new Set<string>();
  const paths = [...storage.keys()];
  const probed = await session.probe(choiceWith(), (event) => {
    // Half a second a step.
    if (event.kind === 'progress') {
      phases.add(event.phase);
      if (event.phase === 'Trying steps') time += 500;
    }
  });
  expect([...phases]).toEqual(expect.arrayContaining(['Compiling GPU programs', 'Trying steps']));
  expect(probed).toMatchObject({ fits: true, microBatchSize: 2, batchSize: 2 });
  expect(probed.step).toBeCloseTo(0.5, 1);
  expect(probed.bytes).toBeGreaterThan(0);
  const { memory, sets } = await session.plan(choiceWith());
  expect(probed.bytes / (memory?.total ?? NaN)).toBeGreaterThan(0.7);
  expect(probed.bytes / (memory?.total ?? NaN)).toBeLessThan(1.4);
  const steps = Math.ceil(sets.train.length / 2);
  expect(probed.batches).toEqual([steps]);
  expect(probed.time?.whole).toBeGreaterThan(3 * steps * 0.5 * 0.99);
  expect([...storage.keys()]).toEqual(paths);
  // The device still trains after it.
  await session.train(choiceWith({ epochs: 1 }), ignore);
});

test.each([
  [1, { fits: true, microBatchSize: 1 }],
  [2, { fits: false, microBatchSize: 1, problem: { code: 'GPU_MEMORY' } }],
])('a device that is too small %i times is told, in parts or not at all', async (times, found) => {
  let left = times;
  const spy = vi.spyOn(EngineDevice.prototype, 'check').mockImplementation(() => {
    if (left === 0) return;
    left -= 1;
    throw new CapsuleError('GPU_MEMORY', { found: 'for the test' });
  });
  try {
    const told: JobEvent[] = [];
    const probed = await session.probe(choiceWith(), (event) => {
      told.push(event);
      time += 1000;
    });
    expect(probed).toMatchObject(found);
    expect(probed.time === undefined).toBe(!found.fits);
    const codes = told.flatMap((event) => (event.kind === 'problem' ? event.problem.code : []));
    expect(codes).toEqual(['GPU_PARTS']);
  } finally {
    spy.mockRestore();
  }
});

test('a probe of a network that explodes says so', async () => {
  const exploding = session.probe(choiceWith({ learning_rate: 1e30 }), ignore);
  await expect(exploding).rejects.toMatchObject({ code: 'LOSS_NOT_FINITE' });
});
