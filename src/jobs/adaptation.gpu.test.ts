/** Trainings on two cohorts: what stands in the MAPS, which set chooses, which head predicts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { extractionRecord } from '../core/caps/extraction.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readJson, readText } from '../core/files/read.ts';
import { parseTrainingTable } from '../core/maps/parse-tables.ts';
import { openMaps } from '../core/maps/reader.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import { setsOfMaps } from './audit/maps-sets.ts';
import type { JobEvent } from './events.ts';
import { interpret } from './interpret.ts';
import { predict } from './predict.ts';
import { resume } from './resume.ts';
import {
  adapt,
  LABELLED,
  sourceCaps,
  SOURCE,
  targetCaps,
  targetExtraction,
  targetRequest,
  timeless,
  UNLABELLED,
  VALIDATION,
} from './training/testing/two-domains.ts';

const LOGS = 'split-0/training_logs';
const signal = new AbortController().signal;

let device: EngineDevice;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.close());

const names = (people: readonly { readonly participant: string }[]) =>
  people.map(({ participant }) => participant);

const logOf = async (maps: MemoryTree, file: string) =>
  parseTrainingTable(await readText(maps, `${LOGS}/${file}`), file);

async function contents(tree: MemoryTree): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const path of (await listPaths(tree)).sort()) {
    all.set(path, Buffer.from(await (await needFile(tree, path)).bytes()).toString('base64'));
  }
  return all;
}

describe('a domain adaptation', () => {
  let maps: MemoryTree;
  const events: JobEvent[] = [];
  beforeAll(async () => {
    const given = { epochs: 3, dropout: 0.1 };
    ({ maps } = await adapt(device, given, {}, (event) => events.push(event)));
  }, 120_000);

  test('logs both cohorts, in the same columns', async () => {
    const [source, target] = [
      await logOf(maps, 'training.tsv'),
      await logOf(maps, 'training_target.tsv'),
    ];
    expect(target.metrics).toEqual(source.metrics);
    expect(target.rows.map(({ epoch, iteration }) => [epoch, iteration])).toEqual([
      ...[0, 1, 2].map((epoch) => [epoch, 3]),
    ]);
    expect(source.rows.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    const losses = (rows: typeof source.rows) => rows.map((row) => row.validation.get('loss'));
    expect(losses(target.rows)).not.toEqual(losses(source.rows));
    const told = events.flatMap((event) => (event.kind === 'evaluation' ? event : []));
    expect(told.map((event) => event.target?.validation.loss)).toEqual(losses(target.rows));
  });

  test("takes four batches an epoch, whose losses hold the target's", () => {
    const batches = events.flatMap((event) => (event.kind === 'batch' ? event : []));
    expect(batches.map(({ epoch, iteration }) => `${epoch} ${iteration}`)).toEqual(
      [0, 1, 2].flatMap((epoch) => [0, 1, 2, 3].map((iteration) => `${epoch} ${iteration}`)),
    );
    // Two classifications and three domains begin near 2.3 log 2.
    expect(batches[0]?.loss).toBeGreaterThan(1.2);
  });

  test('says in maps.json what both cohorts are', async () => {
    const said = (await readJson(maps, 'maps.json')) as Record<string, unknown>;
    expect(said).toMatchObject({
      ...{ ssda_network: true, architecture: 'Conv5_FC3_SSDA', caps_target: 'flair' },
      ...{ tsv_target_lab: 'target/split', tsv_target_unlab: 'unlabelled.tsv' },
      preprocessing_dict_target: extractionRecord(targetExtraction),
    });
    const { parameters } = await openMaps(maps);
    expect(parameters.extra.preprocessing_dict_target).toEqual(extractionRecord(targetExtraction));
  });

  test('defines the sets of the target, and names everybody whom it has seen', async () => {
    const opened = await openMaps(maps);
    const [split] = opened.wholeSplits();
    const group = async (name: string) => names((await opened.group(name, split)).rows);
    expect(await group('train')).toEqual(names(SOURCE.slice(0, 8)));
    expect(await group('train_target')).toEqual(names(LABELLED));
    expect(await group('validation_target')).toEqual(names(VALIDATION));
    expect(await group('unlabelled_target')).toEqual(names(UNLABELLED));
    expect(await opened.groupSource('train_target', split)).toMatchObject({
      capsDirectory: 'flair',
    });
    const seen = names(await opened.trainValidation());
    expect(seen).toEqual(expect.arrayContaining(names([...SOURCE, ...LABELLED, ...UNLABELLED])));
    const roles = (await setsOfMaps(opened)).map(({ name, role }) => `${name}: ${role}`);
    expect(roles).toContain('unlabelled_target of split-0: train');
    expect(roles).toContain('validation_target of split-0: validation');
  });

  test.each(['validation', 'validation_target'])(
    'leaves of the best model what the log says of its %s set',
    async (group) => {
      const [split] = (await openMaps(maps)).wholeSplits();
      const { rows } = await logOf(
        maps,
        group === 'validation' ? 'training.tsv' : 'training_target.tsv',
      );
      const { epoch = -1 } = (await split?.checkpoint('loss')) ?? {};
      const [metrics] = (await split?.groupMetrics('loss', group, 'image')) ?? [];
      const loss = metrics?.find(({ name }) => name === 'loss')?.value;
      expect(Number(loss)).toBeCloseTo(Number(rows[epoch]?.validation.get('loss')), 5);
    },
  );

  test("predicts a new group by the target's head, prepared as the target", async () => {
    const job = predict(
      {
        ...{ maps, group: 'again', caps: await targetCaps(), capsDirectory: 'flair' },
        definition: {
          rows: VALIDATION.map(({ participant, diagnosis: label }) => ({
            ...{ participant, session: 'ses-M000', cohort: 'single', label },
          })),
          ...{ labelled: true, capsDirectory: 'flair', checkLeakage: false },
        },
        ...{ selectionMetrics: [], splits: [], batchSize: 2, unreadable: 'stop' },
      },
      { device, clock: timeless, signal },
    );
    await follow(job);
    const table = async (group: string) =>
      readText(maps, `split-0/best-loss/${group}/${group}_image_level_prediction.tsv`);
    expect(await table('again')).toBe(await table('validation_target'));
  });

  test("explains the target's head on the target's groups, the source's on its own", async () => {
    const scores = async (group: string, caps: MemoryTree) => {
      const job = interpret(
        {
          ...{ maps, group, name: 'look', caps, capsDirectory: caps.name, targetNode: 0 },
          ...{ selectionMetrics: ['loss'], batchSize: 1, saveIndividual: false, saveNifti: false },
          ...{ overwriteName: false, unreadable: 'stop' },
          sessions: [...VALIDATION, ...SOURCE.slice(8)].map(({ participant }) => {
            return { participant, session: 'ses-M000' };
          }),
        },
        { device, clock: timeless, signal },
      );
      return (await follow(job)).map((map) => map.scores);
    };
    const [split] = (await openMaps(maps)).wholeSplits();
    const probabilities = async (group: string) =>
      ((await split?.predictions('loss', group, 'image')) ?? []).map((row) => row.probabilities[0]);
    const ofClass = ([one = NaN, other = NaN]: readonly number[]) =>
      1 / (1 + Math.exp(other - one));
    const caps = { validation: await sourceCaps(), validation_target: await targetCaps() };
    for (const [group, tree] of Object.entries(caps)) {
      const found = (await scores(group, tree)).map(ofClass);
      const wanted = await probabilities(group);
      expect(found).toHaveLength(4);
      found.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? NaN, 4));
    }
  });
});

test('is refused where no second cohort can be opened, before anything is written', async () => {
  const maps = new MemoryTree('maps');
  await expect(adapt(device, {}, { maps, target: undefined })).rejects.toThrow(
    /CONFIG_NOT_YET.*"ssda_network" on the command line/,
  );
  const given = { architecture: 'Conv5_FC3', ssda_network: false, caps_target: '' };
  const alone = {
    ...given,
    tsv_target_lab: '',
    tsv_target_unlab: '',
    preprocessing_dict_target: '',
  };
  await expect(adapt(device, alone, { maps })).rejects.toThrow(/CONFIG_NOT_YET/);
  expect(await listPaths(maps)).toEqual([]);
});

test("the target's validation set chooses the model and ends the training, not the source's", async () => {
  // What is right in the source is wrong in the target's validation set.
  const lines = VALIDATION.map(({ participant, diagnosis }) =>
    [participant, 'ses-M000', diagnosis === 'AD' ? 'CN' : 'AD'].join('\t'),
  );
  const target = await targetRequest({
    'split/validation_baseline.tsv': [
      ...['participant_id\tsession_id\tdiagnosis', ...lines, ''],
    ].join('\n'),
  });
  const given = { epochs: 5, learning_rate: 3e-4, patience: 2 };
  const { maps, outcome } = await adapt(device, given, { target });
  const best = async (file: string) => {
    const losses = (await logOf(maps, file)).rows.map((row) => Number(row.validation.get('loss')));
    return { epoch: losses.indexOf(Math.min(...losses)), losses };
  };
  const [source, wanted] = [await best('training.tsv'), await best('training_target.tsv')];
  expect(source.epoch).toBeGreaterThan(wanted.epoch);
  // Two epochs in a row without a better one end it, while the source's losses still fall.
  expect(wanted.losses).toHaveLength(wanted.epoch + 3);
  expect(outcome.bestEpochs.get(0)).toEqual({ loss: wanted.epoch });
}, 120_000);

test.each([
  [
    'with dropout, accumulated gradients and parts of batches',
    { epochs: 1, accumulation_steps: 2, sampler: 'weighted', dropout: 0.3 },
    { epoch: 0, iteration: 3 },
  ],
  ['in half precision', { epochs: 1, amp: true }, { epoch: 0, iteration: 3 }],
] as const)(
  'goes on %s as if nothing had been',
  async (_where, given, place) => {
    const memory = { microBatchSize: 1 };
    const more = { checkpointSeconds: 0, ...('accumulation_steps' in given ? { memory } : {}) };
    const calm = await adapt(device, given, more);
    const maps = new MemoryTree('maps');
    const died = adapt(device, given, { ...more, maps }, (event) => {
      const { epoch, iteration } = place;
      if (event.kind === 'batch' && event.epoch === epoch && event.iteration === iteration) {
        throw new RangeError('killed');
      }
    });
    await expect(died).rejects.toThrow('killed');
    const [source, caps] = [await sourceCaps(), await targetCaps()];
    const of = { maps, caps: source, capsDirectory: 'caps', splits: [], ...more };
    const context = { device, clock: timeless, signal };
    await expect(follow(resume(of, context))).rejects.toThrow(/CONFIG_MISSING.*target/);
    await follow(resume({ ...of, target: { caps, capsDirectory: 'flair' } }, context));
    const [found, wanted] = [await contents(maps), await contents(calm.maps)];
    expect([...found.keys()]).toEqual([...wanted.keys()]);
    const others = [...found].filter(([path, bytes]) => wanted.get(path) !== bytes);
    expect(others.map(([path]) => path)).toEqual([]);
  },
  120_000,
);
