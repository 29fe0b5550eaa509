import { describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import {
  tinyCaps,
  tinyParticipants,
  tinyTable,
  TINY_SHAPE,
  TINY_SUFFIX,
} from '../../tests/support/tiny-caps.ts';
import { makeExtraction } from '../core/caps/extraction.ts';
import { mergeConfig } from '../core/config/parse.ts';
import type { PartialConfig } from '../core/config/schema.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile } from '../core/files/read.ts';
import { unionTree } from '../core/files/union-tree.ts';
import { safetensorsBytes } from '../core/torch/safetensors.ts';
import { TorchTensor } from '../core/torch/tensor.ts';
import { archiveStream } from '../core/torch/write.ts';
import { statesOf } from '../engine/networks/plan.ts';
import { planNetwork } from '../engine/networks/registry.ts';
import { canStart, dryRun, type DryRunRequest } from './dry-run.ts';
import type { JobEvent } from './events.ts';

const people = tinyParticipants(8);
const context = { clock: { now: () => 0, elapsed: () => 0 }, signal: new AbortController().signal };
const oneSplit = (
  train = tinyTable(people.slice(0, 6)),
  validation = tinyTable(people.slice(6)),
) => ({
  tables: new MemoryTree('study', {
    ...{ 'split/train.tsv': train, 'split/validation_baseline.tsv': validation },
  }),
  tablesFolder: 'split',
});
const extraction = makeExtraction(
  { pipeline: 'custom', suffix: TINY_SUFFIX },
  { mode: 'image' },
  'tiny',
);

async function look(
  more: Partial<DryRunRequest> & { given?: PartialConfig } = {},
  onEvent?: (event: JobEvent) => void,
) {
  const { given = {}, ...rest } = more;
  const config = mergeConfig('classification', { architecture: 'Conv4_FC3', ...given });
  const request = {
    ...{ config, extraction, capsDirectory: 'caps', places: [oneSplit()] },
    ...{ maps: new MemoryTree('maps'), caps: rest.caps ?? (await tinyCaps(people)) },
    ...rest,
  };
  return follow(dryRun(request, context), onEvent);
}

describe('a dry run of a sound training', () => {
  test('says who takes part, what they have and what the network sees', async () => {
    const maps = new MemoryTree('maps');
    const found = await look({ maps });
    expect(canStart(found)).toBe(true);
    expect(found.sets).toEqual([
      {
        ...{ name: 'split-0 train', sessions: 6, participants: 6 },
        labels: new Map([
          ['AD', 3],
          ['CN', 3],
        ]),
      },
      {
        ...{ name: 'split-0 validation', sessions: 2, participants: 2 },
        labels: new Map([
          ['AD', 1],
          ['CN', 1],
        ]),
      },
    ]);
    expect(found.surveys).toMatchObject([
      { cohort: 'single', survey: { sessions: 8, found: { nifti: 8 }, missing: [] } },
    ]);
    expect(found.messages.join('\n')).toMatch(/audit: clean/);
    expect(found.messages).toContain('Network: Conv4_FC3 on 1 x 36 x 18 x 17, 2 classes');
    expect(await listPaths(maps)).toEqual([]);
  });

  test('looks at the chosen folds alone', async () => {
    const tables = new MemoryTree('study');
    for (const [fold, at] of [0, 4].entries()) {
      const left = people.slice(at, at + 2);
      const kept = people.filter((person) => !left.includes(person));
      await tables.write(`folds/split-${fold}/train.tsv`, tinyTable(kept));
      await tables.write(`folds/split-${fold}/validation_baseline.tsv`, tinyTable(left));
    }
    const places = [{ tables, tablesFolder: 'folds' }];
    const found = await look({ places, given: { n_splits: 2, split: [1] } });
    expect(found.sets.map(({ name }) => name)).toEqual(['split-1 train', 'split-1 validation']);
  });
});

describe('a dry run tells, all at once, what would stop a training', () => {
  test('volumes that are missing', async () => {
    const caps = await tinyCaps(people);
    await caps.remove('subjects/sub-T07');
    const found = await look({ caps });
    expect(canStart(found)).toBe(false);
    expect(found.surveys[0]?.survey.missing).toMatchObject([{ participant: 'sub-T07' }]);
  });

  test('options that do not work, a folder that is not empty, and leakage', async () => {
    const maps = new MemoryTree('maps', { 'old.txt': '' });
    const places = [oneSplit(undefined, tinyTable(people.slice(5)))];
    const found = await look({ maps, places, given: { track_exp: 'wandb' } });
    expect(canStart(found)).toBe(false);
    expect(found.problems.map(({ code }) => code)).toEqual([
      ...['CONFIG_NOT_YET', 'FOLDER_NOT_EMPTY', 'LEAKAGE_PARTICIPANTS'],
    ]);
    // The volumes are looked at all the same.
    expect(found.surveys).toHaveLength(1);
  });

  test('leakage that someone knows of is said and stops nothing', async () => {
    const places = [oneSplit(undefined, tinyTable(people.slice(5)))];
    const found = await look({ places, iKnow: true });
    expect(found.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['LEAKAGE_KNOWN', 'warning'],
    ]);
    expect(canStart(found)).toBe(true);
  });

  test('a network that does not fit the elements', async () => {
    const patch = makeExtraction(
      { pipeline: 'custom', suffix: TINY_SUFFIX },
      { mode: 'patch', patchSize: 4, strideSize: 4 },
      'tiny',
    );
    const found = await look({ extraction: patch, given: { architecture: 'Conv5_FC3' } });
    expect(found.problems.map(({ code }) => code)).toEqual(['NETWORK_INPUT']);
    expect(canStart(found)).toBe(false);
  });

  test('but throws where there are no tables to go by', async () => {
    const places = [{ tables: new MemoryTree('study'), tablesFolder: 'split' }];
    await expect(look({ places })).rejects.toMatchObject({ code: 'SPLIT_MISSING' });
  });
});

test('several cohorts are looked at one by one', async () => {
  const half = people.slice(0, 4);
  const caps = unionTree(
    'both',
    new Map([
      ['A', await tinyCaps(people)],
      ['B', await tinyCaps(half)],
    ]),
  );
  const place = (cohort: string) => ({ ...oneSplit(), cohort, diagnoses: ['AD', 'CN'] });
  const cohorts = new Map([
    ['A', 'a'],
    ['B', 'b'],
  ]);
  const places = [place('A'), place('B')];
  const found = await look({ caps, cohorts, places, given: { multi_cohort: true } });
  expect(found.sets[0]).toMatchObject({ sessions: 12, participants: 12 });
  expect(
    found.surveys.map(({ cohort, survey }) => [cohort, survey.sessions, survey.missing.length]),
  ).toEqual([
    ['A', 8, 0],
    ['B', 8, 4],
  ]);
  expect(canStart(found)).toBe(false);
});

describe('a dry run of a training that starts from a file of weights', () => {
  const weights = async (more: Readonly<Record<string, readonly number[]>> = {}) => {
    const plan = planNetwork('Conv4_FC3', [1, ...TINY_SHAPE], 2, 0);
    const shapes = {
      ...Object.fromEntries(statesOf(plan).map((of) => [of.name, of.shape])),
      ...more,
    };
    const tensors = Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, TorchTensor.float32(shape, new Float32Array(count))] as const;
    });
    const tree = new MemoryTree('files');
    await tree.write('w.safetensors', archiveStream(safetensorsBytes(new Map(tensors))));
    return needFile(tree, 'w.safetensors');
  };

  test('says that nobody knows whom they have seen', async () => {
    const found = await look({ transfer: await weights() });
    expect(found.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['LEAKAGE_UNKNOWN', 'warning'],
    ]);
    expect(canStart(found)).toBe(true);
  });

  test('tells weights that do not fit', async () => {
    const found = await look({ transfer: await weights({ 'fc.6.bias': [3] }) });
    expect(found.problems.map(({ code }) => code)).toEqual(['LEAKAGE_UNKNOWN', 'WEIGHTS_MISMATCH']);
    expect(canStart(found)).toBe(false);
  });

  test('tells a file that holds none', async () => {
    const tree = new MemoryTree('files');
    await tree.write('w.pt', 'none');
    const found = await look({ transfer: await needFile(tree, 'w.pt') });
    expect(found.problems.map(({ code, file }) => [code, file])).toEqual([
      ['TORCH_FORMAT', 'w.pt'],
    ]);
  });
});
