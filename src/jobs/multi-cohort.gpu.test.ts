/** Two CAPS whose participants have the same ids, beside one CAPS of the same people renamed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import {
  tinyCaps,
  tinyParticipants,
  tinyTable,
  TINY_SUFFIX,
  type TinyParticipant,
} from '../../tests/support/tiny-caps.ts';
import { makeExtraction } from '../core/caps/extraction.ts';
import { mergeConfig } from '../core/config/parse.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readJson, readText } from '../core/files/read.ts';
import { unionTree } from '../core/files/union-tree.ts';
import { openMaps } from '../core/maps/reader.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import { interpret } from './interpret.ts';
import { predict } from './predict.ts';
import { train, type TrainRequest } from './train.ts';
import type { SetsPlace } from './training/read-sets.ts';

const clock = { now: () => 0, elapsed: () => 0 };
const signal = new AbortController().signal;
const people = tinyParticipants(12);
/** The second half is called as the first half is. */
const halves = [people.slice(0, 6), people.slice(6)] as const;
const [first, second] = halves;
const renamed = second.map((of, at) => ({ ...of, participant: first[at]?.participant ?? '' }));

let device: EngineDevice;
let whole: MemoryTree;
let caps: ReturnType<typeof unionTree>;
beforeAll(async () => {
  device = await openTestDevice();
  whole = await tinyCaps(people);
  caps = unionTree(
    'both',
    new Map([
      ['A', await part(first, first)],
      ['B', await part(second, renamed)],
    ]),
  );
});
afterAll(() => device.close());

async function part(of: readonly TinyParticipant[], named: readonly TinyParticipant[]) {
  const tree = new MemoryTree('part');
  for (const [at, { participant }] of of.entries()) {
    for (const path of await listPaths(whole, `subjects/${participant}`)) {
      const bytes = await (await needFile(whole, path)).bytes();
      await tree.write(path.replaceAll(participant, named[at]?.participant ?? ''), bytes);
    }
  }
  return tree;
}

const sets = (of: readonly TinyParticipant[]) =>
  new MemoryTree('tables', {
    'split/train.tsv': tinyTable(of.slice(0, 4)),
    'split/validation_baseline.tsv': tinyTable(of.slice(4)),
    'train.tsv': tinyTable(of),
  });
const COHORTS = new Map([
  ['A', '/data/a'],
  ['B', '/data/b'],
]);
const places: SetsPlace[] = [
  { tables: sets(first), tablesFolder: 'split', cohort: 'A', diagnoses: ['AD', 'CN'] },
  { tables: sets(renamed), tablesFolder: 'split', cohort: 'B', diagnoses: ['AD', 'CN'] },
];

async function run(of: Pick<TrainRequest, 'caps' | 'tables'> & Partial<TrainRequest>) {
  const maps = new MemoryTree('maps');
  const isMulti = of.cohorts !== undefined;
  const config = mergeConfig('classification', {
    ...{ architecture: 'Conv4_FC3', epochs: 2, batch_size: 4, learning_rate: 1e-3 },
    multi_cohort: isMulti,
  });
  const job = train(
    {
      ...{ config, maps, mapsDirectory: 'maps', tsvDirectory: 'sets', capsDirectory: 'caps.tsv' },
      extraction: makeExtraction(
        { pipeline: 'custom', suffix: TINY_SUFFIX },
        { mode: 'image' },
        'tiny',
      ),
      ...{ tablesFolder: 'split', unreadable: 'stop', runtime: 'test', ...of },
    },
    { device, clock, signal },
  );
  await follow(job);
  return maps;
}

describe('two cohorts with the same ids', () => {
  let multi: MemoryTree;
  beforeAll(async () => {
    const [{ tables }] = places as [SetsPlace];
    multi = await run({ caps, cohorts: COHORTS, tables, places });
  });

  test('train as one with ids of their own does, number for number', async () => {
    const order = [...first.slice(0, 4), ...second.slice(0, 4)];
    const others = [...first.slice(4), ...second.slice(4)];
    const tables = new MemoryTree('tables', {
      'split/train.tsv': tinyTable(order),
      'split/validation_baseline.tsv': tinyTable(others),
      'train.tsv': tinyTable(people),
    });
    const single = await run({ caps: whole, tables });
    const log = 'split-0/training_logs/training.tsv';
    expect(await readText(multi, log)).toBe(await readText(single, log));
    const table = 'split-0/best-loss/validation/validation_image_level_prediction.tsv';
    const numbers = async (maps: MemoryTree) =>
      (await readText(maps, table)).split('\n').map((line) => line.split('\t').slice(1));
    expect(await numbers(multi)).toEqual(await numbers(single));
  });

  test('stand in the MAPS with their names', async () => {
    const group = await readText(multi, 'groups/train/split-0/data.tsv');
    const lines = group.trimEnd().split('\n');
    expect(lines[0]).toBe('\tparticipant_id\tsession_id\tcohort\tdiagnosis');
    expect(lines.slice(1).map((line) => line.split('\t')[3])).toEqual([
      ...['A', 'A', 'A', 'A', 'B', 'B', 'B', 'B'],
    ]);
    expect(await readJson(multi, 'groups/train/split-0/maps.json')).toEqual({
      ...{ caps_directory: 'caps.tsv', multi_cohort: true },
    });
    expect(await readJson(multi, 'maps.json')).toMatchObject({
      ...{ multi_cohort: true, caps_directory: 'caps.tsv', tsv_path: 'sets' },
    });
    const log = await readText(multi, 'split-0/best-loss/train/description.log');
    expect(log).toContain("{'A': PosixPath('/data/a'), 'B': PosixPath('/data/b')}");
    expect(log).toContain('Number of participants: 8');
    expect((await openMaps(multi)).wholeSplits()).toHaveLength(1);
  });

  test('are predicted and explained as a group of two cohorts', async () => {
    const rows = [...first, ...renamed].map(({ participant, diagnosis }, at) => ({
      ...{ participant, session: 'ses-M000', cohort: at < 6 ? 'A' : 'B', label: diagnosis },
    }));
    const source = { caps, cohorts: COHORTS, capsDirectory: 'caps.tsv' };
    const definition = {
      ...{ rows, labelled: true, capsDirectory: 'caps.tsv', multiCohort: true },
      checkLeakage: false,
    };
    await follow(
      predict(
        {
          ...{ ...source, maps: multi, group: 'all', definition, selectionMetrics: ['loss'] },
          ...{ splits: [], batchSize: 4, unreadable: 'stop' },
        },
        { device, clock, signal },
      ),
    );
    const maps = await openMaps(multi);
    const [split] = maps.wholeSplits();
    const found = (await split?.predictions('loss', 'all', 'image')) ?? [];
    // Those of validation are what training said of them: each had its own volume.
    const known = (await split?.predictions('loss', 'validation', 'image')) ?? [];
    const again = [...found.slice(4, 6), ...found.slice(10, 12)];
    expect(known).toHaveLength(4);
    known.forEach(({ probabilities }, row) => {
      probabilities.forEach((value, label) => {
        expect(again[row]?.probabilities[label]).toBeCloseTo(value, 5);
      });
    });
    expect(await maps.groupSource('all')).toEqual({
      ...{ capsDirectory: 'caps.tsv', multiCohort: true },
    });
    const explain = (saveIndividual: boolean) =>
      follow(
        interpret(
          {
            ...{ ...source, maps: multi, group: 'all', name: `one-${saveIndividual}` },
            ...{ selectionMetrics: ['loss'], targetNode: 0, saveIndividual, saveNifti: false },
            ...{ overwriteName: false, unreadable: 'stop' },
          },
          { device, clock, signal },
        ),
      );
    await explain(false);
    const written = await listPaths(multi, 'split-0/best-loss/all/interpret-one-false');
    expect(written.filter((path) => path.endsWith('_map.pt'))).toHaveLength(1);
    // Files of single maps are named by participant and session: two would be one.
    await expect(explain(true)).rejects.toMatchObject({ code: 'COHORT_IDS' });
  });
});

test('the same ids in training and validation of two cohorts are a matter of the audit', async () => {
  const swapped: SetsPlace[] = [
    { ...(places[0] as SetsPlace) },
    {
      ...(places[1] as SetsPlace),
      tables: new MemoryTree('tables', {
        'split/train.tsv': tinyTable(renamed.slice(2)),
        'split/validation_baseline.tsv': tinyTable(renamed.slice(0, 2)),
      }),
    },
  ];
  const [{ tables }] = swapped as [SetsPlace];
  const request = { caps, cohorts: COHORTS, tables, places: swapped };
  await expect(run(request)).rejects.toThrow(/LEAKAGE_FOUND.*LEAKAGE_COHORT_IDS/);
  const known = await readText(await run({ ...request, iKnow: true }), 'leakage.json');
  expect(known).toContain('LEAKAGE_COHORT_IDS');
});
