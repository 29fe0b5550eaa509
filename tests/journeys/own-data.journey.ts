import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { gzipBytes } from '../../src/core/nifti/gunzip.ts';
import { niftiBytes } from '../../src/core/nifti/write.ts';
import { expect, look, test } from './page.ts';

// A CAPS on the disk, opened through <input webkitdirectory>: twelve small volumes, five of them broken.
const SHAPE = [34, 12, 10] as const;
const BROKEN = {
  'sub-P01': 'NIFTI_TRUNCATED',
  'sub-P02': 'NIFTI_DATATYPE',
  'sub-P03': 'NIFTI_TRAILING',
  'sub-P04': 'NIFTI_DIMENSIONS',
  'sub-P05': 'NIFTI_GZIP',
} as const;

let folder: string;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-caps-'));
  const rows = ['participant_id\tsession_id\tage\tsex\tdiagnosis'];
  for (let index = 1; index <= 12; index++) {
    const participant = `sub-P${String(index).padStart(2, '0')}`;
    const name = `${participant}_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz`;
    const path = join(folder, 'subjects', participant, 'ses-M000', 't1_linear', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, breakVolume(participant, Buffer.from(await volume(index))));
    rows.push(
      [participant, 'ses-M000', 60 + index, index % 3 ? 'F' : 'M', index % 2 ? 'AD' : 'CN'].join(
        '\t',
      ),
    );
  }
  await writeFile(join(folder, 'labels.tsv'), `${rows.join('\n')}\n`);
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

function volume(index: number): Promise<Uint8Array<ArrayBuffer>> {
  const data = Float32Array.from({ length: 34 * 12 * 10 }, (_, i) => Math.sin(i * index) + 2);
  const affine = [1, 0, 0, -17, 0, 1, 0, -6, 0, 0, 1, -5, 0, 0, 0, 1];
  return gzipBytes(niftiBytes({ data, shape: SHAPE, affine }));
}

function breakVolume(participant: string, packed: Buffer): Buffer {
  const raw = gunzipSync(packed);
  switch (participant) {
    case 'sub-P01':
      return gzipSync(raw.subarray(0, 3000));
    case 'sub-P02':
      raw.writeInt16LE(128, 70);
      return gzipSync(raw);
    case 'sub-P03':
      return gzipSync(Buffer.concat([raw, Buffer.alloc(40_000_000)]));
    case 'sub-P04':
      raw.writeInt16LE(-5, 44);
      return gzipSync(raw);
    case 'sub-P05':
      return packed.subarray(0, packed.length / 2);
    default:
      return packed;
  }
}

test('broken volumes are named, each with its own error, and the others train', async ({
  page,
}) => {
  await page.goto('/#epochs=1&batch=4');
  await page.getByTestId('caps-input').setInputFiles(folder);
  await expect(page.getByTestId('cohort')).toContainText('34 × 12 × 10', { timeout: 30_000 });
  await expect(page.getByText('sub-P12').first()).toBeVisible();
  for (const [participant, code] of Object.entries(BROKEN)) {
    await expect(page.getByTestId('problems')).toContainText(code);
    await expect(page.getByTestId('problems')).toContainText(participant);
  }

  // Looking at a broken one says what is wrong with it.
  await page.getByText('sub-P02').first().click();
  await expect(page.locator('#data')).toContainText('NIFTI_DATATYPE');
  await look(page, '5-broken-volume');

  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.locator('#evaluate')).not.toContainText('sub-P01');
  await look(page, '6-others-trained');
});

test('a folder that is neither CAPS nor BIDS is refused in words', async ({ page }) => {
  const dicom = await mkdtemp(join(tmpdir(), 'capsule-dicom-'));
  await mkdir(join(dicom, 'patient-1'), { recursive: true });
  await writeFile(join(dicom, 'patient-1', 'IM0001.dcm'), 'x');
  await page.goto('/');
  await page.getByTestId('caps-input').setInputFiles(dicom);
  await expect(page.getByText('CAPS_NOT_CAPS')).toBeVisible();
  await expect(page.getByText(/a folder "subjects" with/)).toBeVisible();
  await look(page, '7-no-caps');
});

test('a folder dropped on the page opens', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Try with sample brains' })).toBeVisible();
  // A real drag of a folder, as the browser sees it: its items give directory handles.
  const browser = await page.context().newCDPSession(page);
  const drag = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await browser.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data: drag });
  }
  await expect(page.getByTestId('cohort')).toContainText('34 × 12 × 10', { timeout: 30_000 });
  await expect(page.getByTestId('problems')).toContainText('NIFTI_TRUNCATED');
});
