/** `capsule export` as a user runs it; ONNX needs a device and is shown in jobs/export. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capsule } from './run-capsule.ts';

const MAPS = 'tests/fixtures/reference/synthetic/maps_ad';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-export-'));
  // Builds the bundle once, before anything is timed.
  await capsule('--version');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('safetensors and a model card go to a folder that need not exist', async () => {
  const output = join(folder, 'new', 'model');
  const weights = await capsule('export', 'safetensors', MAPS, output, '-sm', 'BA', '-s', '0');
  expect(weights).toMatchObject({ code: 0 });
  const files = ['model.safetensors', 'preprocessing.json'];
  expect(weights.stdout).toBe(files.map((name) => `${join(output, name)}\n`).join(''));
  const card = await capsule('export', 'model-card', MAPS, output);
  expect(card).toMatchObject({ code: 0, stdout: `${join(output, 'model-card.md')}\n` });
  const text = await readFile(join(output, 'model-card.md'), 'utf8');
  expect(text).toMatch(/^# Model card: Conv4_FC3, classification of diagnosis\n/);
  const parsed = JSON.parse(await readFile(join(output, 'preprocessing.json'), 'utf8')) as {
    model: object;
  };
  expect(parsed.model).toMatchObject({ maps: 'maps_ad', split: 0, selection_metric: 'BA' });
});

test('a MAPS as a zip says how much was left out, and why that can be changed', async () => {
  const zip = join(folder, 'maps.zip');
  const short = await capsule('export', 'maps', MAPS, zip);
  expect(short).toMatchObject({ code: 0, stdout: `${zip}\n` });
  expect(short.stderr).toMatch(/^\d+ files; \d+ left out \(--with_participants keeps them\)\n$/);
  const small = (await readFile(zip)).length;
  const whole = await capsule('export', 'maps', MAPS, zip, '--with_participants');
  expect(whole.stderr).toMatch(/^\d+ files\n$/);
  expect((await readFile(zip)).length).toBeGreaterThan(small);
  // What left without participants is a MAPS: its weights leave it again.
  const again = await capsule('export', 'safetensors', zip, join(folder, 'again'));
  expect(again).toMatchObject({ code: 0 });
});

test.each([
  [['safetensors', 'no-such-folder'], /FILE_NOT_FOUND.*no-such-folder/],
  [['safetensors', 'tests/fixtures'], /MAPS_NOT_MAPS/],
  [['model-card', MAPS, '-sm', 'MCC'], /SELECTION_METRIC.*expected BA, loss, found MCC/],
  [['safetensors', MAPS, '-s', '4'], /MAPS_SPLIT.*found split-4/],
])('%j is refused with exit code 2 and a reason', async (args, reason) => {
  const [kind = '', maps = '', ...options] = args;
  const { code, stdout, stderr } = await capsule(
    'export',
    kind,
    maps,
    join(folder, 'x'),
    ...options,
  );
  expect(stderr).toMatch(reason);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
