/**
 * What goes wrong outside the page while it works, and the way on from each: leave to read the folder
 * is lost, a file is changed on the disk, the tab is loaded anew in mid-training, the device is lost.
 * The rest has journeys of its own: a killed tab (resume), full storage, two tabs.
 */
import type { Page, Worker } from '@playwright/test';
import { gzipBytes } from '../../src/core/nifti/gunzip.ts';
import { niftiBytes } from '../../src/core/nifti/write.ts';
import { expect, look, test, TRAINED } from './page.ts';

const people = Array.from({ length: 8 }, (_, index) => `sub-P${index + 1}`);
const nameOf = (who: string): string =>
  `${who}_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz`;

async function volume(seed: number): Promise<number[]> {
  const data = Float32Array.from({ length: 34 * 12 * 10 }, (_, i) => Math.sin(i * seed) + 2);
  const affine = [1, 0, 0, -17, 0, 1, 0, -6, 0, 0, 1, -5, 0, 0, 0, 1];
  return [...(await gzipBytes(niftiBytes({ data, shape: [34, 12, 10], affine })))];
}

/** A real folder handle: one of the private storage stands for the one that the picker gives. */
async function putFolder(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const showDirectoryPicker = async () =>
      (await navigator.storage.getDirectory()).getDirectoryHandle('study');
    Object.assign(window, { showDirectoryPicker });
  });
  await page.goto('/#epochs=60&batch=2');
  const files: [string[], number[]][] = [];
  const rows = ['participant_id\tsession_id\tage\tsex\tdiagnosis'];
  for (const [index, who] of people.entries()) {
    const folders = ['study', 'subjects', who, 'ses-M000', 't1_linear'];
    files.push([[...folders, nameOf(who)], await volume(index + 1)]);
    const cells = [60 + index, index % 3 ? 'F' : 'M', index % 2 ? 'AD' : 'CN'];
    rows.push([who, 'ses-M000', ...cells].join('\t'));
  }
  files.push([['study', 'labels.tsv'], [...new TextEncoder().encode(`${rows.join('\n')}\n`)]]);
  await page.evaluate(async (all) => {
    for (const [names, bytes] of all) {
      let folder = await navigator.storage.getDirectory();
      for (const name of names.slice(0, -1)) {
        folder = await folder.getDirectoryHandle(name, { create: true });
      }
      const handle = await folder.getFileHandle(names.at(-1) ?? '', { create: true });
      const writable = await handle.createWritable();
      await writable.write(new Uint8Array(bytes));
      await writable.close();
    }
  }, files);
}

const open = (page: Page) =>
  page.getByRole('button', { name: 'Open a CAPS or BIDS folder' }).click({ timeout: 60_000 });

const isOpen = (page: Page) =>
  expect(page.getByTestId('cohort')).toContainText('34 × 12 × 10', { timeout: 60_000 });

function sessionWorker(page: Page): Worker {
  const worker = page.workers().find((one) => one.url().includes('session-worker'));
  if (worker === undefined) throw new Error('no worker of the session');
  return worker;
}

test('leave that is lost is given again by a click, and a changed file is read anew', async ({
  page,
}) => {
  await putFolder(page);
  await open(page);
  await isOpen(page);
  const data = page.locator('#data');

  // The browser takes its leave back; asked again, it gives it.
  const worker = sessionWorker(page);
  await worker.evaluate(() => {
    const { prototype } = FileSystemFileHandle;
    const { getFile } = prototype;
    const refuse = () => Promise.reject(new DOMException('no leave any more', 'NotAllowedError'));
    Object.assign(globalThis, { giveBack: () => void (prototype.getFile = getFile) });
    prototype.getFile = refuse;
  });
  await page.exposeFunction('giveBack', () =>
    worker.evaluate(() => (globalThis as unknown as { giveBack(): void }).giveBack()),
  );
  await page.evaluate(() => {
    const asked: string[] = [];
    Object.assign(window, { asked });
    Object.assign(FileSystemHandle.prototype, {
      queryPermission: async () => 'prompt',
      requestPermission: async ({ mode }: { mode: string }) => {
        asked.push(mode);
        if (asked.length === 1) return 'denied';
        await (window as unknown as { giveBack(): Promise<void> }).giveBack();
        return 'granted';
      },
    });
  });
  await data.getByText('sub-P3').first().click();
  const card = data.getByRole('alert');
  await expect(card).toContainText('FOLDER_ACCESS');
  await expect(card).toContainText('no longer lets Capsule read this folder');
  await expect(card).toContainText('sub-P3');
  await look(page, '60-no-access');
  await card.getByRole('button', { name: 'Give access again' }).click();
  await expect(card).toContainText('was not given leave');
  await card.getByRole('button', { name: 'Give access again' }).click();
  await expect(card).toHaveCount(0);
  expect(await page.evaluate(() => (window as unknown as { asked: string[] }).asked)).toEqual([
    ...['read', 'read'],
  ]);

  // A file is replaced by another one while the folder is open.
  await page.evaluate(async (name) => {
    let folder = await navigator.storage.getDirectory();
    for (const part of ['study', 'subjects', 'sub-P4', 'ses-M000', 't1_linear']) {
      folder = await folder.getDirectoryHandle(part);
    }
    const bytes = await (await (await folder.getFileHandle(name)).getFile()).arrayBuffer();
    // Other bytes after the end of a gzip stream would be no volume: the same ones, of a later date.
    const writable = await (await folder.getFileHandle(name)).createWritable();
    await writable.write(bytes);
    await writable.close();
  }, nameOf('sub-P4'));
  await data.getByText('sub-P4').first().click();
  await expect(card).toContainText('FILE_CHANGED');
  await expect(card).toContainText(nameOf('sub-P4'));
  await expect(card).toContainText(/\d+ bytes, last changed \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  await look(page, '61-file-changed');
  await card.getByRole('button', { name: 'Read the folder again' }).click();
  await expect(card).toHaveCount(0);
  await isOpen(page);
  await data.getByText('sub-P4').first().click();
  await expect(data.locator('canvas').first()).toBeVisible();
  await expect(card).toHaveCount(0);
});

test('a tab that is loaded anew in mid-training offers the folder and the training again', async ({
  page,
}) => {
  await putFolder(page);
  await open(page);
  await isOpen(page);
  await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });
  await expect(page).toHaveTitle(/epoch [2-9]/, { timeout: 240_000 });
  await page.reload();
  await expect(page.locator('#start')).toContainText('A training on “study” was interrupted', {
    timeout: 60_000,
  });
  await page.getByTestId('reopen').getByRole('button', { name: 'Open “study” again' }).click();
  await isOpen(page);
  const left = page.getByTestId('interrupted');
  await expect(left).toContainText('Resume split 0 at epoch');
  await look(page, '62-reloaded');
  await left.getByRole('button', { name: 'Discard it' }).click();
  await expect(left).toHaveCount(0);

  // Forgotten on request.
  await page.reload();
  await page.getByTestId('reopen').getByRole('button', { name: 'Forget it' }).click();
  await expect(page.getByTestId('reopen')).toHaveCount(0);
  await page.reload();
  await expect(page.getByTestId('device')).toContainText(/GPU/, { timeout: 60_000 });
  await expect(page.getByTestId('reopen')).toHaveCount(0);
});

/** The device is lost at the next command, and at each one after it where `forGood`. */
const lose = (page: Page, forGood: boolean) =>
  sessionWorker(page).evaluate((always) => {
    const { prototype } = GPUDevice;
    const { createCommandEncoder } = prototype;
    const scope = globalThis as unknown as { mend(): void };
    scope.mend = () => void (prototype.createCommandEncoder = createCommandEncoder);
    prototype.createCommandEncoder = function (...given) {
      if (!always) scope.mend();
      const encoder = createCommandEncoder.apply(this, given);
      this.destroy();
      return encoder;
    };
  }, forGood);

test('a device that is lost is opened anew; one that stays lost leaves a training to go on with', async ({
  page,
}) => {
  await page.goto('/#sample=participants:8,mm:6,seed:1&epochs=4&batch=4');
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  const train = page.getByRole('button', { name: 'Train', exact: true });
  await train.click({ timeout: 60_000 });
  await expect(page).toHaveTitle(/epoch 2\/4/, { timeout: 240_000 });
  await lose(page, false);
  await expect(page.locator('#train')).toContainText('GPU_RECOVERED', { timeout: 240_000 });
  await expect(page).toHaveTitle(/epoch [34]\/4/, { timeout: 240_000 });

  await lose(page, true);
  const card = page.locator('#train').getByRole('alert');
  await expect(card).toContainText('The GPU was lost', { timeout: 240_000 });
  await look(page, '63-gpu-lost');
  await sessionWorker(page).evaluate(() => (globalThis as unknown as { mend(): void }).mend());
  await card.getByRole('button', { name: 'Go on from the last save' }).click();
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible(TRAINED);
});
