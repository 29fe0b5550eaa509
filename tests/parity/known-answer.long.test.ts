/**
 * Whether a network finds an answer that is known, and whether its saliency maps point to it: subtypes
 * of Shepp-Logan phantoms, and scans of real brains (OpenNeuro ds002748, 3 mm) with a darker region.
 * The figures are reported in docs/results.md.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { capsule } from '../cli/run-capsule.ts';

// The brains may not be part of this repository: they are read beside it.
const data = resolve('../shared/data');
const there = existsSync(join(data, 'brains-3mm')) && existsSync(join(data, 'brains-3mm-b'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-known-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await capsule(...args);
  expect(code, stderr).toBe(0);
  return stdout + stderr;
}

/** @returns share of right predictions in each class, by code */
async function sensitivities(maps: string): Promise<number[]> {
  const [split] = (await openMaps(new DiskTree(maps))).wholeSplits();
  const rows = (await split?.predictions('loss', 'test', 'image')) ?? [];
  const codes = [...new Set(rows.map(({ truth }) => truth))].sort();
  return codes.map((code) => {
    const own = rows.filter(({ truth }) => truth === code);
    return own.filter(({ predicted }) => predicted === code).length / own.length;
  });
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

interface Score {
  readonly mean: number;
  readonly interval: readonly [number, number];
  readonly chance: number;
}

async function scoresOf(maps: string, name: string): Promise<Record<string, Score>> {
  const place = join(maps, 'split-0', 'best-loss', 'test', `interpret-${name}`);
  const record = JSON.parse(await readFile(join(place, 'interpretation.json'), 'utf8')) as {
    score: Record<string, Score>;
  };
  return record.score;
}

function expectAboveChance(scores: Record<string, Score>): void {
  for (const name of ['pointing game', 'AUC', 'Dice']) {
    const { interval: [low] = [NaN], chance = NaN } = scores[name] ?? {};
    expect(low, name).toBeGreaterThan(chance);
  }
}

test('subtypes of Shepp-Logan phantoms are told apart, by what differs', async () => {
  const set = join(folder, 'phantoms');
  const maps = join(folder, 'maps-phantoms');
  await run(
    ...['generate', 'shepplogan', set, '--n_subjects', '150', '--image_size', '64', '--seed', '1'],
    ...['--extract_json', 'phantom', '-asd', '0', '-asd', '0.5', '-asd', '0.5'],
  );
  const split = (table: string, name: string) =>
    run(
      ...['tsvtools', 'split', join(set, table), '--subset_name', name, '--n_test', '0.2'],
      ...['--ignore_demographics', '--categorical_split_variable', 'subtype'],
    );
  await split('data.tsv', 'test');
  await split(join('split', 'train.tsv'), 'validation');
  await run(
    ...['train', 'classification', set, 'phantom', join(set, 'split', 'split'), maps],
    ...['-a', 'Conv4_FC3', '--label', 'subtype', '--epochs', '20', '--batch_size', '8'],
    ...['-lr', '5e-4', '--selection_metrics', 'loss', '--seed', '0'],
  );
  const table = join(set, 'split', 'test_baseline.tsv');
  await run('predict', maps, 'test', '--participants_tsv', table, '--caps_directory', set);
  const right = await sensitivities(maps);
  process.stdout.write(`Shepp-Logan subtypes, test set: ${right.join(', ')} right\n`);
  expect(right).toHaveLength(3);
  expect(mean(right)).toBeGreaterThan(0.9);
  const told = await run(
    ...['interpret', maps, 'test', 'grads', 'gradients', '--target_node', '1'],
    ...['--score-against', set],
  );
  process.stdout.write(`${/.*known answer.*/.exec(told)?.[0] ?? ''}\n`);
  expectAboveChance(await scoresOf(maps, 'grads'));
});

test('the real brains are there (clone them beside the project to run this test)', (context) => {
  if (!there) context.skip();
  expect(there).toBe(true);
});

describe.runIf(there)('a region that is darker in real brains', () => {
  const SUFFIX = 'desc-Crop_res-3x3x3_T1w.nii.gz';
  /** People to train on; those of the 37 that follow are for validation. */
  const TRAINING = 29;

  test('is found in brains of other people, and pointed to', async () => {
    const set = join(folder, 'trivial');
    const others = join(folder, 'trivial-b');
    const maps = join(folder, 'maps-trivial');
    const scans = ['--preprocessing', 'custom', '--custom_suffix', SUFFIX];
    const from = (name: string) => join(data, name, 'caps');
    await run('generate', 'trivial', from('brains-3mm'), set, ...scans, '--seed', '1');
    await run('generate', 'trivial', from('brains-3mm-b'), others, ...scans, '--seed', '2');
    await run(
      ...['prepare-data', 'image', set, 'custom', '--custom_suffix', SUFFIX],
      ...['--extract_json', 'image'],
    );
    await writeSets(set);
    await run(
      ...['train', 'classification', set, 'image', join(set, 'split'), maps, '-a', 'Conv4_FC3'],
      ...['--epochs', '4', '--batch_size', '4', '-lr', '1e-4', '--selection_metrics', 'loss'],
      ...['--seed', '0'],
    );
    // Both sets count from sub-TRIV0: the same names, other people.
    await run(
      ...['predict', maps, 'test', '--participants_tsv', join(others, 'data.tsv')],
      ...['--caps_directory', others, '--skip_leak_check'],
    );
    const right = await sensitivities(maps);
    process.stdout.write(`trivial, brains of other people: ${right.join(', ')} right\n`);
    expect(right).toHaveLength(2);
    expect(mean(right)).toBeGreaterThan(0.9);
    const told = await run(
      ...['interpret', maps, 'test', 'grads', 'gradients', '--score-against', others],
    );
    process.stdout.write(`${/.*known answer.*/.exec(told)?.[0] ?? ''}\n`);
    expectAboveChance(await scoresOf(maps, 'grads'));
  });

  /** The two scans that were made of one person stand in one set. */
  async function writeSets(set: string): Promise<void> {
    const [head = '', ...rows] = (await readFile(join(set, 'data.tsv'), 'utf8')).trim().split('\n');
    const person = (row: string) => Math.floor(Number(/^sub-TRIV(\d+)/.exec(row)?.[1]) / 2);
    await mkdir(join(set, 'split'));
    for (const [name, holds] of [
      ['train', (row: string) => person(row) < TRAINING],
      ['validation_baseline', (row: string) => person(row) >= TRAINING],
    ] as const) {
      const text = [head, ...rows.filter(holds), ''].join('\n');
      await writeFile(join(set, 'split', `${name}.tsv`), text);
    }
  }
});
