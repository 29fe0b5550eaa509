import { describe, expect, test } from 'vitest';
import { needFile, readText } from '../src/core/files/read.ts';
import { openMaps } from '../src/core/maps/reader.ts';
import { referenceFolder, treeOf } from '../src/core/maps/testing/reference.ts';
import { checkpointBytes, readCheckpoint } from '../src/core/torch/checkpoint.ts';
import { archiveStream } from '../src/core/torch/write.ts';
import { bestLines, splitsOf } from './training.ts';

describe('the epochs that were chosen', () => {
  test('count from 1, a line a split', async () => {
    const maps = await openMaps(treeOf(referenceFolder));
    // 0 in ClinicaDL's checkpoints.
    expect(await bestLines(maps, [0])).toEqual(['split-0: best-BA epoch 1, best-loss epoch 1']);
    expect(await bestLines(maps, [1])).toEqual([]);
  });

  test('are told of every network, where there are several', async () => {
    const tree = treeOf(referenceFolder);
    const known = JSON.parse(await readText(tree, 'maps.json')) as Record<string, unknown>;
    await tree.write(
      'maps.json',
      JSON.stringify({ ...known, multi_network: true, num_networks: 2 }),
    );
    for (const metric of ['BA', 'loss']) {
      const folder = `split-0/best-${metric}`;
      const model = await (await needFile(tree, `${folder}/model.pth.tar`)).bytes();
      const later = checkpointBytes({ ...readCheckpoint(model), epoch: 6 });
      await tree.remove(`${folder}/model.pth.tar`);
      await tree.write(`${folder}/network-0_model.pth.tar`, model);
      await tree.write(`${folder}/network-1_model.pth.tar`, archiveStream(later));
    }
    expect(await bestLines(await openMaps(tree), [0])).toEqual([
      'split-0 network-0: best-BA epoch 1, best-loss epoch 1',
      'split-0 network-1: best-BA epoch 7, best-loss epoch 7',
    ]);
  });
});

test('splits are whole numbers', () => {
  expect(splitsOf(['0', '3'])).toEqual([0, 3]);
  expect(splitsOf(undefined)).toEqual([]);
  for (const text of ['one', '-1', '1.5', '']) {
    expect(() => splitsOf([text]), text).toThrow(/CONFIG_VALUE.*"split"/);
  }
});
