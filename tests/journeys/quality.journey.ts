import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { memoryFile } from '../../src/core/files/memory-tree.ts';
import { gzipBytes } from '../../src/core/nifti/gunzip.ts';
import { readVolume } from '../../src/core/nifti/read.ts';
import { niftiBytes } from '../../src/core/nifti/write.ts';
import { flipped } from '../../src/core/quality/testing/broken.ts';
import { makeParticipant } from '../../src/core/sample/participant.ts';
import { parseTable } from '../../src/core/tsv/table.ts';
import { expect, look, test } from './page.ts';

// Ten sample brains in a folder, one of them upside down: the Quality step is to find it.
const BROKEN = 'sub-Q04';
const SLOW = { timeout: 120_000 };
let folder: string;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-quality-'));
  const bytes = new Uint8Array(await readFile('public/sample/colin27-3mm.nii.gz'));
  const { volume: base } = await readVolume(memoryFile('colin27-3mm.nii.gz', bytes));
  const rows = ['participant_id\tsession_id\tdiagnosis'];
  for (let index = 0; index < 10; index++) {
    const participant = `sub-Q0${index}`;
    const brain = makeParticipant(base, { seed: 3, index, atrophied: false, millimetres: 6 });
    const scan = participant === BROKEN ? flipped([1, 1, -1])(brain) : brain;
    const space = 'space-MNI152NLin2009cSym_desc-Crop_res-6x6x6';
    const name = `${participant}_ses-M000_${space}_T1w.nii.gz`;
    const path = join(folder, 'subjects', participant, 'ses-M000', 'custom', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await gzipBytes(niftiBytes(scan)));
    rows.push([participant, 'ses-M000', index % 2 === 0 ? 'AD' : 'CN'].join('\t'));
  }
  await writeFile(join(folder, 'labels.tsv'), `${rows.join('\n')}\n`);
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

test('a broken scan stands first, is left out by keyboard, and comes back', async ({ page }) => {
  await page.goto('/');
  await page.getByTestId('caps-input').setInputFiles(folder);
  await expect(page.getByTestId('leak')).toContainText('0 of 10 participants in two sets', SLOW);
  const rail = page.getByRole('navigation', { name: 'Steps' });
  await expect(rail.getByRole('link', { name: /Quality\s*, not checked/ })).toBeVisible();

  const quality = page.locator('#quality');
  await quality.getByRole('button', { name: 'Check the scans' }).click();
  const list = quality.getByRole('listbox', { name: 'Scans, the worst first' });
  await expect(list).toBeVisible(SLOW);
  await expect(rail.getByRole('link', { name: /Quality\s*, done/ })).toBeVisible();
  const tiles = list.getByRole('option');
  await expect(tiles).toHaveCount(10);
  await expect(tiles.first()).toHaveAccessibleName(
    new RegExp(`^${BROKEN} ses-M000, score 0.00, below the threshold, Wrong orientation`),
  );
  await expect(quality.getByTestId('findings')).toContainText('Wrong orientation (1)');
  await expect(quality.getByTestId('scan-facts')).toContainText('top and bottom swapped');

  // By keyboard: R leaves the selected scan out and goes to the next, which A accepts.
  await list.focus();
  await expect(tiles.first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('r');
  await expect(tiles.first()).toHaveAccessibleName(/left out$/);
  await expect(tiles.nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('a');
  await expect(tiles.nth(1)).toHaveAccessibleName(/accepted$/);

  // The one list of who is left out has it, with the reason; no set has it any more.
  const exclusions = page.getByTestId('exclusions');
  await expect(exclusions).toContainText(BROKEN);
  await expect(exclusions).toContainText('quality: wrong orientation');
  await expect(page.getByTestId('leak')).toContainText('0 of 9 participants in two sets', SLOW);
  await look(page, 'quality');
  const { violations } = await new AxeBuilder({ page }).include('#quality').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);

  // What is saved has the columns of ClinicaDL, the broken scan last.
  const download = page.waitForEvent('download');
  await quality.getByRole('button', { name: 'Scores as TSV' }).click();
  const saved = await readFile(await (await download).path(), 'utf8');
  const table = parseTable(saved, { file: 'quality.tsv' });
  expect(table.columns).toEqual(['participant_id', 'session_id', 'pass_probability', 'pass']);
  expect(table.rows).toHaveLength(10);
  expect(table.rows.at(-1)).toEqual([BROKEN, 'ses-M000', '0.0', 'False']);

  // Undo brings it back into the sets.
  await list.focus();
  await page.keyboard.press('Control+z');
  await expect(tiles.first()).toHaveAccessibleName(/not judged$/);
  await expect(exclusions).toContainText('Nobody is left out.');
  await expect(page.getByTestId('leak')).toContainText('0 of 10 participants in two sets', SLOW);

  // Large, and back again.
  await list.focus();
  await page.keyboard.press('Enter');
  await expect(quality.getByRole('region', { name: 'Show large' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(list).toBeFocused();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('leave out, and go to the next');
});
