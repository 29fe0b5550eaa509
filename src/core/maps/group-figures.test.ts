import { describe, expect, test } from 'vitest';
import type { MemoryTree } from '../files/memory-tree.ts';
import { readText } from '../files/read.ts';
import { groupFigures } from './group-figures.ts';
import type { Mode } from './layout.ts';
import { openMaps } from './reader.ts';
import { referenceFolder, treeOf } from './testing/reference.ts';

const FOLDER = 'split-0/best-loss/test';

async function figuresOf(tree: MemoryTree, level: Mode = 'image') {
  const maps = await openMaps(tree);
  const [split] = maps.wholeSplits();
  if (split === undefined) throw new Error('no split');
  return groupFigures(maps, split, 'loss', 'test', level);
}

const dashes = (figures: readonly { name: string; isUndefined: boolean }[] = []) =>
  figures.filter(({ isUndefined }) => isUndefined).map(({ name }) => name);

async function change(tree: MemoryTree, changes: Record<string, unknown>): Promise<void> {
  const known = JSON.parse(await readText(tree, 'maps.json')) as Record<string, unknown>;
  await tree.write('maps.json', JSON.stringify({ ...known, ...changes }));
}

describe('figures of a group', () => {
  // ClinicaDL's own model, which predicts CN (code 1) for all four.
  test('are those of the table, and say which of them are 0/0', async () => {
    const [figures = [], ...others] = await figuresOf(treeOf(referenceFolder));
    expect(others).toEqual([]);
    expect(dashes(figures)).toEqual(['PPV', 'MCC', 'MK', 'LR_plus']);
    expect(figures.find(({ name }) => name === 'sensitivity')).toMatchObject({
      ...{ value: 0, isUndefined: false },
    });
    expect(figures.find(({ name }) => name === 'PPV')?.value).toBe(0);
  });

  test('without predictions say it where the table does', async () => {
    const tree = treeOf(referenceFolder);
    await tree.remove(`${FOLDER}/test_image_level_prediction.tsv`);
    expect(dashes((await figuresOf(tree))[0])).toEqual(['MCC', 'LR_plus']);
  });

  test('of several networks are told apart by their part', async () => {
    const tree = treeOf(referenceFolder);
    await change(tree, { mode: 'patch', multi_network: true, num_networks: 2 });
    const head =
      'participant_id\tsession_id\tpatch_id\ttrue_label\tpredicted_label\tproba0\tproba1';
    const row = (id: number, part: number, truth: number, said: number) =>
      `sub-${id}\tses-0\t${part}\t${truth}\t${said}\t${1 - said}.0\t${said}.0`;
    const rows = [row(1, 0, 0, 1), row(2, 0, 1, 1), row(1, 1, 0, 0), row(2, 1, 1, 1)];
    const block = (n: number) => `Metrics\tPPV\tNPV\nValues\t${n}.0\t0.5\n${n}\t${n}\t${n}\n`;
    await tree.write(
      `${FOLDER}/test_patch_level_prediction.tsv`,
      `${[head, ...rows].join('\n')}\n`,
    );
    await tree.write(`${FOLDER}/test_patch_level_metrics.tsv`, block(0) + block(1));
    const [first, second] = await figuresOf(tree, 'patch');
    expect([dashes(first), dashes(second)]).toEqual([['PPV'], []]);
  });

  test('of a value have no share of variance where there is none', async () => {
    const tree = treeOf(referenceFolder);
    await change(tree, { network_task: 'regression', loss: 'MSELoss', label_code: null });
    const head = 'participant_id\tsession_id\timage_id\ttrue_label\tpredicted_label';
    const table = (second: string) =>
      `${head}\nsub-1\tses-0\t0\t70.0\t71.0\nsub-2\tses-0\t0\t${second}\t69.0\n`;
    const metrics = 'Metrics\tR2_score\tMAE\nValues\t0.0\t1.0\n';
    await tree.write(`${FOLDER}/test_image_level_metrics.tsv`, metrics);
    await tree.write(`${FOLDER}/test_image_level_prediction.tsv`, table('70.0'));
    expect(dashes((await figuresOf(tree))[0])).toEqual(['R2_score']);
    await tree.write(`${FOLDER}/test_image_level_prediction.tsv`, table('60.0'));
    expect(dashes((await figuresOf(tree))[0])).toEqual([]);
  });
});
