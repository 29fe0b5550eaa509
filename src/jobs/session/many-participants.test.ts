import { expect, test } from 'vitest';
import type { FileTree, SourceFile } from '../../core/files/file-tree.ts';
import { memoryFile } from '../../core/files/memory-tree.ts';
import { gzipBytes } from '../../core/nifti/gunzip.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { OpenedCohort } from './opened-cohort.ts';

const COUNT = 5000;
const SHAPE = [40, 48, 40] as const;

const volume = await gzipBytes(
  niftiBytes({
    data: new Float32Array(40 * 48 * 40).map((_, at) => (at * 2_654_435_761) % 4099),
    shape: SHAPE,
    affine: [4, 0, 0, -80, 0, 4, 0, -96, 0, 0, 4, -80, 0, 0, 0, 1],
  }),
);

const participants = Array.from(
  { length: COUNT },
  (_, index) => `sub-${String(index + 1).padStart(4, '0')}`,
);

const pathOf = (participant: string): string =>
  `subjects/${participant}/ses-M000/t1_linear/${participant}_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz`;

/** A CAPS that counts what is read of its volumes. */
function countingCaps(): { tree: FileTree; read: { files: Set<string>; bytes: number } } {
  const read = { files: new Set<string>(), bytes: 0 };
  const rows = participants.map((name, index) => `${name}\tses-M000\t${index % 2 ? 'AD' : 'CN'}`);
  const table = `participant_id\tsession_id\tdiagnosis\n${rows.join('\n')}\n`;
  const paths = new Set(['labels.tsv', ...participants.map(pathOf)]);
  const counted = (path: string): SourceFile => {
    const file = memoryFile(path, volume);
    const bytes = async (from?: number, to?: number) => {
      const part = await file.bytes(from, to);
      read.files.add(path);
      read.bytes += part.byteLength;
      return part;
    };
    const stream = async () => new Blob([await bytes()]).stream();
    return { path, size: () => file.size(), bytes, stream };
  };
  const tree: FileTree = {
    name: 'study',
    async *paths(folder = '') {
      for (const path of paths) if (path.startsWith(folder)) yield path;
    },
    async file(path) {
      if (!paths.has(path)) return undefined;
      return path === 'labels.tsv'
        ? memoryFile(path, new TextEncoder().encode(table))
        : counted(path);
    },
  };
  return { tree, read };
}

test('a CAPS of 5,000 scans is listed in less than 3 s, from names, one table and a header', async () => {
  const { tree, read } = countingCaps();
  const before = process.cpuUsage();
  const cohort = await OpenedCohort.open(tree, false);
  const summary = await cohort.summary();
  // Of the processor, so that other work beside the test does not count.
  const { user, system } = process.cpuUsage(before);
  expect(summary.rows).toHaveLength(COUNT);
  expect(summary.shape).toEqual(SHAPE);
  expect(summary.rows.at(-1)?.cells).toMatchObject({ diagnosis: 'AD' });
  expect(read.files.size).toBeGreaterThan(0);
  expect(read.files.size).toBeLessThanOrEqual(8);
  expect(read.bytes).toBeLessThan(8 * 16_384);
  expect((user + system) / 1e6, 'seconds').toBeLessThan(3);
});
