/** The audit where it is met: in a training, and in a prediction on a new group. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow } from '../../../tests/support/follow.ts';
import { openTestDevice } from '../../../tests/support/gpu.ts';
import {
  tinyCaps,
  tinyParticipants,
  tinyTable,
  TINY_SUFFIX,
} from '../../../tests/support/tiny-caps.ts';
import { makeExtraction } from '../../core/caps/extraction.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths } from '../../core/files/read.ts';
import { openMaps } from '../../core/maps/reader.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import type { JobEvent } from '../events.ts';
import { predict } from '../predict.ts';
import { train } from '../train.ts';
import { parseRecord } from './leakage-record.ts';

const people = tinyParticipants(14);
const clock = { now: () => 0, elapsed: () => 0 };
const signal = new AbortController().signal;

let device: EngineDevice;
let caps: MemoryTree;
beforeAll(async () => {
  device = await openTestDevice();
  caps = await tinyCaps(people);
});
afterAll(() => device.close());

const tables = (validationFrom: number) =>
  new MemoryTree('tables', {
    'split/train.tsv': tinyTable(people.slice(0, 8)),
    'split/validation_baseline.tsv': tinyTable(people.slice(validationFrom, 12)),
  });

async function run(validationFrom: number, iKnow: boolean) {
  const maps = new MemoryTree('maps');
  const events: JobEvent[] = [];
  const job = train(
    {
      config: mergeConfig('classification', {
        ...{ architecture: 'Conv4_FC3', epochs: 1, batch_size: 4, learning_rate: 1e-3 },
      }),
      extraction: makeExtraction(
        { pipeline: 'custom', suffix: TINY_SUFFIX },
        { mode: 'image' },
        't',
      ),
      ...{ caps, capsDirectory: 'caps', maps, mapsDirectory: 'maps', iKnow },
      ...{ tables: tables(validationFrom), tablesFolder: 'split', tsvDirectory: 'split' },
      ...{ unreadable: 'stop', runtime: 'test' },
    },
    { device, clock, signal },
  );
  const outcome = await follow(job, (event) => events.push(event)).catch((error: unknown) => error);
  return { maps, events, outcome };
}
const recordOf = async (maps: MemoryTree) =>
  parseRecord((await (await openMaps(maps)).leakage()) ?? '');

describe('a training', () => {
  test('without leakage says so in its MAPS, and so do the groups that come later', async () => {
    const { maps, events } = await run(8, false);
    expect(await recordOf(maps)).toMatchObject({
      ...{ verdict: 'clean', overridden: false, voxels: 'not checked', groups: [] },
    });
    const first = events.find(({ kind }) => kind === 'log');
    expect(first).toMatchObject({ message: expect.stringMatching(/^Leakage audit: clean/) });
    const [one, two] = people.slice(12).map(({ participant, diagnosis }) => ({
      ...{ participant, session: 'ses-M000', cohort: 'single', label: diagnosis },
    }));
    if (one === undefined || two === undefined) throw new Error('too few people');
    const definition = { rows: [one, two], labelled: true, capsDirectory: 'caps' };
    const job = predict(
      {
        ...{ maps, caps, group: 'test', capsDirectory: 'caps', unreadable: 'stop' },
        ...{ selectionMetrics: [], splits: [], batchSize: 2 },
        definition: { ...definition, checkLeakage: true },
      },
      { device, clock, signal },
    );
    await follow(job);
    expect(await recordOf(maps)).toMatchObject({
      verdict: 'clean',
      groups: [{ name: 'test', verdict: 'clean', overridden: false }],
    });
  });

  test('with leakage is refused before a volume is read or a file written', async () => {
    const { maps, events, outcome } = await run(7, false);
    expect(outcome).toMatchObject({ code: 'LEAKAGE_PARTICIPANTS' });
    expect(String(outcome)).toContain('sub-T07');
    expect(await listPaths(maps)).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'progress')).toEqual([]);
  });

  test('with leakage that is known goes on, and its MAPS says so', async () => {
    const { maps, events, outcome } = await run(7, true);
    expect(outcome).toHaveProperty('bestEpochs');
    const told = events.flatMap((event) => (event.kind === 'problem' ? [event.problem.code] : []));
    expect(told).toEqual(['LEAKAGE_KNOWN']);
    expect(await recordOf(maps)).toMatchObject({
      ...{ verdict: 'leaky', overridden: true },
      findings: [{ code: 'LEAKAGE_PARTICIPANTS', participants: 1 }],
    });
  });
});
