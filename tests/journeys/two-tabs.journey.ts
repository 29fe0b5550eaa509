import type { Page } from '@playwright/test';
import { expect, look, ORIGIN, test } from './page.ts';

// Two tabs of one browser share its storage: what one of them writes, the other one leaves alone.
const sample = (epochs: number) =>
  `${ORIGIN}/#sample=participants:8,mm:6,seed:1&epochs=${epochs}&batch=2`;

async function open(page: Page, epochs: number): Promise<void> {
  await page.goto(sample(epochs));
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });
}

const train = (page: Page) =>
  page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });

const shelf = (page: Page) =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of (await root.getDirectoryHandle('maps')).keys()) names.push(name);
    return names.sort();
  });

test('a second tab neither takes a training for interrupted nor clears it away, and one tab resumes', async ({
  page,
  context,
}) => {
  await open(page, 50);
  await train(page);
  await expect(page).toHaveTitle(/epoch [2-9]/, { timeout: 240_000 });

  const second = await context.newPage();
  await open(second, 1);
  await expect(second.getByTestId('interrupted')).toHaveCount(0);
  await train(second);
  await expect(second.getByRole('button', { name: 'Download MAPS' })).toBeVisible({
    timeout: 240_000,
  });
  expect(await shelf(second)).toEqual(['maps-1-diagnosis', 'maps-2-diagnosis']);
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeEnabled();
  await page.getByRole('button', { name: 'Cancel' }).click();
  const card = page.getByTestId('interrupted');
  await expect(card).toContainText('of sample brains');

  // Now it is interrupted in both tabs, and goes on in one.
  await second.reload();
  await open(second, 50);
  const other = second.getByTestId('interrupted');
  await expect(other).toContainText('Resume split 0');
  await card.getByRole('button', { name: /^Resume/ }).click();
  await expect(page).toHaveTitle(/epoch \d/, { timeout: 240_000 });
  await other.getByRole('button', { name: /^Resume/ }).click();
  await expect(second.getByRole('alert')).toContainText('Another run writes into this MAPS', {
    timeout: 60_000,
  });
  await look(second, '16-in-use');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(card).toContainText('Resume split 0');
});
