import { expect, look, test } from './page.ts';

test('cancelling answers within a second and leaves no model; training works again', async ({
  page,
}) => {
  await page.goto('/#sample=participants:8,mm:6,seed:1&epochs=50&batch=2');
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  // By keyboard: the focus goes to the button that takes the place of the one pressed, and back.
  await page
    .getByRole('button', { name: 'Train', exact: true })
    .press('Enter', { timeout: 60_000 });
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  // In the middle of it: an epoch is done and its model stands in the storage.
  await expect(page).toHaveTitle(/epoch [2-9]/, { timeout: 240_000 });
  const start = Date.now();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeEnabled();
  expect(Date.now() - start).toBeLessThan(1000);
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeFocused();
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toHaveCount(0);
  await look(page, '10-cancelled');

  await page.getByLabel('Epochs').fill('1');
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible({
    timeout: 240_000,
  });
});

test('a tab closed in the middle of training leaves nothing that opens as whole', async ({
  page,
}) => {
  await page.goto('/#sample=participants:8,mm:6,seed:1&epochs=50&batch=2');
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });
  await expect(page).toHaveTitle(/epoch [2-9]/, { timeout: 240_000 });
  await page.close({ runBeforeUnload: false });
  const again = await page.context().newPage();
  await again.goto('/');
  const left = await again.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const shelf = await root.getDirectoryHandle('maps');
    const states: string[] = [];
    for await (const [name, handle] of shelf.entries()) {
      const split = await (handle as FileSystemDirectoryHandle).getDirectoryHandle('split-0');
      const hasTemporary = await split.getDirectoryHandle('tmp').then(
        () => true,
        () => false,
      );
      states.push(`${name}: ${hasTemporary ? 'unfinished' : 'whole'}`);
    }
    return states;
  });
  expect(left).toEqual(['maps-1-diagnosis: unfinished']);
});
