import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from '@playwright/test';
import { openZip } from '../../src/core/files/zip-tree.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { expect, look, test, TRAINED } from './page.ts';

// Few volumes and small batches: an epoch is long enough to be killed in its middle.
const ADDRESS = '/#sample=participants:12,mm:6,seed:1&epochs=4&batch=2';

async function begin(page: Page): Promise<void> {
  await page.goto(ADDRESS);
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });
}

/** Weights of the best model and the losses of each epoch, from the downloaded MAPS. */
async function outcome(page: Page) {
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible(TRAINED);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download MAPS' }).click();
  const bytes = await readFile(await (await download).path());
  const maps = await openMaps(await openZip('maps.zip', new Blob([bytes])));
  const [split] = maps.wholeSplits();
  const { model, epoch } = (await split?.checkpoint('loss')) ?? {};
  const weights = [...(model ?? [])].map(([name, tensor]) => [name, [...tensor.toFloat32()]]);
  const { rows } = (await split?.trainingLog()) ?? { rows: [] };
  const losses = rows.map(({ train, validation }) => [train.get('loss'), validation.get('loss')]);
  return { epoch, weights, losses, groups: maps.groups };
}

async function kill(page: Page): Promise<void> {
  const gone = page.waitForEvent('crash');
  page.goto('chrome://crash').catch(() => undefined);
  await gone;
}

/** A page that is not looked at for faults: this one is killed. */
async function trainAndKill(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await begin(page);
  await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });
  await expect(page).toHaveTitle(/epoch 3\/4/, { timeout: 240_000 });
  await kill(page);
}

test('a training whose renderer is killed goes on, and ends with the same bits', async ({
  page,
  context,
}) => {
  await begin(page);
  await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });
  const calm = await outcome(page);
  expect(calm.losses).toHaveLength(4);
  await expect(page.getByTestId('interrupted')).toHaveCount(0);

  await trainAndKill(context);

  const again = await context.newPage();
  await again.goto('/');
  await expect(again.locator('#start')).toContainText(
    'A training on sample brains was interrupted',
  );
  await again.goto('about:blank');
  await begin(again);
  const card = again.getByTestId('interrupted');
  await expect(card).toContainText('on diagnosis, of sample brains.');
  await expect(card).toContainText(/Resume split 0 at epoch [34] of 4, batch \d/);
  await look(again, '15-interrupted');
  await card.getByRole('button', { name: /^Resume/ }).click();
  const upset = await outcome(again);
  expect(upset.losses).toEqual(calm.losses);
  expect(upset.epoch).toBe(calm.epoch);
  expect(upset.weights).toEqual(calm.weights);
  expect(upset.groups).toEqual(calm.groups);
  await expect(card).toHaveCount(0);
  // The curves hold what was told before the kill, too.
  await again.getByText('The same numbers as a table').first().click();
  const table = again.getByRole('region', { name: 'The same numbers as a table' }).first();
  await expect(table.locator('tbody tr')).toHaveCount(4);
});

test('a cancelled training can be discarded', async ({ page }) => {
  await begin(page);
  await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });
  await expect(page).toHaveTitle(/epoch 2\/4/, { timeout: 240_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  const card = page.getByTestId('interrupted');
  await expect(card).toContainText('Resume split 0');
  await card.getByRole('button', { name: 'Discard it' }).click();
  await expect(card).toHaveCount(0);
});
