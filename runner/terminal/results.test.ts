import { expect, test } from 'vitest';
import { openMaps } from '../../src/core/maps/reader.ts';
import { readText } from '../../src/core/files/read.ts';
import { referenceFolder, treeOf } from '../../src/core/maps/testing/reference.ts';
import { resultLines } from './results.ts';

const FOLDER = 'split-0/best-loss/test';

test('metrics with their intervals, a line a model', async () => {
  const lines = await resultLines(await openMaps(treeOf(referenceFolder)), ['test', 'unknown']);
  expect(lines).toHaveLength(2);
  // As ClinicaDL's own table has it.
  expect(lines[1]).toBe(
    'split-0 best-loss test        BA 0.500 [0.00, 0.50]  accuracy 0.500 [0.00, 1.00]  sensitivity 0.000 [0.00, 0.00]  specificity 1.000 [0.00, 1.00]',
  );
});

test('a dash stands for what the group leaves undefined', async () => {
  const tree = treeOf(referenceFolder);
  const path = `${FOLDER}/test_image_level_prediction.tsv`;
  const [head = '', ...rows] = (await readText(tree, path)).trimEnd().split('\n');
  const controls = rows.filter((row) => row.split('\t')[3] === '1');
  await tree.write(path, `${[head, ...controls].join('\n')}\n`);
  const [, line = ''] = await resultLines(await openMaps(tree), ['test']);
  expect(line).toContain('BA -  accuracy 0.500 [0.00, 1.00]  sensitivity -  specificity 1.000');
});

test('several networks have a line each, beside their vote', async () => {
  const tree = treeOf(referenceFolder);
  const known = JSON.parse(await readText(tree, 'maps.json')) as Record<string, unknown>;
  const preprocessing_dict = { ...(known['preprocessing_dict'] as object), mode: 'patch' };
  const multi = { preprocessing_dict, mode: 'patch', multi_network: true, num_networks: 2 };
  await tree.write('maps.json', JSON.stringify({ ...known, ...multi }));
  await tree.remove('split-0/best-BA');
  const head = 'participant_id\tsession_id\tpatch_id\ttrue_label\tpredicted_label\tproba0\tproba1';
  const rows = [0, 1].flatMap((part) =>
    [0, 1].map((truth) => `sub-${truth}\tses-0\t${part}\t${truth}\t${truth}\t0.5\t0.5`),
  );
  const block = (value: string) => `Metrics\tBA\tloss\nValues\t${value}\t1.0\n`;
  await tree.write(`${FOLDER}/test_patch_level_prediction.tsv`, `${[head, ...rows].join('\n')}\n`);
  await tree.write(`${FOLDER}/test_patch_level_metrics.tsv`, block('0.25') + block('0.75'));
  const lines = await resultLines(await openMaps(tree), ['test']);
  expect(lines.slice(-3).map((line) => line.slice(0, 52).trimEnd())).toEqual([
    'split-0 best-loss test vote      BA 0.500 [0.00, 0.5',
    'split-0 best-loss test network-0 BA 0.250',
    'split-0 best-loss test network-1 BA 0.750',
  ]);
});
