import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { follow } from '../support/follow.ts';
import { openTestDevice } from '../support/gpu.ts';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile, readText } from '../../src/core/files/read.ts';
import { readVolume } from '../../src/core/nifti/read.ts';
import { checkpointBytes } from '../../src/core/torch/checkpoint.ts';
import { readTorch } from '../../src/core/torch/read.ts';
import { TorchTensor } from '../../src/core/torch/tensor.ts';
import { archiveStream } from '../../src/core/torch/write.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { Forgetter } from '../../src/engine/interpret/randomise.ts';
import { Network } from '../../src/engine/networks/network.ts';
import { planNetwork } from '../../src/engine/networks/registry.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import type { InterpretationEvent, JobEvent } from '../../src/jobs/events.ts';
import { interpret, type InterpretRequest } from '../../src/jobs/interpret.ts';
import { checkpointOf } from '../../src/jobs/shared/weights.ts';

// Maps of a model that ClinicaDL trained, and of MAPS made from it, with fresh networks in them.
const FOLDER = 'tests/fixtures/reference/synthetic';
const caps = new DiskTree(`${FOLDER}/caps`);
const reference = new DiskTree(`${FOLDER}/maps_ad`);
const PEOPLE = 4;

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterEach(() => device.check());
afterAll(() => device.close());

/** The reference MAPS without its maps; with other keys in maps.json, and fresh networks, where given. */
async function mapsWith(
  changes: Record<string, unknown> = {},
  networks: readonly Network[] = [],
): Promise<MemoryTree> {
  const tree = new MemoryTree('maps');
  for await (const path of reference.paths()) {
    if (path.includes('/interpret-') || (networks.length > 0 && /best-.*\//.test(path))) continue;
    await tree.write(path, await (await needFile(reference, path)).bytes());
  }
  const known = JSON.parse(await readText(tree, 'maps.json')) as Record<string, unknown>;
  await tree.write('maps.json', JSON.stringify({ ...known, ...changes }));
  for (const [number, network] of networks.entries()) {
    const prefix = networks.length > 1 ? `network-${number}_` : '';
    const model = checkpointBytes(await checkpointOf(network, 0));
    await tree.write(`split-0/best-loss/${prefix}model.pth.tar`, archiveStream(model));
  }
  return tree;
}

async function explain(maps: MemoryTree, changes: Partial<InterpretRequest> = {}) {
  const events: JobEvent[] = [];
  const job = interpret(
    {
      ...{ maps, caps, group: 'test', name: 'x', unreadable: 'stop', selectionMetrics: [] },
      ...{ targetNode: 0, saveIndividual: false, saveNifti: false, overwriteName: false },
      ...changes,
    },
    { device, clock: systemClock, signal: new AbortController().signal },
  );
  const kept = await follow(job, (event) => events.push(event));
  return { kept, events };
}

async function values(tree: MemoryTree, file: string): Promise<Float32Array> {
  const path = `split-0/best-loss/test/interpret-x/${file}_map.pt`;
  const tensor = readTorch(await (await needFile(tree, path)).bytes());
  if (!(tensor instanceof TorchTensor)) throw new Error(path);
  return tensor.toFloat32();
}

const norm = (numbers: ArrayLike<number>) => Math.hypot(...Array.from(numbers).slice(0, 50_000));

const extraction = (changes: Record<string, unknown>) => ({
  preprocessing_dict: {
    ...{ preprocessing: 't1-linear', use_uncropped_image: false, prepare_dl: false },
    ...{ extract_json: 'x.json', ...changes },
    file_type: {
      pattern: '*space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz',
      description: '',
    },
  },
});

/** A MAPS of slices along the third axis, of which so many in the middle are left. */
const slices = (count: number) => ({
  ...extraction({
    ...{ mode: 'slice', slice_direction: 2, slice_mode: 'single' },
    discarded_slices: [FIRST, 36 - FIRST - count],
  }),
  ...{ mode: 'slice', num_networks: count, input_size: [1, 44, 40] },
});
const FIRST = 15;

interface MapsRecord {
  readonly sanity_check: {
    readonly layers: readonly { readonly from: string; readonly correlation: number }[];
    readonly correlation: number;
  };
  readonly caution: string | null;
}

async function recordOf(maps: MemoryTree): Promise<MapsRecord> {
  const path = 'split-0/best-loss/test/interpret-x/interpretation.json';
  return JSON.parse(await readText(maps, path)) as MapsRecord;
}

test('says whether maps depend on what was learned, and that nothing was', async () => {
  const maps = await mapsWith();
  const { events } = await explain(maps, { sanityCheck: 'full', seed: 5 });
  const found = events.find((event) => event.kind === 'interpretation') as InterpretationEvent;
  const { layers, ...check } = (await recordOf(maps)).sanity_check;
  expect(await recordOf(maps)).toMatchObject({
    ...{ method: 'gradients', settings: {}, target_node: 0, target: 'AD', sessions: PEOPLE },
  });
  expect(check).toMatchObject({ randomisation: 'full', seed: 5, maps: PEOPLE });
  expect(check).toMatchObject({ correlation: found.correlation, verdict: found.verdict });
  expect(layers).toEqual([{ from: 'convolutions.0', correlation: found.correlation }]);
  // Other filters see other edges.
  expect(Math.abs(found.correlation ?? 1)).toBeLessThan(0.7);
  expect(found.verdict).toContain('The check proves nothing here');
  // Its validation has one class for everybody.
  expect((await recordOf(maps)).caution).toContain('validation BA 0.50');
  const codes = events.flatMap((event) => (event.kind === 'problem' ? [event.problem.code] : []));
  expect(codes).toEqual(['INTERPRET_CHANCE']);
  expect(events).toContainEqual({
    kind: 'log',
    message: 'Explained: best-loss of split-0. Not explained: best-BA (-sm BA asks for it).',
  });
});

test('forgets layer by layer, where a cascade is asked for, and ends where all are forgotten', async () => {
  const network = new Network(planNetwork('Conv4_FC3', [1, 44, 40], 2, 0), 3);
  const maps = await mapsWith(slices(1), [network]);
  network.dispose();
  await explain(maps, { sanityCheck: 'cascade', seed: 5 });
  const { layers, correlation } = (await recordOf(maps)).sanity_check;
  expect(layers.map(({ from }) => from)).toEqual([
    ...['fc.6', 'fc.4', 'fc.2'],
    ...[16, 12, 8, 4, 0].map((layer) => `convolutions.${layer}`),
  ]);
  expect(layers.at(-1)?.correlation).toBe(correlation);
  expect(new Set(layers.map((layer) => layer.correlation)).size).toBe(layers.length);
  await explain(maps, { sanityCheck: 'full', seed: 5, overwriteName: true });
  expect((await recordOf(maps)).sanity_check.correlation).toBe(correlation);
});

test('forgets from a layer on, and nothing before it', async () => {
  const network = new Network(planNetwork('Conv4_FC3', [1, 40, 36], 2, 0), 7);
  // The seed of the training: what it began with is not what is forgotten to.
  const forgetter = await Forgetter.of(network, 7);
  const own = await network.state();
  for (const [first, kept] of [
    ['fc.4', own.findIndex(({ name }) => name === 'fc.4.weight')],
    ['convolutions.0', 0],
  ] as const) {
    const random = forgetter.from(first);
    const states = await random.state();
    random.dispose();
    const same = states.map(({ values }, index) =>
      values.every((value, i) => value === own[index]?.values[i]),
    );
    expect(same.slice(0, kept)).toEqual(Array(kept).fill(true));
    const weights = own.map(({ shape }, index) => shape.length > 1 && index >= kept);
    same.forEach(
      (isSame, index) => weights[index] === true && expect(isSame, own[index]?.name).toBe(false),
    );
  }
  network.dispose();
});

test('explains slices where they lie, the first ones discarded, and their mean rightly', async () => {
  const network = new Network(planNetwork('Conv4_FC3', [1, 44, 40], 2, 0), 3);
  const maps = await mapsWith(slices(4), [network]);
  network.dispose();
  await explain(maps, { saveIndividual: true, saveNifti: true });
  const folder = 'split-0/best-loss/test/interpret-x';
  const written: string[] = [];
  for await (const path of maps.paths(folder)) written.push(path.slice(folder.length + 1));
  const means = written.filter((name) => name.startsWith('mean') && name.endsWith('.pt'));
  expect(means).toHaveLength(4);
  expect(
    written.filter((name) => name.startsWith('sub-SYN316') && name.endsWith('.pt')),
  ).toHaveLength(4);
  const [first = ''] = means.sort(
    (a, b) => Number(/-(\d+)_/.exec(a)?.[1]) - Number(/-(\d+)_/.exec(b)?.[1]),
  );
  const part = first.slice('mean_'.length, -'_map.pt'.length);
  const singles = await Promise.all(
    ['316', '317', '318', '319'].map((n) => values(maps, `sub-SYN${n}_ses-M000_${part}`)),
  );
  const mean = await values(maps, `mean_${part}`);
  for (const place of [0, 700, 1300]) {
    const sum = singles.reduce((all, single) => all + (single[place] ?? NaN), 0);
    expect(mean[place]).toBeCloseTo(sum / PEOPLE, 6);
  }
  const map = await readVolume(
    await needFile(maps, `${folder}/sub-SYN316_ses-M000_${part}_map.nii.gz`),
  );
  expect(map.header.shape).toEqual([44, 40, 1]);
  let scan: Awaited<ReturnType<typeof readVolume>> | undefined;
  for await (const path of caps.paths('subjects/sub-SYN316'))
    scan = await readVolume(await needFile(caps, path));
  // The first plane that is left.
  const [a, b] = [map.affine, scan?.affine ?? []];
  for (const row of [0, 1, 2]) {
    expect(a[4 * row + 3]).toBeCloseTo(
      (b[4 * row + 3] ?? NaN) + FIRST * (b[4 * row + 2] ?? NaN),
      4,
    );
  }

  await explain(maps, { compat: '1.6.1', overwriteName: true });
  const theirs = await values(maps, `mean_${part}`);
  expect(norm(theirs) / norm(mean)).toBeCloseTo(1 / 4, 6);
});

test('several networks each explain their own part', async () => {
  const plan = planNetwork('Conv4_FC3', [1, 34, 34, 34], 2, 0);
  const networks = [new Network(plan, 3), new Network(plan, 4)];
  const patched = {
    ...extraction({ mode: 'patch', patch_size: 34, stride_size: 10 }),
    ...{ mode: 'patch', input_size: [1, 34, 34, 34], num_networks: 2 },
  };
  const several = await mapsWith({ ...patched, multi_network: true }, networks);
  await explain(several, { method: { method: 'guided-backpropagation' } });
  for (const [number, network] of networks.entries()) {
    const single = await mapsWith(patched, [network]);
    await explain(single, { method: { method: 'guided-backpropagation' } });
    const file = `mean_patch-${number}`;
    const own = await values(several, file);
    expect(norm(own)).toBeGreaterThan(0);
    expect(own).toEqual(await values(single, file));
    network.dispose();
  }
});

test('a single session is explained without a trace of a group', async () => {
  const maps = await mapsWith();
  const sessions = [{ participant: 'sub-SYN317', session: 'ses-M000' }];
  const method = { method: 'grad-cam++' } as const;
  const { kept } = await explain(maps, { sessions, method, saveIndividual: true, saveNifti: true });
  expect(kept.map(({ participant }) => participant)).toEqual(['sub-SYN317']);
  expect(kept[0]?.shape).toEqual([1, 44, 40, 36]);
  const written: string[] = [];
  for await (const path of maps.paths('split-0/best-loss/test/interpret-x')) written.push(path);
  expect(written.every((path) => path.includes('sub-SYN317'))).toBe(true);
});

test('--overwrite defines the group anew, but not what the training defined', async () => {
  const maps = await mapsWith();
  const method = { method: 'grad-cam', form: 'clinicadl' } as const;
  const rows = [{ participant: 'sub-SYN318', session: 'ses-M000', cohort: 'single', label: 'AD' }];
  const group = { rows, labelled: true, capsDirectory: 'caps', checkLeakage: true };
  const refused = explain(maps, { method, definition: group });
  await expect(refused).rejects.toMatchObject({ code: 'MAPS_GROUP' });
  await explain(maps, { method, definition: group, overwrite: true });
  expect(await recordOf(maps)).toMatchObject({ sessions: 1 });
  expect(await maps.file('split-0/best-BA/test/description.log')).toBeUndefined();
  const training = explain(maps, { group: 'train', overwrite: true });
  await expect(training).rejects.toMatchObject({ code: 'MAPS_GROUP' });
});

test('refuses before a volume is read', async () => {
  const maps = await mapsWith();
  await expect(explain(maps, { targetNode: 2 })).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
  const level = { method: 'grad-cam', level: 99, form: 'paper' } as const;
  await expect(explain(maps, { method: level })).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
  const making = await mapsWith({
    network_task: 'reconstruction',
    architecture: 'AE_Conv4_FC3',
    label: null,
    label_code: null,
    loss: 'MSELoss',
  });
  await expect(explain(making)).rejects.toMatchObject({ code: 'INTERPRET_METHOD' });
});
