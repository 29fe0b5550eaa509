import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { zipStream } from '../../src/core/files/write-zip.ts';
import { needFile, listPaths } from '../../src/core/files/read.ts';
import { openZip } from '../../src/core/files/zip-tree.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { expect, look, test } from './page.ts';

const disk = new DiskTree('tests/fixtures/reference/synthetic/maps_ad');

async function mapsZip(name: string) {
  const zip = zipStream(disk, { folder: name });
  const buffer = Buffer.from(await new Response(zip).arrayBuffer());
  return { name: `${name}.zip`, mimeType: 'application/zip', buffer };
}

async function saved(page: Page, press: () => Promise<void>) {
  const download = page.waitForEvent('download');
  await press();
  const file = await download;
  const bytes = await readFile(await file.path());
  return { name: file.suggestedFilename(), bytes };
}

const asZip = ({ name, bytes }: { name: string; bytes: Buffer }) =>
  openZip(name, new Blob([new Uint8Array(bytes)]));

test('experiments stand side by side, last, leave without people, and go when they are deleted', async ({
  page,
}) => {
  await page.goto('/');
  const cards = page.getByTestId('experiment');
  for (const name of ['maps_one', 'maps_two']) {
    await page.getByTestId('maps-zip-input').setInputFiles(await mapsZip(name));
    await expect(cards.filter({ hasText: name })).toContainText('Open now', { timeout: 30_000 });
  }
  await expect(cards).toHaveCount(2);
  const first = cards.filter({ hasText: 'maps_one' });
  await first.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('New name').fill('AD against CN');
  await page.keyboard.press('Enter');
  const renamed = cards.filter({ hasText: 'AD against CN' });
  await expect(renamed).toContainText('classification of diagnosis');

  await page.reload();
  await expect(cards).toHaveCount(2, { timeout: 30_000 });
  await expect(cards.filter({ hasText: 'Open now' })).toHaveCount(0);
  await look(page, '16-experiments');
  await renamed.getByRole('button', { name: 'Open' }).click();
  await expect(page.locator('#evaluate')).toContainText('sub-SYN318', { timeout: 30_000 });
  await expect(page.getByRole('banner')).toContainText('AD against CN');

  // Side by side, without training again.
  await cards.nth(0).getByRole('checkbox').check();
  await cards.nth(1).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Compare 2 experiments' }).click();
  await expect(page.locator('#evaluate')).toContainText('maps_two');

  const section = page.locator('#export');
  await expect(section.getByRole('radio', { name: /Nobody’s data/ })).toBeChecked();
  const button = section.getByRole('button', { name: 'Download MAPS' });
  const bare = await saved(page, () => button.click());
  expect(bare.name).toBe('AD-against-CN.zip');
  const people = (await (await openMaps(disk)).trainValidation()).map((row) => row.participant);
  expect(people).toContain('sub-SYN300');
  const zip = await asZip(bare);
  const paths = await listPaths(zip);
  expect(paths.length).toBeGreaterThan(5);
  for (const path of paths) {
    const text = Buffer.from(await (await needFile(zip, path)).bytes()).toString('latin1');
    for (const who of [...people, 'sub-SYN']) expect(path + text).not.toContain(who);
  }
  await section.getByRole('radio', { name: /Everything, with participants/ }).check();
  const whole = await asZip(await saved(page, () => button.click()));
  expect(await (await openMaps(whole)).trainValidation()).toHaveLength(people.length);

  const weights = section.getByRole('button', { name: 'Download: Weights for PyTorch' });
  const { bytes } = await saved(page, () => weights.click());
  const stored = await (await needFile(disk, 'split-0/best-loss/model.pth.tar')).bytes();
  expect(bytes.equals(Buffer.from(stored))).toBe(true);
  await section.getByTestId('model-card').locator('summary').click();
  await expect(section.getByRole('region', { name: 'Model card' })).toContainText('Intended use');
  await look(page, '17-export');

  await page.getByText('Storage', { exact: true }).click();
  const all = await saved(page, () => page.getByRole('button', { name: 'Export all' }).click());
  expect((await listPaths(await asZip(all))).length).toBe(3);

  await renamed.getByRole('button', { name: 'Delete' }).click();
  await renamed.getByRole('button', { name: 'Delete it' }).click();
  await expect(cards).toHaveCount(1);
  await expect(section).toContainText('Opens when there is a trained network to keep.');
  await page.reload();
  await expect(cards).toHaveCount(1, { timeout: 30_000 });

  const file = { name: all.name, mimeType: 'application/zip', buffer: all.bytes };
  await page.getByTestId('shelf-input').setInputFiles(file);
  await expect(cards).toHaveCount(3, { timeout: 30_000 });
  await expect(renamed).toHaveCount(1);
});

test('no participant is named in the browser’s own database', async ({ page }) => {
  await page.goto('/');
  await page.getByTestId('maps-zip-input').setInputFiles(await mapsZip('maps_of_sub-SYN318'));
  await expect(page.getByTestId('experiment')).toHaveCount(1, { timeout: 30_000 });
  const text = await page.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const opening = indexedDB.open('capsule');
        opening.onerror = () => reject(new Error('no database'));
        opening.onsuccess = () => {
          const asked = opening.result
            .transaction('experiments')
            .objectStore('experiments')
            .getAll();
          asked.onsuccess = () => resolve(JSON.stringify(asked.result));
        };
      }),
  );
  expect(text).toContain('Conv4_FC3');
  expect(text).not.toContain('SYN');
});
