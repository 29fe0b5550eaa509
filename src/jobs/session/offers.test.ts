import { afterEach, beforeEach, expect, test } from 'vitest';
import { tinyCaps, tinyParticipants, tinyTable } from '../../../tests/support/tiny-caps.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import { TASKS } from '../../core/config/schema.ts';
import type { MemoryTree } from '../../core/files/memory-tree.ts';
import { NETWORKS } from '../../engine/networks/registry.ts';
import { CapsuleSession } from '../session.ts';
import type { ExperimentChoice, ModeOptions } from '../session-api.ts';

const people = tinyParticipants(8);
const choice: ExperimentChoice = {
  ...{ preprocessing: '', mode: { mode: 'image' }, classes: ['AD', 'CN'], excluded: [] },
  ...{ validationShare: 0.2, testShare: 0.2 },
  config: mergeConfig('classification', { label: 'diagnosis' }),
};
let session: CapsuleSession;
let caps: MemoryTree;

beforeEach(async () => {
  caps = await tinyCaps(people);
  await caps.write('labels.tsv', tinyTable(people));
  const missing = () => Promise.reject(new Error('not needed here'));
  session = new CapsuleSession({
    ...{ gpu: undefined, gpuRemark: '', runtime: 'test', baseBrain: missing },
    clock: { now: () => 0, elapsed: () => 0 },
    openTree: () => Promise.resolve(caps),
    ...{ workspace: missing, workspaceFolders: missing, removeWorkspace: missing },
  });
  await session.openFolder({ kind: 'opfs', path: 'anywhere' }, () => undefined);
});

afterEach(() => session.close());

test.each(TASKS)('the networks of a %s are all there, each for its task', async (task) => {
  const { networks } = await session.offers({ ...choice, config: mergeConfig(task, {}) });
  const known = NETWORKS.filter(
    ({ name, tasks }) => tasks.includes(task) && name !== 'Conv5_FC3_SSDA',
  );
  expect(networks.map(({ name }) => name)).toEqual(known.map(({ name }) => name));
});

test('parameters are those of the network on these volumes, or why it cannot take them', async () => {
  const plan = await session.plan({
    ...choice,
    config: { ...choice.config, architecture: 'Conv4_FC3' },
  });
  const { networks } = await session.offers(choice);
  const of = (name: string) => networks.find((network) => network.name === name);
  expect(of('Conv4_FC3')?.parameterCount).toBe(plan.network?.parameterCount);
  expect(of('resnet18')).toMatchObject({ dimension: '2D', refused: { code: 'NETWORK_INPUT' } });
  expect(of('resnet18')?.parameterCount).toBeUndefined();
});

test('slices open the networks of two dimensions', async () => {
  const slices: ModeOptions = { mode: 'slice', direction: 0, channels: 'rgb', discarded: [0, 0] };
  const { networks } = await session.offers({ ...choice, mode: slices });
  const fits = networks.filter(({ refused }) => refused === undefined).map(({ name }) => name);
  expect(fits).toContain('resnet18');
  expect(fits).not.toContain('ResNet3D');
});

test('regions are those that the CAPS has fitting masks of', async () => {
  const before = await session.offers(choice);
  expect(before).toMatchObject({ regions: ['low'], template: 'MNI152NLin2009cSym' });
  const mode: ModeOptions = {
    mode: 'roi',
    ...{ regions: ['low'], uncropped: false },
    ...{ customTemplate: before.template, customMaskPattern: '' },
  };
  const plan = await session.plan({ ...choice, mode });
  expect(plan.elements).toBe(1);
});

test('parts are counted where no network takes them, and the reason is told', async () => {
  const mode: ModeOptions = { mode: 'patch', patchSize: 8, strideSize: 8 };
  const config = { ...choice.config, architecture: 'resnet18' };
  const plan = await session.plan({ ...choice, config, mode });
  // 36 x 18 x 17 voxels hold 4 x 2 x 2 cubes of 8.
  expect(plan.elements).toBe(16);
  expect(plan.refused.map(({ code }) => code)).toEqual(['NETWORK_INPUT']);
});
