/** The committed MAPS of the reference, and a small training to write, for the tests of this folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { MemoryTree } from '../../files/memory-tree.ts';
import type { PartPrediction } from '../../metrics/ensemble.ts';
import { TorchTensor } from '../../torch/tensor.ts';
import type { Checkpoint, OptimizerCheckpoint } from '../../torch/checkpoint.ts';
import type { TaskResults } from '../split-writer.ts';
import type { GroupDefinition, NewMaps } from '../writer.ts';

const root = resolve(import.meta.dirname, '../../../..');
export const referenceFolder = resolve(root, 'tests/fixtures/reference/synthetic/maps_ad');
export const goldFolder = resolve(root, '../shared/gold');

/** @returns all files of a folder on disk as a tree in memory. */
export function treeOf(folder: string): MemoryTree {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), new Uint8Array(readFileSync(path))] as const;
    });
  return new MemoryTree('maps', Object.fromEntries(files));
}

export async function textOf(tree: MemoryTree, path: string): Promise<string | undefined> {
  const file = await tree.file(path);
  return file === undefined ? undefined : new TextDecoder().decode(await file.bytes());
}

const group: GroupDefinition = {
  rows: [
    { participant: 'sub-A', session: 'ses-M000', cohort: 'single', label: 'AD' },
    { participant: 'sub-B', session: 'ses-M000', cohort: 'single', label: 'CN' },
  ],
  label: 'diagnosis',
  capsDirectory: 'caps',
  multiCohort: false,
};

export function smallMaps(splits: number): NewMaps {
  const mapsJson = readFileSync(resolve(referenceFolder, 'maps.json'), 'utf8');
  return {
    mapsJson,
    environment: 'capsule==0.1.0\n',
    date: '23 Nov 2026, 07:24:49',
    path: '/data/maps',
    network: 'Sequential()',
    trainValidation: group.rows,
    splits: Array.from({ length: splits }, (_, index) => ({
      index,
      train: group,
      validation: group,
    })),
  };
}

export const smallCheckpoint = (epoch: number): Checkpoint => ({
  model: new Map([['fc.0.weight', TorchTensor.float32([1, 2], Float32Array.of(epoch, 2))]]),
  epoch,
  name: 'Conv4_FC3',
});

export const smallOptimizer = (epoch: number): OptimizerCheckpoint => ({
  optimizer: new Map([['state', new Map()]]),
  epoch,
  name: 'Conv4_FC3',
});

const predictions: PartPrediction[] = group.rows.map(({ participant, session }, index) => ({
  participant,
  session,
  part: 0,
  truth: index,
  predicted: 0,
  probabilities: [0.75, 0.25],
}));

export const smallResults = (name: string): TaskResults => ({
  ...{ kind: 'classification', mode: 'image', classes: 2, predictions },
  metrics: [
    {
      metrics: [
        { name: 'BA', value: 0.5, interval: { lower: 0, upper: 1, standardError: 0.1 } },
        { name: 'F1_score', value: 0n, interval: { lower: 0, upper: 0, standardError: 0 } },
        { name: 'loss', value: 0.7 },
      ],
    },
  ],
  description: {
    group: name,
    date: '2026-11-23 07:25:23.441849',
    caps: new Map([['single', 'caps']]),
    participants: 2,
    sessions: 2,
  },
});
