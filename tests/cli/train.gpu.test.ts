import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { capsule } from './run-capsule.ts';

// What `train` takes on a command line beside a classification.
const REFERENCE = 'tests/fixtures/reference/synthetic';
const PLACES = [`${REFERENCE}/caps`, 'image', `${REFERENCE}/split`];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-train-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a regression from a file: the command line is stronger, and from_json does it once more', async () => {
  const file = join(folder, 'options.toml');
  const maps = join(folder, 'age');
  const options = ['epochs = 3', 'learning_rate = 0.002', 'weight_decay = 0.0'];
  await writeFile(
    file,
    ['[Optimization]', ...options, '[Model]', 'architecture = "Conv4_FC3"'].join('\n'),
  );
  const typed = ['--config_file', file, '--epochs', '1', '-sm', 'R2_score', '-l', 'L1Loss'];
  const first = await capsule('train', 'regression', ...PLACES, maps, ...typed);
  expect(first.stderr).not.toContain('INTERNAL');
  expect(first.stdout).toContain('best-R2_score epoch 1');
  const { config } = (await openMaps(new DiskTree(maps))).parameters;
  expect([config.epochs, config.learning_rate, config.loss]).toEqual([1, 0.002, 'L1Loss']);
  expect(config.label).toBe('age');
  const again = join(folder, 'again');
  const second = await capsule('train', 'from_json', join(maps, 'maps.json'), again, '-s', '0');
  expect(second.code).toBe(0);
  const text = (root: string, path: string) => readFile(join(root, path), 'utf8');
  expect(await text(again, 'maps.json')).toBe(await text(maps, 'maps.json'));
  const path = 'split-0/best-R2_score/train/train_image_level_prediction.tsv';
  expect(await text(again, path)).toBe(await text(maps, path));
}, 240_000);

test('starts from a file of weights, and says that nobody knows whom they have seen', async () => {
  const options = ['-a', 'Conv4_FC3', '--epochs', '1', '-lr', '0', '-wd', '0'];
  const first = join(folder, 'first');
  await capsule('train', 'classification', ...PLACES, first, ...options);
  const exported = join(folder, 'exported');
  await capsule('export', 'safetensors', first, exported);
  const weights = join(exported, 'model.safetensors');
  const second = join(folder, 'second');
  const started = [...options, '--seed', '5', '--transfer_path', weights];
  const { code, stderr } = await capsule('train', 'classification', ...PLACES, second, ...started);
  expect(stderr).toContain('LEAKAGE_UNKNOWN');
  expect(code).toBe(0);
  const [one, other] = await Promise.all(
    [first, second].map(async (path) => {
      const [split] = (await openMaps(new DiskTree(path))).wholeSplits();
      return (await split?.checkpoint('loss'))?.model.get('fc.2.weight')?.toFloat32();
    }),
  );
  expect(other).toEqual(one);
}, 240_000);

describe('is refused, with what to do', () => {
  test.each([
    ['a label that is no number', ['regression', ...PLACES, 'out', '--label', 'sex'], 'TSV_VALUE'],
    [
      'a network of another task',
      ['reconstruction', ...PLACES, 'out', '-a', 'Conv4_FC3'],
      'AE_Conv4_FC3',
    ],
    [
      'networks of whole images',
      ['classification', ...PLACES, 'out', '--multi_network'],
      'multi_network',
    ],
    ['a maps.json that is not there', ['from_json', 'nowhere.json', 'out'], 'FILE_NOT_FOUND'],
    ['another JSON', ['from_json', 'package.json', 'out'], 'MAPS_NOT_MAPS'],
    [
      'a version of ClinicaDL that is not known',
      ['classification', ...PLACES, 'out', '--compat', '1.5'],
      '1.6.1',
    ],
  ])('%s', async (_name, args, expected) => {
    const { code, stderr, stdout } = await capsule('train', ...args);
    expect(stderr).toContain(expected);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });
});

test('a dry run of a reconstruction says which network would be trained', async () => {
  const { stdout, code } = await capsule('train', 'reconstruction', ...PLACES, 'out', '--dry_run');
  expect(stdout).toContain('Network: AE_Conv5_FC3 on 1 x 44 x 40 x 36');
  expect(stdout).toContain('split-0 train        12 sessions of 12 participants\n');
  expect(code).toBe(0);
});
