import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModeOptions } from '../../src/core/caps/extraction.ts';
import type { PartialConfig, Task } from '../../src/core/config/schema.ts';
import type { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../../src/core/files/read.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { TinyTrainings } from '../../src/jobs/training/testing/tiny-training.ts';
import { openTestDevice } from '../support/gpu.ts';
import { tinyCaps, tinyParticipants } from '../support/tiny-caps.ts';

// A MAPS of each kind holds every file, key and column that ClinicaDL's holds.
interface Structure {
  readonly files: readonly string[];
  readonly tables: Readonly<
    Record<string, { readonly columns: readonly string[]; readonly rows: readonly string[] }>
  >;
  readonly parameters: readonly string[];
  /** Folder inside of the checkpoints. */
  readonly root: string;
}

const PATH = 'tests/fixtures/maps-structure.json';
const structures = JSON.parse(readFileSync(PATH, 'utf8')) as Record<string, Structure>;

const PATCH: ModeOptions = { mode: 'patch', patchSize: 17, strideSize: 19 };
const SLICE: ModeOptions = { mode: 'slice', direction: 2, channels: 'single', discarded: [6, 8] };
const CASES: [name: string, task: Task, given: PartialConfig, mode: ModeOptions][] = [
  ['maps_age', 'regression', {}, { mode: 'image' }],
  ['maps_recon', 'reconstruction', { architecture: 'AE_Conv4_FC3' }, { mode: 'image' }],
  ['maps_slice', 'classification', { label: 'sex' }, SLICE],
  ['maps_patch_multi', 'classification', { label: 'sex', multi_network: true }, PATCH],
];

/** What only Capsule writes. */
const OURS = /(leakage\.json|_scores\.tsv|_calibration\.tsv)$/;

let device: EngineDevice;
let trainings: TinyTrainings;
beforeAll(async () => {
  device = await openTestDevice();
  const people = tinyParticipants(12);
  trainings = new TinyTrainings(device, await tinyCaps(people), people);
});
afterAll(() => device.close());

describe.each(CASES)('%s', (name, task, given, mode) => {
  const wanted = structures[name] as Structure;
  let maps: MemoryTree;
  let paths: string[];
  beforeAll(async () => {
    ({ maps } = await trainings.run(task, { given, mode }));
    paths = await listPaths(maps);
  }, 120_000);

  test('has the same files', () => {
    const found = new Set(paths.filter((path) => !OURS.test(path)).map(general));
    expect([...found].sort()).toEqual([...wanted.files].sort());
  });

  test('its maps.json has the same keys in the same order', async () => {
    const parameters = JSON.parse(await readText(maps, 'maps.json')) as object;
    expect(Object.keys(parameters)).toEqual(wanted.parameters);
  });

  test('its tables have the same columns, and lines where they are transposed', async () => {
    for (const path of paths.filter((file) => file.endsWith('.tsv') && !OURS.test(file))) {
      const lines = (await readText(maps, path)).split('\n').map((line) => line.split('\t'));
      const table = wanted.tables[general(path)];
      expect(lines[0], path).toEqual(table?.columns);
      const rows = table?.rows ?? [];
      expect(
        lines.slice(0, rows.length).map(([cell]) => cell),
        path,
      ).toEqual(rows);
    }
  });

  test('its checkpoints are archives of the same folder', async () => {
    const file = await needFile(maps, paths.find((path) => path.includes('model.pth.tar')) ?? '');
    const bytes = await file.bytes();
    expect(new TextDecoder().decode(bytes.subarray(30, 30 + wanted.root.length))).toBe(wanted.root);
  });
});

/** Names of sessions, numbers of networks and event files made general, as the script does. */
function general(path: string): string {
  return path
    .replace(/network-\d+/g, 'network-N')
    .replace(/sub-\w+_ses-\w+?_/g, 'SESSION_')
    .replace(/events\.out\.tfevents\..*/, 'events');
}
