import { expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import { describe } from '../../core/errors.ts';
import type { PartialConfig } from '../../core/config/schema.ts';
import type { ExperimentChoice, MemoryEstimate, ModeOptions } from '../../jobs/session-api.ts';
import { patchesOf, remediesFor, slicesOf } from './remedies.ts';

const choice = (
  config: PartialConfig,
  mode: ModeOptions = { mode: 'image' },
): ExperimentChoice => ({
  ...{ preprocessing: '', classes: ['AD', 'CN'], excluded: [], validationShare: 0.2 },
  ...{ testShare: 0.2, mode, config: mergeConfig('classification', config) },
});
const memory = (fits: boolean) => ({ fits }) as MemoryEstimate;
const shape = [169, 208, 179];
const kinds = (...given: Parameters<typeof remediesFor>): string[] =>
  remediesFor(...given).map(({ kind }) => kind);

test('what fits needs no remedy', () => {
  expect(kinds(choice({}), { memory: memory(true), refused: [] }, undefined, shape)).toEqual([]);
});

test('too little memory: smaller batches, half precision, fewer voxels, patches, the gentlest first', () => {
  const plan = { memory: memory(false), refused: [] };
  const remedies = remediesFor(choice({ batch_size: 9 }), plan, undefined, shape);
  expect(remedies).toEqual([
    { kind: 'batch', size: 4, config: { batch_size: 4 } },
    { kind: 'half', config: { amp: true } },
    { kind: 'reduce', config: { size_reduction: true } },
    { kind: 'patch', size: 50, mode: { mode: 'patch', patchSize: 50, strideSize: 50 } },
  ]);
});

test('what was done already is not offered again', () => {
  const plan = { memory: memory(false), refused: [] };
  const all = { batch_size: 1, amp: true, size_reduction: true };
  expect(kinds(choice(all), plan, undefined, shape)).toEqual(['patch']);
  expect(kinds(choice(all, patchesOf(shape)), plan, undefined, shape)).toEqual([]);
});

test('a network that does not take the parts gives way to the first that does, or the parts to scans', () => {
  const plan = { refused: [describe('NETWORK_INPUT', {})] };
  const networks = [
    { name: 'ResNet3D', dimension: '3D', refused: describe('NETWORK_INPUT', {}) },
    { name: 'Conv4_FC3', dimension: '2D or 3D', parameterCount: 9 },
  ] as const;
  const offers = { networks, regions: [], template: '' };
  const remedies = remediesFor(
    ...([choice({ architecture: 'ResNet3D' }, slicesOf(shape)), plan, offers, shape] as const),
  );
  expect(remedies).toEqual([
    { kind: 'network', name: 'Conv4_FC3', config: { architecture: 'Conv4_FC3' } },
    { kind: 'image', mode: { mode: 'image' } },
  ]);
});

test('one network for each part of a whole scan is undone', () => {
  const plan = { refused: [describe('CONFIG_VALUE', {})] };
  expect(kinds(choice({ multi_network: true }), plan, undefined, shape)).toEqual(['single']);
});

test('parts suit small scans too: some voxels, some slices are left', () => {
  expect(patchesOf([30, 36, 30])).toMatchObject({ patchSize: 15, strideSize: 15 });
  expect(patchesOf([1, 1, 1]).patchSize).toBe(1);
  expect(slicesOf(shape).discarded).toEqual([20]);
  expect(slicesOf([30, 36, 30]).discarded).toEqual([6]);
});
