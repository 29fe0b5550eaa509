import { readFile, writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, look, test, TRAINED } from './page.ts';

const SAMPLE = 'sample=participants:16,mm:6,seed:1';

async function makeSample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('networks')).toContainText('Conv4_FC3', { timeout: 60_000 });
  await expect(page.getByTestId('memory')).toContainText('Fits', { timeout: 60_000 });
}

const optionOf = (page: Page, key: string) => page.locator(`#config-view [data-key=${key}]`);

test('an option in the form stands in the TOML and in the link, and comes back with the link', async ({
  page,
}, info) => {
  await page.goto(`/#${SAMPLE}&epochs=1&batch=4`);
  await makeSample(page);
  const config = page.getByTestId('config');
  await config.getByText('All options').click();

  // Form, found by its words; a wrong value is explained at the field and not used.
  await config.getByRole('searchbox').fill('features sets to zero');
  const dropout = optionOf(page, 'dropout').getByLabel('Dropout', { exact: true });
  await dropout.fill('2');
  await expect(optionOf(page, 'dropout')).toContainText(
    'Found "2", expected a number from 0 to 1.',
  );
  await expect(page.locator('#train')).toContainText('“Dropout” in “Network” is not allowed');
  await dropout.fill('0.25');
  await expect(optionOf(page, 'dropout')).not.toContainText('Found');
  await config.getByRole('tab', { name: 'TOML' }).click();
  const toml = page.getByTestId('toml');
  await expect(toml).toHaveValue(/\[Architecture\]\ndropout = 0\.25\n/);

  // TOML: all faults at once with their lines; then mended, and the form follows.
  const text = await toml.inputValue();
  const wrong = text.replace('epochs = 1', 'epoch = 1').replace('patience = 0', 'patience = -1');
  await toml.fill(wrong);
  await config.getByRole('button', { name: 'Apply', exact: true }).click();
  const faults = page.getByTestId('toml-faults');
  await expect(faults).toContainText('2 faults');
  await expect(faults).toContainText('Did you mean "Optimization.epochs"?');
  const row = wrong.split('\n').findIndex((line) => line.startsWith('patience')) + 1;
  await faults.getByRole('button', { name: `Line ${row}` }).click();
  const selected = await toml.evaluate((area: HTMLTextAreaElement) =>
    area.value.slice(area.selectionStart, area.selectionEnd),
  );
  expect(selected).toBe('patience = -1');
  await look(page, '20-toml');
  const right = text
    .replace('patience = 0', 'patience = 6')
    .replace('optimizer = "Adam"', 'optimizer = "SGD"')
    .replace('n_splits = 0', 'n_splits = 3')
    .replace('seed = 0', 'seed = 11');
  await toml.fill(right);
  await config.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(faults).toHaveCount(0);
  await config.getByRole('tab', { name: 'Form' }).click();
  await expect(optionOf(page, 'patience').getByLabel('Patience', { exact: true })).toHaveValue('6');
  await expect(page.locator('#split').getByLabel('Seed', { exact: true })).toHaveValue('11');
  await expect(page.getByTestId('folds').getByRole('radio')).toHaveCount(3);
  await config.getByLabel('Changed only').check();
  await expect(optionOf(page, 'optimizer')).toContainText('changed');
  await expect(optionOf(page, 'tolerance')).toHaveCount(0);
  await look(page, '21-form');

  // The address follows, and holds no one.
  await expect.poll(() => page.url()).toContain('optimizer=SGD');
  expect(page.url()).toContain(SAMPLE);
  expect(page.url()).not.toMatch(/sub-|ses-/);
  await config.getByRole('tab', { name: 'Link' }).click();
  const link = await page.getByTestId('link').inputValue();

  // Another visit: nothing starts, and with a folder the options are there.
  await page.goto('about:blank');
  await page.goto(link);
  await expect(page.getByRole('button', { name: 'Try with sample brains' })).toBeEnabled();
  await expect(page.getByTestId('networks')).toHaveCount(0);
  await makeSample(page);
  await expect(page.getByTestId('folds').getByRole('radio')).toHaveCount(3);
  await expect(page.locator('#split').getByLabel('Seed', { exact: true })).toHaveValue('11');
  await page.getByTestId('config').getByText('All options').click();
  await page.getByRole('tab', { name: 'TOML' }).click();
  await expect(toml).toHaveValue(right);

  // The same file, downloaded and opened again after a change.
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download train_config.toml' }).click();
  const saved = await readFile(await (await download).path(), 'utf8');
  expect(saved).toBe(right);
  const path = info.outputPath('mine.toml');
  await writeFile(path, saved.replace('epochs = 1', 'epochs = 7'));
  await page.getByTestId('toml-input').setInputFiles(path);
  await expect(page.getByTestId('config')).toContainText('mine.toml is in use.');
  await expect(page.locator('#network').getByLabel('Epochs', { exact: true }).first()).toHaveValue(
    '7',
  );
});

test('age is predicted by a network trained from the page; patches and their networks are offered', async ({
  page,
}) => {
  await page.goto(`/#${SAMPLE}&task=regression&epochs=1&batch=4&architecture=Conv4_FC3`);
  await makeSample(page);
  const split = page.locator('#split');
  await expect(split.getByRole('radio', { name: 'Predict a number' })).toBeChecked();
  await expect(split.getByLabel('Number to predict')).toHaveValue('age');
  await expect(page.getByTestId('sets')).toContainText('mean');
  await expect(page.getByTestId('balance')).toContainText('age, mean ± sd (range)');
  await expect(page.getByTestId('leak')).toContainText('No leakage found');

  const network = page.locator('#network');
  await network.getByRole('radio', { name: 'Patches' }).check();
  await expect(page.getByTestId('element-count')).toContainText(/\d+ elements of each scan/);
  await network.getByRole('radio', { name: 'Slices' }).check();
  await expect(network.getByText(/does not take|do not take/).first()).toBeVisible();
  // The sample's CAPS has masks of both hippocampi.
  await network.getByRole('radio', { name: 'Regions' }).check();
  await expect(page.getByTestId('element-count')).toContainText('2 elements of each scan');
  await network.getByRole('button', { name: 'leftHippocampusBox' }).click();
  await expect(page.getByTestId('element-count')).toContainText('1 element of each scan');
  await network.getByRole('radio', { name: 'Whole scan' }).check();
  await expect(page.getByTestId('memory')).toContainText('Fits');
  await look(page, '22-regression');

  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.locator('#evaluate')).toContainText('Mean absolute error', TRAINED);

  // One step back, and classes are told apart again, with their own options.
  await split.getByRole('radio', { name: 'Tell groups apart' }).check();
  await split.getByRole('button', { name: 'Undo' }).click();
  await expect(split.getByRole('radio', { name: 'Predict a number' })).toBeChecked();
});
