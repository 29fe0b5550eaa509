import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile } from '../../src/core/files/read.ts';
import { zipStream } from '../../src/core/files/write-zip.ts';
import { parseTable } from '../../src/core/tsv/table.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { expect, look, test } from './page.ts';

// Someone who trains nothing: opens a MAPS that ClinicaDL wrote and a folder of scans, and predicts.
const REFERENCE = 'tests/fixtures/reference/synthetic';
const PREDICTIONS = 'split-0/best-loss/test/test_image_level_prediction.tsv';
const PREDICTED = { timeout: 240_000 };

/** Without what ClinicaDL predicted on its test set: nothing can be taken from there. */
async function mapsZip(): Promise<Buffer> {
  const disk = new DiskTree(`${REFERENCE}/maps_ad`);
  const tree = new MemoryTree('maps_ad');
  for await (const path of disk.paths()) {
    if (path.includes('/test/')) continue;
    await tree.write(path, await (await needFile(disk, path)).bytes());
  }
  return Buffer.from(await new Response(zipStream(tree, { folder: 'maps_ad' })).arrayBuffer());
}

/** The test set, one of training, and one with a scan of another preprocessing. */
async function scans(): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'capsule-')), 'clinic');
  for (const person of ['316', '317', '318', '319', '300']) {
    const of = `subjects/sub-SYN${person}`;
    await cp(`${REFERENCE}/caps/${of}`, join(folder, of), { recursive: true });
  }
  const visit = join(folder, 'subjects/sub-SYN300/ses-M000/t1_linear');
  const [file = ''] = await readdir(visit);
  const other = join(folder, 'subjects/sub-SYN999/ses-M000/t1_linear');
  const name = file.replace('SYN300', 'SYN999').replace('_desc-Crop', '');
  await cp(join(visit, file), join(other, name));
  await writeFile(
    join(folder, 'labels.tsv'),
    await readFile(`${REFERENCE}/test_baseline.tsv`, 'utf8'),
  );
  return folder;
}

async function openBoth(page: Page, folder: string): Promise<void> {
  await page.goto('/');
  const zip = { name: 'maps_ad.zip', mimeType: 'application/zip', buffer: await mapsZip() };
  await page.getByTestId('use-zip-input').setInputFiles(zip);
  const model = page.locator('#model');
  await expect(model).toContainText('It tells AD from CN (diagnosis)');
  await expect(model).toContainText('Not a medical device');
  await expect(model).toContainText('Conv4_FC3');
  // No screen of training is in the way.
  const steps = page.getByRole('navigation', { name: 'Steps' });
  await expect(steps.getByRole('link')).toHaveText([
    ...[/Start/, /Model/, /Scans/, /Predict/, /Look/, /Export/],
  ]);
  await expect(page.locator('#train')).toHaveCount(0);
  await page.getByTestId('use-caps-input').setInputFiles(folder);
  await expect(page.getByTestId('scan-verdict')).toHaveText('5 of 6 sessions can be predicted.');
  await expect(page.getByTestId('lacking')).toContainText('sub-SYN999');
  await expect(page.getByTestId('lacking')).toContainText('No such image');
}

/** What the page saves of its table, held against ClinicaDL's. */
async function expectClinicaDL(page: Page): Promise<void> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save this table (TSV)' }).click(),
  ]);
  const ours = parseTable(await readFile(await download.path(), 'utf8'), { file: 'ours' });
  const text = await readFile(`${REFERENCE}/maps_ad/${PREDICTIONS}`, 'utf8');
  const theirs = parseTable(text, { file: 'theirs' });
  const cell = (table: typeof ours, row: readonly string[], column: string) =>
    row[table.columns.indexOf(column)] ?? '';
  for (const row of theirs.rows) {
    const person = cell(theirs, row, 'participant_id');
    const own = ours.rows.find((one) => cell(ours, one, 'participant_id') === person) ?? [];
    for (const [column, name] of [
      ['proba0', 'proba_AD'],
      ['proba1', 'proba_CN'],
    ] as const) {
      const difference = Number(cell(theirs, row, column)) - Number(cell(ours, own, name));
      expect(Math.abs(difference), `${person} ${column}`).toBeLessThan(1e-4);
    }
  }
}

test('a model of somebody else predicts one’s own scans, and training is one click away', async ({
  page,
}) => {
  const folder = await scans();
  await openBoth(page, folder);
  await expect(page.getByTestId('scan-aspects')).toContainText('1 of 6 participants');
  // Whom the model has seen is predicted only when asked for, and then marked.
  await page.getByLabel('Also predict the 1 participant whom the model has seen').check();
  await page.getByRole('button', { name: 'Predict 5 scans' }).click();
  await expect(page.getByTestId('predicted')).toContainText('5 scans predicted', PREDICTED);
  await expect(page.getByTestId('scan-predictions')).toContainText('in training');
  await expectClinicaDL(page);
  await page.getByRole('searchbox', { name: 'Search' }).fill('SYN318');
  await expect(page.getByTestId('scan-predictions')).toContainText('1 of 5');
  await page.getByRole('row', { name: /sub-SYN318/ }).click();
  await page.getByRole('button', { name: 'Look at the scan' }).click();
  await expect(page.locator('#interpret')).toContainText('sub-SYN318');
  await expect(page.getByRole('button', { name: 'Show where the score changes' })).toBeEnabled();
  const [tables] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save the prediction tables (.zip)' }).click(),
  ]);
  expect(tables.suggestedFilename()).toMatch(/\.zip$/);
  await expect(page.getByTestId('use-tables')).toContainText(
    'split-0/best-loss/clinic/clinic_image_level_prediction.tsv',
  );
  await look(page, '20-use-model');
  await page.locator('nav').getByRole('button', { name: 'Back to training' }).click();
  await expect(page.locator('#train')).toHaveCount(1);
  await expect(page.locator('#evaluate')).toContainText('clinic');
  await rm(folder, { recursive: true });
});

test.describe('without WebGPU', () => {
  // The script of the worker is changed below: no other may stand in for it.
  test.use({ serviceWorkers: 'block' });

  test('the page says what works, and predicts on the processor as ClinicaDL does', async ({
    page,
    context,
  }) => {
    const folder = await scans();
    const none = (name: string) =>
      `Object.defineProperty(${name}.prototype, 'gpu', { get: () => undefined });\n`;
    await page.addInitScript(none('Navigator'));
    await context.route(/session-worker[^/]*\.js/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: none('WorkerNavigator') + (await response.text()) });
    });
    await openBoth(page, folder);
    const words = page.getByTestId('no-adapter');
    await expect(words).toContainText('Predicting with a trained model');
    await expect(words).toContainText('Training a network: it would take days');
    await expect(page.locator('#predict')).toContainText('the processor computes, about');
    await page.getByRole('button', { name: 'Predict 4 scans' }).click();
    await expect(page.getByTestId('predicted')).toContainText('4 scans predicted', PREDICTED);
    await expectClinicaDL(page);
    await expect(page.getByTestId('no-map')).toContainText('A map needs gradients');
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
      .analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    await look(page, '21-use-model-processor');
    await rm(folder, { recursive: true });
  });
});
