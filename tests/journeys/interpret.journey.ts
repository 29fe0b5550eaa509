import { readFile } from 'node:fs/promises';
import { memoryFile } from '../../src/core/files/memory-tree.ts';
import { readVolume } from '../../src/core/nifti/read.ts';
import { expect, look, test, TRAINED } from './page.ts';

const ADDRESS = '/#sample=participants:8,mm:6,seed:1&epochs=1&batch=4';

test('a map by two methods, its check with randomised weights, its figure and its file', async ({
  page,
}) => {
  await page.goto(ADDRESS);
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });

  // Thumbnails come once their rows can be seen, and no sooner.
  await page.getByRole('grid', { name: 'Participants and sessions' }).scrollIntoViewIfNeeded();
  await expect(page.locator('[data-testid=thumbnail][data-state=drawn]').first()).toBeVisible();

  await page.getByRole('button', { name: 'Train', exact: true }).click();
  const section = page.locator('#interpret');
  const show = section.getByRole('button', { name: 'Show where it looks' });
  await expect(show).toBeVisible(TRAINED);

  // From a row of predictions to its map: one press.
  const predictions = page.locator('#evaluate').getByRole('button', { name: /Where the network/ });
  await predictions.first().click();
  const map = page.getByTestId('map');
  await expect(map).toContainText('The network says', TRAINED);
  await expect(section).toBeInViewport();
  await expect(map).toContainText('change of the score of');
  await expect(map).toContainText('not what is diseased');
  await expect(map.getByRole('heading', { name: /sub-CAP\d+ · ses-M/ })).toBeVisible();

  // Keys move the crosshair, and Tab leaves the picture.
  const canvas = map.locator('canvas').first();
  await canvas.focus();
  const slider = map.getByLabel(/Left to right/);
  const before = Number(await slider.inputValue());
  await page.keyboard.press('ArrowLeft');
  await expect(slider).toHaveValue(String(before - 1));
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(canvas).not.toBeFocused();
  await map.getByRole('button', { name: 'Go there' }).click();

  // A lost graphics context: another canvas takes its place, and shows the same.
  const there = await slider.inputValue();
  await canvas.evaluate((element: HTMLCanvasElement) => {
    element.dataset['lost'] = '';
    element.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
  });
  await expect(map.locator('canvas[data-lost]')).toHaveCount(0);
  await expect(map.locator('canvas').first()).toBeVisible();
  await expect(slider).toHaveValue(there);

  await section.getByLabel('Method').selectOption('occlusion');
  await expect(section).toContainText('The picture is of an earlier choice.');
  await show.click();
  await expect(map).toContainText('when covered', TRAINED);
  await expect(section).not.toContainText('The picture is of an earlier choice.');

  await section.getByRole('button', { name: 'Check with randomised weights' }).click();
  const check = page.getByTestId('sanity');
  await expect(check.getByRole('status').first()).toContainText(
    /The (map|check) .*correlation|0\.\d\d/,
    TRAINED,
  );
  await expect(check.locator('canvas')).toHaveCount(2);
  await look(page, 'interpret');

  const figure = page.waitForEvent('download');
  await map.getByRole('button', { name: 'Save figure (PNG)' }).click();
  const png = await readFile(await (await figure).path());
  expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect(png.readUInt32BE(16)).toBeGreaterThanOrEqual(1800);
  expect((await figure).suggestedFilename()).toMatch(
    /^sub-CAP\d+_ses-M\d+_occlusion_.+_figure\.png$/,
  );

  const file = page.waitForEvent('download');
  await map.getByRole('button', { name: 'Save map (.nii.gz)' }).click();
  const bytes = Uint8Array.from(await readFile(await (await file).path()));
  const { volume } = await readVolume(memoryFile('map.nii.gz', bytes));
  expect(volume.shape).toEqual([28, 35, 30]);
  expect(volume.data.some((value) => value !== 0)).toBe(true);
});
