import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { memoryPlatform } from '../../../tests/support/memory-platform.ts';
import { tinyCaps, tinyParticipants } from '../../../tests/support/tiny-caps.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { Task } from '../../core/config/schema.ts';
import type { MemoryTree } from '../../core/files/memory-tree.ts';
import { memoryFile } from '../../core/files/memory-tree.ts';
import { readVolume } from '../../core/nifti/read.ts';
import type { ExperimentChoice, ExplainRequest, JobEvent, Method } from '../session-api.ts';
import { CapsuleSession } from '../session.ts';

const people = tinyParticipants(12);
const ignore = () => undefined;
const folder = { kind: 'opfs', path: 'anywhere' } as const;
const SHAPE = [36, 18, 17];

let caps: MemoryTree;
let storage: Map<string, MemoryTree>;
let session: CapsuleSession;

beforeAll(async () => {
  caps = await tinyCaps(people);
  const labels = people.map(
    ({ participant }, index) => `${participant}\tses-M000\t${index < 6 ? 'F' : 'M'}\t${60 + index}`,
  );
  await caps.write('labels.tsv', ['participant_id\tsession_id\tsex\tage', ...labels].join('\n'));
});

beforeEach(async () => {
  await session?.close();
  storage = new Map();
  session = new CapsuleSession(await memoryPlatform(caps, storage));
});
afterAll(() => session.close());

async function trained(task: Task, changes: Partial<ExperimentChoice>, label?: string) {
  await session.openFolder(folder, ignore);
  const model = await session.train(
    {
      ...{ preprocessing: '', mode: { mode: 'image' }, excluded: [] },
      ...{ classes: task === 'classification' ? ['F', 'M'] : [] },
      ...{ validationShare: 0.2, testShare: 0.2 },
      config: mergeConfig(task, {
        ...{ architecture: task === 'reconstruction' ? 'AE_Conv4_FC3' : 'Conv4_FC3', seed: 3 },
        ...{ ...(label === undefined ? {} : { label }), epochs: 1, batch_size: 4 },
        ...{ multi_network: changes.mode?.mode === 'patch' },
      }),
      ...changes,
    },
    ignore,
  );
  const tested = model.results.find(({ group }) => group === 'test')?.predictions ?? [];
  const [first] = tested;
  if (first === undefined) throw new Error('nobody was tested');
  const { participant } = first;
  const request: ExplainRequest = {
    ...{ participant, session: 'ses-M000', selectionMetric: 'loss', targetClass: 0 },
  };
  return { request, tested, first };
}

const voxels = async (bytes: Uint8Array<ArrayBuffer>) =>
  (await readVolume(memoryFile('map.nii', bytes))).volume;

test('methods with their settings, a check with randomised weights, and the mean over a class', async () => {
  const { request, tested } = await trained('classification', {}, 'sex');
  const occlusion: Method = { method: 'occlusion', size: 9, stride: 9, value: 0 };
  const events: JobEvent[] = [];
  const covered = await session.explain({ ...request, method: occlusion }, (event) =>
    events.push(event),
  );
  // Cubes of 9 voxels over 36 x 18 x 17: 4 x 2 x 2.
  const steps = events.flatMap((event) => (event.kind === 'progress' ? [event] : []));
  expect(steps.some(({ unit, total }) => unit === 'steps' && total === 16)).toBe(true);
  const map = await voxels(covered.map);
  expect(map.shape).toEqual(SHAPE);
  expect(new Set(map.data).size).toBeLessThanOrEqual(16);
  expect(covered.sanity).toBeUndefined();

  const checked = await session.explain({ ...request, sanityCheck: true }, ignore);
  const own = await voxels(checked.map);
  const random = await voxels(checked.sanity?.map ?? new Uint8Array());
  expect(random.shape).toEqual(SHAPE);
  expect(own.data.some((value, at) => value !== random.data[at])).toBe(true);
  expect(checked.sanity).toMatchObject({ maps: 1 });
  expect(checked.sanity?.verdict).toContain(checked.sanity?.correlation.toFixed(2));
  // One epoch on twelve brains teaches nothing, and the page is told so.
  expect(checked.caution?.code).toBe('INTERPRET_CHANCE');
  const peak = Math.max(...own.data.map(Math.abs));
  expect(Math.abs(checked.peakValue)).toBeCloseTo(peak, 6);
  expect(checked.signed).toBe(true);

  const women = tested.filter(({ trueLabel }) => trueLabel === 'F');
  const group = { name: 'test', className: 'F' };
  const mean = await session.explain({ ...request, participant: '', session: '', group }, ignore);
  expect(mean.sessions).toEqual({ map: women.length, scan: women.length });
  expect(mean.prediction).toBeUndefined();
  const singles = [];
  for (const { participant } of women) {
    const single = await session.explain({ ...request, participant }, ignore);
    singles.push((await voxels(single.map)).data);
  }
  const means = (await voxels(mean.map)).data;
  for (let at = 0; at < means.length; at += 97) {
    const sum = singles.reduce((total, values) => total + (values[at] ?? NaN), 0);
    expect(means[at]).toBeCloseTo(sum / singles.length, 6);
  }
  const [tree] = [...storage].flatMap(([name, found]) => (name.startsWith('maps/') ? [found] : []));
  const paths = [];
  for await (const path of tree?.paths() ?? []) paths.push(path);
  const where = 'split-0/best-loss/test/interpret-';
  expect(paths).toContain(
    `${where}occlusion-size-9-F/${request.participant}_ses-M000_image-0_map.pt`,
  );
  expect(paths).toContain(`${where}gradients-F-of-F/mean_image-0_map.nii.gz`);
  expect(paths).toContain(`${where}gradients-F-of-F/interpretation.json`);
  await expect(
    session.explain({ ...request, group: { name: 'test', className: 'X' } }, ignore),
  ).rejects.toMatchObject({ code: 'MAPS_GROUP' });
});

test('a regression is explained by its one value', async () => {
  const { request, first } = await trained('regression', {}, 'age');
  const { map, prediction, peak } = await session.explain(request, ignore);
  expect((await voxels(map)).shape).toEqual(SHAPE);
  expect(peak).toBeGreaterThan(0);
  expect(prediction?.trueLabel).toBe(first.trueLabel);
  expect(Number(prediction?.predictedLabel)).toBeCloseTo(Number(first.predictedLabel), 3);
  expect(prediction?.probabilities).toEqual([]);
  await expect(session.explain({ ...request, targetClass: 1 }, ignore)).rejects.toMatchObject({
    code: 'CONFIG_VALUE',
  });
});

test('several networks explain their parts, together in the space of the scan or one alone', async () => {
  const mode = { mode: 'patch', patchSize: 17, strideSize: 17 } as const;
  const { request, first } = await trained('classification', { mode }, 'sex');
  const all = await session.explain(request, ignore);
  expect(all.parts).toEqual([0, 1]);
  expect(all.prediction?.predictedLabel).toBe(first.predictedLabel);
  const together = await voxels(all.map);
  expect(together.shape).toEqual(SHAPE);
  const one = await session.explain({ ...request, part: 1 }, ignore);
  expect(one.parts).toEqual([1]);
  expect(one.partPrediction?.probabilities).toHaveLength(2);
  const part = await voxels(one.map);
  expect(part.shape).toEqual([17, 17, 17]);
  // The second patch begins at voxel 17 of the long axis.
  for (const [x, y, z] of [
    [0, 0, 0],
    [5, 9, 3],
    [16, 16, 16],
  ] as const) {
    const ofPart = part.data[(x * 17 + y) * 17 + z];
    expect(together.data[((x + 17) * 18 + y) * 17 + z]).toBe(ofPart);
  }
  // Nothing was explained beyond the patches.
  expect(together.data[(35 * 18 + 17) * 17 + 16]).toBe(0);
});

test('what makes volumes has no score to explain', async () => {
  const { request } = await trained('reconstruction', {});
  await expect(session.explain(request, ignore)).rejects.toMatchObject({
    code: 'INTERPRET_METHOD',
  });
});

test('a thumbnail of each scan', async () => {
  await session.openFolder(folder, ignore);
  const picture = await session.thumbnail(people[0]?.participant ?? '', 'ses-M000');
  expect(picture.pixels).toHaveLength(picture.width * picture.height);
  expect(new Set(picture.pixels).size).toBeGreaterThan(8);
  await expect(session.thumbnail('sub-Nobody', 'ses-M000')).rejects.toMatchObject({
    code: 'CAPS_NO_VOLUME',
  });
});
