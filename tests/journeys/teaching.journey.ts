import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test, TRAINED } from './page.ts';

const ADDRESS = '/#sample=participants:8,mm:6,seed:1&epochs=1&batch=4';

/** Numbers of one step: what was added up here, and what the network's layer gives. */
async function step(page: Page, row: string): Promise<readonly [number, number]> {
  const cells = page.getByTestId('voxel-steps').locator(`tr[data-row="${row}"] td.number`);
  const [ours, layer] = await cells.allTextContents();
  const number = (text = ''): number => Number(text.replace('−', '-'));
  return [number(ours), number(layer)];
}

async function agree(page: Page): Promise<void> {
  for (const row of ['convolution', 'norm', 'relu']) {
    const [ours, layer] = await step(page, row);
    expect(Number.isFinite(ours), row).toBe(true);
    expect(Math.abs(ours - layer), row).toBeLessThanOrEqual(1e-4);
  }
}

test('explanations, a tour that is left, a voxel’s sum, and two mistakes with what comes of them', async ({
  page,
}) => {
  await page.goto(ADDRESS);
  await expect(page.getByTestId('device')).toContainText(/GPU/);
  await expect(page.getByTestId('lessons')).toHaveCount(0);
  await page.getByRole('button', { name: 'Turn on explanations' }).click();
  await expect(page.getByRole('button', { name: 'Explanations' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );

  // The tour takes the keyboard along, stands beside what it explains, and goes at a key.
  const tour = page.getByTestId('tour');
  await page.getByTestId('take-tour').click();
  await expect(tour).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(tour).toHaveAttribute('data-stop', 'rail');
  await expect(tour).toBeFocused();
  const card = await tour.boundingBox();
  const anchor = await page.locator('[data-tour]').boundingBox();
  if (card === null || anchor === null) throw new Error('nothing is shown');
  const isApart =
    card.x >= anchor.x + anchor.width ||
    anchor.x >= card.x + card.width ||
    card.y >= anchor.y + anchor.height ||
    anchor.y >= card.y + card.height;
  expect(isApart).toBe(true);
  await page.keyboard.press('Escape');
  await expect(tour).toHaveCount(0);
  await expect(page.locator('[data-tour]')).toHaveCount(0);
  await expect(page.getByTestId('take-tour')).toBeFocused();
  await expect(page.getByRole('button', { name: 'Go on with the tour at stop 2' })).toBeVisible();

  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('why-split')).toContainText('Data leakage', { timeout: 60_000 });
  await expect(page.getByTestId('why-data')).toContainText('2018');
  await expect.poll(() => page.url()).toContain('teach=on');

  // Inside, at a corner, and through another kernel: the sum here is the layer's own.
  const voxel = page.getByTestId('voxel');
  await voxel.getByRole('button', { name: 'Show the arithmetic' }).click();
  await expect(page.getByTestId('voxel-steps')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('voxel-slab')).toHaveCount(3);
  await agree(page);
  const [inside] = await step(page, 'convolution');
  await page.getByTestId('voxel-slice').first().focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('ArrowUp');
  await expect.poll(async () => (await step(page, 'convolution'))[0]).not.toBe(inside);
  await agree(page);
  await voxel.getByLabel('Column (x)').fill('0');
  await voxel.getByLabel('Row (y)').fill('0');
  await voxel.getByRole('button', { name: 'Kernel 3' }).click();
  await expect(page.getByTestId('voxel-slab').first()).toContainText('outside: 0');
  await agree(page);

  // The leak is in the scans; the audit finds it, and training is refused as for any other cohort.
  const leak = page.getByTestId('lesson-leak');
  await leak.getByRole('button', { name: 'Try it' }).click();
  await expect(page.getByTestId('caught')).toContainText('LEAKAGE_SCAN', { timeout: 120_000 });
  await expect(page.getByTestId('leak')).toContainText('The same voxels stand in two sets');
  await expect(page.getByTestId('rail-mark')).toContainText('Leak the test set');
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeDisabled();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
  await leak.getByRole('button', { name: 'Leave out the second names' }).click();
  await expect(leak.getByRole('button', { name: 'Train without the mistake' })).toBeEnabled();
  await expect(page.getByTestId('leak')).not.toContainText('The same voxels stand in two sets');
  await expect(page.getByTestId('exclusions')).toContainText('second name of a scan');

  // Another mistake leaves this one, trains, and says what it did; the run is marked.
  const steps = page.getByTestId('lesson-learning-rate');
  await steps.getByRole('button', { name: 'Try it' }).click();
  const figures = steps.getByTestId('lesson-figures');
  await expect(figures).toBeVisible(TRAINED);
  await expect(figures.locator('tr[data-row="end"]')).toContainText(
    /came to its end|LOSS_NOT_FINITE/,
  );
  await expect(page.getByTestId('experiment').first()).toContainText('Deliberate mistake');
  await expect(page.locator('#evaluate').getByTestId('lesson-note')).toContainText(
    'trained on a deliberate mistake',
  );
  const rate = page.getByLabel('Learning rate', { exact: true });
  await expect(rate).toHaveValue('0.1');
  await steps.getByRole('button', { name: 'Set the learning rate back' }).click();
  await expect(rate).toHaveValue('0.001');
  await expect(page.locator('#train').getByTestId('lesson-note')).toHaveCount(0);
});
