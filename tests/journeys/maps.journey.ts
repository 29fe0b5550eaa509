import { readFile } from 'node:fs/promises';
import { zipStream } from '../../src/core/files/write-zip.ts';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile } from '../../src/core/files/read.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { expect, look, test } from './page.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic/maps_ad';

async function zipOf(keep: (path: string) => boolean, extra: Record<string, string> = {}) {
  const disk = new DiskTree(REFERENCE);
  const tree = new MemoryTree('maps_ad', extra);
  for await (const path of disk.paths()) {
    if (keep(path)) await tree.write(path, await (await needFile(disk, path)).bytes());
  }
  const zip = zipStream(tree, { folder: 'maps_ad' });
  return Buffer.from(await new Response(zip).arrayBuffer());
}

const asFile = (buffer: Buffer) => ({ name: 'maps_ad.zip', mimeType: 'application/zip', buffer });

test('a MAPS that ClinicaDL wrote opens from a zip with its results', async ({ page }) => {
  await page.goto('/');
  await page.getByTestId('maps-zip-input').setInputFiles(asFile(await zipOf(() => true)));
  await expect(page.locator('#evaluate')).toContainText('2 of 4 sessions right', {
    timeout: 30_000,
  });
  await expect(page.locator('#evaluate')).toContainText('sub-SYN318');
  await look(page, '8-opened-maps');
});

test('what is not a whole MAPS is refused with a reason', async ({ page }) => {
  await page.goto('/');
  const input = page.getByTestId('maps-zip-input');
  const whole = await zipOf(() => true);
  await input.setInputFiles(asFile(whole.subarray(0, whole.length - 2000)));
  await expect(page.getByText('ZIP_DAMAGED')).toBeVisible();
  await input.setInputFiles(asFile(await zipOf((path) => path !== 'maps.json')));
  await expect(page.getByText('MAPS_NOT_MAPS')).toBeVisible();
  const cutOff = { 'split-0/tmp/checkpoint.pth.tar': 'of a training that did not end' };
  await input.setInputFiles(asFile(await zipOf(() => true, cutOff)));
  await expect(page.getByText('MAPS_UNFINISHED')).toBeVisible();
  const image = await readFile('public/sample/colin27-3mm.nii.gz');
  await input.setInputFiles(asFile(image));
  await expect(page.getByText('ZIP_DAMAGED')).toBeVisible();
  await look(page, '9-refused-maps');
});
