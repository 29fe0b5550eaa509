/** The step Evaluate on a MAPS that ClinicaDL wrote: what it shows, says, saves and compares. */
import { readFile } from 'node:fs/promises';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile } from '../../src/core/files/read.ts';
import { zipStream } from '../../src/core/files/write-zip.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { expect, look, test } from './page.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic/maps_ad';

/** @param change - given the text of each table of predictions and of maps.json */
async function zipOf(name: string, change: (path: string, text: string) => string) {
  const disk = new DiskTree(REFERENCE);
  const tree = new MemoryTree(name);
  for await (const path of disk.paths()) {
    const bytes = await (await needFile(disk, path)).bytes();
    const isText = /(prediction\.tsv|maps\.json)$/.test(path);
    await tree.write(path, isText ? change(path, new TextDecoder().decode(bytes)) : bytes);
  }
  const zip = zipStream(tree, { folder: name });
  const buffer = Buffer.from(await new Response(zip).arrayBuffer());
  return { name: `${name}.zip`, mimeType: 'application/zip', buffer };
}

test('a MAPS of ClinicaDL is judged, looked into, saved and compared', async ({ page }) => {
  await page.goto('/');
  const own = await zipOf('maps_ad', (_path, text) => text);
  await page.getByTestId('maps-zip-input').setInputFiles(own);
  const section = page.locator('#evaluate');
  await expect(section).toContainText('2 of 4 sessions right in test');

  // Four sessions cannot carry a result, and the page says so.
  const remarks = section.getByTestId('remarks');
  await expect(remarks).toContainText('Too few to tell from chance: with 2 AD and 2 CN');
  await expect(remarks).toContainText('It says CN for every session.');
  await expect(section.getByText('50%').first()).toBeVisible();

  // The curve of scikit-learn: both AD score above both CN, so its area is 1.
  const roc = section.locator('[data-figure$="_roc"]');
  await expect(roc.getByRole('img')).toHaveAccessibleName(/ROC curve of AD, area 1\.000/);
  await roc.getByRole('slider').fill('0.4');
  await expect(roc.getByTestId('operating-point')).toContainText('2 of 2');
  await expect(section.getByTestId('calibration-error')).toContainText('0.021');
  // A precision of nobody is not 0.
  await section.getByRole('button', { name: /^Show \d+ more$/ }).click();
  await expect(section.getByRole('row', { name: /Positive predictive value/ })).toContainText(
    'Not defined here',
  );

  // The worst session first: the CN label that is furthest from what is true.
  const table = section.getByTestId('every-session');
  await expect(table.getByRole('row').nth(1)).toContainText('sub-SYN319');
  await expect(table.getByRole('row').nth(1)).toContainText('wrong');
  await table.getByRole('searchbox').fill('syn316');
  await expect(table).toContainText('1 of 4 sessions');
  await table.getByRole('searchbox').fill('');
  await table.getByRole('combobox').selectOption({ label: 'all sets' });
  await expect(table).toContainText('20 sessions');

  const saved = page.waitForEvent('download');
  await roc.getByRole('button', { name: 'Save “ROC curve” as SVG' }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe('maps_ad_test_roc.svg');
  expect(await readFile(await file.path(), 'utf8')).toContain('>False positive rate');
  const picture = page.waitForEvent('download');
  await roc.getByRole('button', { name: 'Save “ROC curve” as PNG' }).click();
  const png = await readFile(await (await picture).path());
  expect(png.subarray(1, 4).toString()).toBe('PNG');

  // Another model that is right of all four, trained with other options.
  const other = await zipOf('maps_right', (path, text) =>
    path === 'maps.json'
      ? text.replace('"dropout": 0.0', '"dropout": 0.5')
      : text.replace(
          /^(sub-\S+\tses-\S+\t0\t)(\d)\t\d\t.*$/gm,
          (_line, who: string, truth: string) =>
            [`${who}${truth}`, truth, ...(truth === '0' ? ['0.9', '0.1'] : ['0.1', '0.9'])].join(
              '\t',
            ),
        ),
  );
  await section.getByText('Compare with other models').click();
  await page.getByTestId('compare-zip-input').setInputFiles(other);
  const compared = section.getByTestId('compare-runs');
  await expect(compared.getByRole('row', { name: /^dropout 0 0\.5$/ })).toBeVisible();
  await expect(compared).toContainText('On the 4 sessions that both have');
  await expect(compared.getByRole('row', { name: /^Accuracy 0\.500 1\.000 0\.500/ })).toBeVisible();
  await look(page, '13-evaluate');
});
