/**
 * Every step in every state that the fake session brings about, one line a state: what `look` asks
 * holds in each. Pictures of the true page come from keyboard.journey.ts.
 */
import type { Page } from '@playwright/test';
import { expect, look, openFolder, test } from './fake-page.ts';

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true }).first().click();

async function openSample(page: Page, query = '', options = ''): Promise<void> {
  await page.goto(`/${query}#sample=participants:16,mm:6,seed:1&epochs=4&batch=4${options}`);
  await press(page, 'Try with sample brains');
  await expect(page.getByTestId('memory')).toContainText('Fits');
}

async function openMaps(page: Page, query = ''): Promise<void> {
  await page.goto(`/${query}`);
  const file = { name: 'maps.zip', mimeType: 'application/zip', buffer: Buffer.from('zip') };
  await page.getByTestId('maps-zip-input').setInputFiles(file);
  await expect(page.getByTestId('every-session')).toBeVisible();
}

test.describe('start', () => {
  test('empty, and what it says of privacy', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByTestId('device')).toContainText('Apple');
    await look(page, 'start-empty', 'body');
    await page.getByText('Nothing leaves this computer').click();
    await look(page, 'start-privacy');
    await page.keyboard.press('?');
    await look(page, 'start-shortcuts', 'dialog');
  });

  test('running, a folder that is none, no WebGPU, a wrong address', async ({ page }) => {
    await page.goto('/?hold=Making');
    await press(page, 'Try with sample brains');
    await expect(page.getByTestId('progress')).toContainText('13 of 24');
    await look(page, 'start-running');
    await openFolder(page, '?step=1&fail=open');
    await expect(page.getByRole('alert').first()).toContainText('CAPS');
    await look(page, 'start-problem');
    await page.goto('/?device=none#epochs=0&colour=blue');
    await expect(page.getByTestId('device')).toContainText('No WebGPU');
    await look(page, 'start-no-webgpu');
  });

  test('experiments that are kept, one of them interrupted', async ({ page }) => {
    await page.goto('/?kept=5&interrupted');
    await expect(page.getByTestId('experiment')).toHaveCount(5);
    await page.getByText('Storage', { exact: true }).click();
    await look(page, 'start-experiments', '[data-testid=experiment]');
  });
});

test('a folder with problems: data, split, network', async ({ page }) => {
  await openFolder(page, '?step=1&visits=3');
  await expect(page.getByTestId('memory')).toContainText('Fits');
  await look(page, 'data-problem');
  await page.getByRole('searchbox', { name: 'Search' }).fill('nobody at all');
  await look(page, 'data-no-rows', '#data .filters');
  await page.getByRole('radio', { name: 'Folds' }).click();
  await expect(page.getByTestId('folds').getByRole('radio').first()).toBeVisible();
  await look(page, 'split-folds');
  await look(page, 'network-done');
  const config = page.getByTestId('config');
  await config.getByText('All options').click();
  await look(page, 'network-options', '[data-testid=config]');
  await config.getByRole('tab', { name: 'TOML' }).click();
  await page.getByTestId('toml').fill('epoch = 1\n');
  await press(page, 'Apply');
  await look(page, 'network-toml', '[data-testid=config]');
  await page.locator('#network').getByLabel('Batch size', { exact: true }).first().fill('64');
  await expect(page.getByTestId('memory')).toContainText('Does not fit');
  await look(page, 'network-problem');
});

test('quality: ready, running, checked; a split that leaks', async ({ page }) => {
  await openFolder(page, '?step=1&hold=Checking&leaky');
  await expect(page.getByTestId('leak')).toContainText('3 of 120 participants in two sets');
  await look(page, 'split-problem', '[data-testid=leak]');
  await look(page, 'quality-ready');
  await press(page, 'Check the scans');
  await expect(page.getByTestId('checking')).toContainText('11 of 20');
  await look(page, 'quality-running');
  await openFolder(page, '?step=1');
  await press(page, 'Check the scans');
  await expect(page.getByTestId('scan-facts')).toBeVisible();
  await look(page, 'quality-done');
});

test('explanations: the tour, and the steps with their reasons', async ({ page }) => {
  await page.goto('/#teach=on');
  await page.getByTestId('take-tour').click();
  await look(page, 'start-tour', 'body');
  await openSample(page, '?step=1', '&teach=on');
  await look(page, 'data-taught');
  await look(page, 'network-taught');
});

test('a model of somebody else: what it is, which scans fit, what it says', async ({ page }) => {
  await page.goto('/?lacking&seen');
  const file = { name: 'maps.zip', mimeType: 'application/zip', buffer: Buffer.from('zip') };
  await page.getByTestId('use-zip-input').setInputFiles(file);
  await expect(page.locator('#model')).toContainText('Not a medical device');
  await look(page, 'model-done');
  await page.getByTestId('caps-input').last().setInputFiles('tests/fixtures/tsv');
  await expect(page.getByTestId('scan-verdict')).toBeVisible();
  await look(page, 'scans-done');
  await press(page, /^Predict \d+ scans/);
  await expect(page.getByTestId('predicted')).toBeVisible();
  await look(page, 'predict-done');
});

test('training: ready, running, stopped, a loss that is no number', async ({ page }) => {
  await openSample(page, '?step=1&hold=Training&slow=1');
  await look(page, 'split-done');
  await look(page, 'train-ready');
  await press(page, 'Train');
  await expect(page.getByTestId('progress')).toContainText('Training');
  await expect(page.getByTestId('now')).toBeVisible();
  await look(page, 'train-running');
  await press(page, 'Pause');
  await expect(page.getByTestId('paused')).toBeVisible();
  await look(page, 'train-paused');
  await press(page, 'Cancel');
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeEnabled();
  await look(page, 'train-stopped');
  await openSample(page, '?step=1&fail=train&slow=1');
  await press(page, 'Train');
  await expect(page.locator('#train').getByRole('alert')).toContainText('LOSS_NOT_FINITE');
  await look(page, 'train-problem');
});

test('trained: evaluate, interpret, export', async ({ page }) => {
  await openSample(page, '?step=1&slow=1&hold=Computing');
  await press(page, 'Train');
  await expect(page.getByTestId('every-session')).toBeVisible();
  await look(page, 'train-done');
  await look(page, 'evaluate-done');
  await look(page, 'interpret-ready');
  await look(page, 'export-ready');
  await press(page, 'Show where it looks');
  await expect(page.locator('#interpret').getByTestId('progress')).toContainText('5 of 8');
  await look(page, 'interpret-running');
});

test('a map and its check, and a map that failed', async ({ page }) => {
  await openSample(page, '?step=1&slow=1&chance');
  await press(page, 'Train');
  await press(page, 'Show where it looks');
  await expect(page.getByTestId('map')).toContainText('not what is diseased');
  await press(page, 'Check with randomised weights');
  await expect(page.getByTestId('sanity')).toContainText('correlation');
  await look(page, 'interpret-done');
  await openSample(page, '?step=1&slow=1&fail=look');
  await press(page, 'Train');
  await press(page, 'Show where it looks');
  await expect(page.locator('#interpret').getByRole('alert')).toContainText('GPU_LOST');
  await look(page, 'interpret-problem');
});

test('results of a MAPS: folds, a number, an image that is rebuilt, a network that guesses', async ({
  page,
}) => {
  await openMaps(page, '?step=1&folds=5');
  await expect(page.getByTestId('split-spread')).toBeVisible();
  await look(page, 'evaluate-folds');
  await openMaps(page, '?step=1&task=regression');
  await look(page, 'evaluate-regression');
  await openMaps(page, '?step=1&task=reconstruction');
  await look(page, 'evaluate-reconstruction');
  await openMaps(page, '?step=1&chance');
  await look(page, 'evaluate-chance');
});

test('what leaves: packed, and refused', async ({ page }) => {
  await openMaps(page, '?step=1&fail=keep');
  await press(page, /^Download: ONNX/);
  await expect(page.locator('#export').getByRole('alert')).toBeVisible();
  await look(page, 'export-problem');
  await press(page, 'Download MAPS');
  await look(page, 'export-done');
});
