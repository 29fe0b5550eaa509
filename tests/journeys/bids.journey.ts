/** A raw BIDS folder, dropped and picked: what was understood of it, what can be done, and what not. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipBytes } from '../../src/core/nifti/gunzip.ts';
import { niftiBytes } from '../../src/core/nifti/write.ts';
import { expect, look, test } from './page.ts';

let folder: string;

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

function image(seed: number, shape: readonly [number, number, number]) {
  const length = shape[0] * shape[1] * shape[2];
  const data = Float32Array.from({ length }, (_, i) => Math.sin(i * seed) + 2);
  // Axes to the left, to the back and upwards, 2 mm: as some scanners store them.
  const affine = [-2, 0, 0, 17, 0, -2, 0, 6, 0, 0, 2, -5, 0, 0, 0, 1];
  return gzipBytes(niftiBytes({ data, shape, affine }));
}

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-bids-'));
  await put(
    'dataset_description.json',
    JSON.stringify({ Name: 'Twelve heads', BIDSVersion: '1.8.0' }),
  );
  const rows = ['participant_id\tage\tsex\tdiagnosis'];
  for (let index = 1; index <= 12; index += 1) {
    const who = `sub-B${String(index).padStart(2, '0')}`;
    const shape = index === 12 ? ([30, 12, 10] as const) : ([34, 12, 10] as const);
    await put(`${who}/ses-M000/anat/${who}_ses-M000_T1w.nii.gz`, await image(index, shape));
    if (index < 5) await put(`${who}/ses-M000/anat/${who}_ses-M000_FLAIR.nii.gz`, 'not read');
    rows.push([who, 60 + index, index % 3 ? 'F' : 'M', index % 2 ? 'AD' : 'CN'].join('\t'));
  }
  rows.push('sub-B99\t70\tF\tCN');
  await put('participants.tsv', `${rows.join('\n')}\n`);
  const who = 'sub-B01';
  const made = `${who}_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz`;
  await put(
    `derivatives/clinica/subjects/${who}/ses-M000/t1_linear/${made}`,
    await image(1, [32, 14, 10]),
  );
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

test('a BIDS folder that is dropped offers its parts, and says what can be done with raw images', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/#epochs=1&batch=4');
  await expect(page.getByRole('button', { name: 'Try with sample brains' })).toBeVisible();
  const browser = await context.newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await browser.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
  // The CAPS inside is what is open first; the dataset is one click away.
  const parts = page.getByTestId('parts');
  await expect(page.getByTestId('cohort')).toContainText('32 × 14 × 10', { timeout: 60_000 });
  await expect(parts.getByRole('radio', { name: /^CAPS/ })).toBeChecked();
  await parts.getByRole('radio', { name: /^BIDS, raw images/ }).check();

  const bids = page.getByTestId('bids');
  await expect(bids).toContainText('A raw BIDS dataset: Twelve heads', { timeout: 60_000 });
  await expect(page.getByTestId('cohort')).toContainText('34 × 12 × 10');
  await expect(bids).toContainText(/t1w\s*12 sessions/);
  await expect(bids).toContainText(/flair\s*4 sessions/);
  const grids = bids.getByRole('table').locator('tbody tr');
  await expect(grids).toHaveText([
    /34 × 12 × 10\s*2 × 2 × 2 mm\s*LPS\s*11/,
    /30 × 12 × 10\s*2 × 2 × 2 mm\s*LPS\s*1$/,
  ]);
  await expect(bids).toContainText('Images of another shape than most are left out and named');
  await bids.getByRole('button', { name: 'Copy the command' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'clinica run t1-linear BIDS_DIRECTORY CAPS_DIRECTORY',
  );
  // participants.tsv is the table of labels; who is in it alone, and the odd one, are named.
  await expect(page.locator('#data code', { hasText: 'participants.tsv' }).first()).toBeVisible();
  const problems = page.getByTestId('problems');
  await expect(problems).toContainText('BIDS_PARTICIPANT');
  await expect(problems).toContainText('CAPS_SHAPES_DIFFER');
  await expect(problems).toContainText('sub-B12');
  await look(page, '65-bids');

  await expect(page.getByTestId('sets')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Train', exact: true }).click({ timeout: 60_000 });
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible({
    timeout: 240_000,
  });
  await expect(page.locator('#evaluate')).not.toContainText('sub-B12');
});
