import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openZip } from '../../src/core/files/zip-tree.ts';
import { readText, listPaths } from '../../src/core/files/read.ts';
import { subTree } from '../../src/core/files/sub-tree.ts';
import type { FileTree } from '../../src/core/files/file-tree.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { expect, look, test, TRAINED } from './page.ts';

// Few participants, large voxels, two epochs: what a workshop does in minutes, in seconds.
const ADDRESS = '/#sample=participants:8,mm:6,seed:1&epochs=2&batch=4';

test('the first minute: sample brains, training, saliency, MAPS; Node gives the same tables', async ({
  page,
}) => {
  await page.goto(ADDRESS);
  await expect(page.getByTestId('device')).toContainText(/GPU/);
  await look(page, '1-start');

  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });
  await expect(page.getByText('sub-CAP001').first()).toBeVisible();
  await expect(page.getByTestId('leak')).toContainText('0 of 8 participants in two sets');
  await expect(page.getByTestId('memory')).toContainText(/Fits/);
  await page.getByLabel('Seed').fill('1');
  await look(page, '2-sample');

  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible(TRAINED);
  await expect(page.locator('#evaluate')).toContainText('of 2 sessions right in test');
  await look(page, '3-trained');
  // Volumes were read in a thread of their own, not beside the training.
  expect(page.workers().map((worker) => worker.url())).toContainEqual(
    expect.stringContaining('loader-worker'),
  );

  await page.getByRole('button', { name: 'Show where it looks' }).click();
  await expect(page.locator('#interpret')).toContainText('not what is diseased', TRAINED);
  await expect(page.locator('#interpret canvas')).toBeVisible();
  await look(page, '4-saliency');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download MAPS' }).click();
  const zip = await (await download).path();
  const maps = await openZip('maps.zip', new Blob([await readFile(zip)]));
  await checkMaps(maps);
  await compareWithNode(maps);
});

/** The tree, the tables and the weights of what was downloaded. */
async function checkMaps(zip: FileTree): Promise<void> {
  const paths = await listPaths(zip);
  const inside = paths.map((path) => path.slice(path.indexOf('/') + 1)).sort();
  const results = ['train', 'validation', 'test'].flatMap((group) =>
    ['loss', 'BA'].flatMap((metric) => [
      `split-0/best-${metric}/${group}/description.log`,
      `split-0/best-${metric}/${group}/${group}_image_level_metrics.tsv`,
      `split-0/best-${metric}/${group}/${group}_image_level_prediction.tsv`,
    ]),
  );
  const expected = [
    ...['maps.json', 'environment.txt', 'information.log', 'groups/train+validation.tsv'],
    ...['groups/test/data.tsv', 'groups/test/maps.json'],
    ...['groups/train/split-0/data.tsv', 'groups/train/split-0/maps.json'],
    ...['groups/validation/split-0/data.tsv', 'groups/validation/split-0/maps.json'],
    ...['split-0/training_logs/training.tsv', ...results],
    ...['split-0/best-loss/model.pth.tar', 'split-0/best-BA/model.pth.tar'],
  ];
  for (const path of expected) expect(inside).toContain(path);
  expect(inside.filter((path) => path.includes('interpret-'))).toHaveLength(2);
  expect(inside.some((path) => path.includes('/tmp/'))).toBe(false);
  const maps = await openMaps(zip);
  const [split] = maps.wholeSplits();
  const { model, name } = (await split?.checkpoint('loss')) ?? {};
  expect(name).toBe('Conv4_FC3');
  expect(model?.get('convolutions.0.weight')?.shape).toEqual([8, 1, 3, 3, 3]);
  expect(model?.get('fc.6.weight')?.toFloat32().every(Number.isFinite)).toBe(true);
  expect((await split?.trainingLog())?.rows).toHaveLength(2);
}

/** The same configuration on Node: every number of every table within 1e-4. */
async function compareWithNode(zip: FileTree): Promise<void> {
  const output = await mkdtemp(join(tmpdir(), 'capsule-node-'));
  const options = '--participants 8 --millimetres 6 --epochs 2 --batch_size 4 --seed 1'.split(' ');
  await promisify(execFile)(process.execPath, ['runner/bin.mjs', 'demo', output, ...options]);
  const node = new DiskTree(join(output, 'maps', 'maps-1-diagnosis'));
  const [root = ''] = (await listPaths(zip)).map((path) => path.split('/')[0]);
  const page = subTree(zip, root);
  const tables = (await listPaths(node)).filter((path) => path.endsWith('.tsv'));
  expect(tables.length).toBeGreaterThan(15);
  for (const path of tables) {
    const ours = cellsOf(await readText(page, path));
    const theirs = cellsOf(await readText(node, path));
    expect(ours.length, path).toBe(theirs.length);
    const time = path.endsWith('training.tsv') ? 2 : -1;
    for (const [row, cells] of theirs.entries()) {
      for (const [column, cell] of cells.entries()) {
        const place = `${path}, row ${row}, column ${column}`;
        const number = Number(cell);
        if (column === time && row > 0) continue;
        if (cell === '' || Number.isNaN(number)) expect(ours[row]?.[column], place).toBe(cell);
        else expect(Math.abs(Number(ours[row]?.[column]) - number), place).toBeLessThan(1e-4);
      }
    }
  }
}

function cellsOf(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}
