import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listPaths } from '../../src/core/files/read.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { capsule, startCapsule } from './run-capsule.ts';

// A second cohort beside the reference: the same volumes of people with other names.
const REFERENCE = 'tests/fixtures/reference/synthetic';
const PLACES = [`${REFERENCE}/caps`, 'image', `${REFERENCE}/split`];
const NETWORK = ['-a', 'Conv5_FC3_SSDA', '--ssda_network'];
const SHORT = ['--epochs', '1', '--batch_size', '6'];

let folder: string;
let target: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-adaptation-'));
  target = join(folder, 'target');
  for (const part of ['caps', 'split']) {
    await cp(join(REFERENCE, part), join(target, part), { recursive: true });
  }
  const renamed = (text: string) => text.replaceAll('sub-SYN', 'sub-TAR');
  const caps = join(target, 'caps');
  for (const path of await listPaths(new DiskTree(caps))) {
    if (!path.includes('sub-SYN')) continue;
    await cp(join(caps, path), join(caps, renamed(path)), { recursive: true });
    await rm(join(caps, path));
  }
  await rename(
    join(caps, 'tensor_extraction/image.json'),
    join(caps, 'tensor_extraction/other.json'),
  );
  for (const path of await listPaths(new DiskTree(join(target, 'split')))) {
    const file = join(target, 'split', path);
    if (path.endsWith('.tsv')) await writeFile(file, renamed(await readFile(file, 'utf8')));
  }
  const test = renamed(await readFile(join(REFERENCE, 'test_baseline.tsv'), 'utf8'));
  await writeFile(join(target, 'test.tsv'), test);
  // Without a header, as ClinicaDL's documentation shows it.
  const rows = test.trimEnd().split('\n').slice(1, 4);
  const keys = rows.map((row) => row.split('\t').slice(0, 2).join('\t'));
  await writeFile(join(target, 'unlabelled.tsv'), `${keys.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

const cohort = (caps = join(target, 'caps')) => [
  ...['--caps_target', caps, '--tsv_target_lab', join(target, 'split')],
  ...['--tsv_target_unlab', join(target, 'unlabelled.tsv')],
  ...['--preprocessing_dict_target', 'other'],
];
const train = (maps: string, ...more: string[]) =>
  capsule('train', 'classification', ...PLACES, maps, ...NETWORK, ...SHORT, ...more);

test('an adaptation from the command line is trained, repeated and applied', async () => {
  const maps = join(folder, 'maps');
  const { code, stdout, stderr } = await train(maps, ...cohort());
  expect(stderr).toContain('target loss');
  expect(stdout).toContain('split-0: best-loss epoch 1');
  expect(code).toBe(0);
  const logs = join(maps, 'split-0/training_logs');
  const header = async (name: string) => (await readFile(join(logs, name), 'utf8')).split('\n')[0];
  expect(await header('training_target.tsv')).toBe(await header('training.tsv'));
  const { config, extra } = (await openMaps(new DiskTree(maps))).parameters;
  expect(config.caps_target).toBe(join(target, 'caps'));
  expect(extra.preprocessing_dict_target).toEqual(extra.preprocessing_dict);

  const again = join(folder, 'again');
  const second = await capsule('train', 'from_json', join(maps, 'maps.json'), again);
  expect(second.code).toBe(0);
  const path = 'split-0/best-loss/validation_target/validation_target_image_level_prediction.tsv';
  const text = (root: string) => readFile(join(root, path), 'utf8');
  expect(await text(again)).toBe(await text(maps));
  expect(await text(maps)).toContain('sub-TAR');

  const group = ['--participants_tsv', join(target, 'test.tsv')];
  const caps = ['--caps_directory', join(target, 'caps')];
  const seen = await capsule('predict', maps, 'new', ...group, ...caps);
  expect(seen.stderr).toContain('LEAKAGE_PARTICIPANTS');
  const known = await capsule('predict', maps, 'new', ...group, ...caps, '--skip_leak_check');
  expect(known.code).toBe(0);
  expect(known.stdout).toContain('new');
}, 240_000);

test('one that was killed goes on', async () => {
  const maps = join(folder, 'killed');
  const options = [...NETWORK, '--epochs', '2', '--batch_size', '6', '--checkpoint_minutes', '0'];
  const args = ['train', 'classification', ...PLACES, maps, ...options, ...cohort()];
  const { child, says, finished } = startCapsule(args);
  await says('split-0 epoch 1: best so far');
  child.kill('SIGKILL');
  await finished;
  const { code, stderr } = await capsule('train', 'resume', maps);
  expect(stderr).toMatch(/split-0 goes on at epoch/);
  expect(code).toBe(0);
  const log = await readFile(join(maps, 'split-0/training_logs/training_target.tsv'), 'utf8');
  expect(log.trimEnd().split('\n')).toHaveLength(3);
}, 240_000);

test('a dry run looks at both cohorts', async () => {
  const { code, stdout } = await train(join(folder, 'dry'), ...cohort(), '--dry_run');
  expect(stdout).toContain('split-0 train of the target');
  expect(stdout).toMatch(/split-0 unlabelled of the target +3 sessions/);
  expect(stdout).toContain('Network: Conv5_FC3_SSDA on 1 x 44 x 40 x 36, 2 classes');
  expect(code).toBe(0);
});

describe('is refused before anything starts', () => {
  test.each([
    ['without a target', () => [], /CONFIG_MISSING.*--caps_target/s],
    ['with networks of parts', () => [...cohort(), '--multi_network'], /one network/],
    ['with a CAPS that is not there', () => cohort('nowhere'), /FILE_NOT_FOUND.*nowhere/s],
  ])('%s', async (_name, options, expected) => {
    const { code, stderr } = await train(join(folder, 'refused'), ...options());
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });

  test('with a validated person among the unlabelled', async () => {
    const file = join(target, 'leaky.tsv');
    const rows = await readFile(join(target, 'split/validation_baseline.tsv'), 'utf8');
    const [, row = ''] = rows.split('\n');
    const others = await readFile(join(target, 'unlabelled.tsv'), 'utf8');
    await writeFile(file, `${others}${row.split('\t').slice(0, 2).join('\t')}\n`);
    const options = cohort().map((text) => (text.endsWith('unlabelled.tsv') ? file : text));
    const maps = join(folder, 'leaky');
    const { code, stderr } = await train(maps, ...options);
    expect(stderr).toContain('LEAKAGE_PARTICIPANTS');
    expect(stderr).toContain(row.split('\t')[0]);
    expect(code).toBe(2);
  });

  test('in a regression', async () => {
    const args = ['train', 'regression', ...PLACES, join(folder, 'age'), ...NETWORK, ...cohort()];
    const { code, stderr } = await capsule(...args);
    expect(stderr).toMatch(/NETWORK_TASK|CONFIG_VALUE/);
    expect(code).toBe(2);
  });
});
