import { expect, look, ORIGIN, test, TRAINED } from './page.ts';

// The browser gives little room: it says so when that is gone, and nothing is lost.
/** Less than the checkpoints of the network take, more than one of them. */
const ROOM = 6e6;

test('a storage that is full stops the training, which goes on once there is room', async ({
  page,
  context,
}) => {
  await page.goto(`${ORIGIN}/#sample=participants:8,mm:6,seed:1&epochs=2&batch=2`);
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });
  const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
  const browser = await context.newCDPSession(page);
  await browser.send('Storage.overrideQuotaForOrigin', { origin: ORIGIN, quotaSize: usage + ROOM });

  await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });
  await expect(page.getByRole('alert')).toContainText('There is no room left to write', TRAINED);
  await expect(page.getByRole('alert')).toContainText(/room for [\d.]+ MB/);
  await look(page, '17-full-storage');

  await browser.send('Storage.overrideQuotaForOrigin', { origin: ORIGIN });
  const card = page.getByTestId('interrupted');
  await card.getByRole('button', { name: /^Resume/ }).click();
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible(TRAINED);
});
