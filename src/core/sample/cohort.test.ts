import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { needFile, readJson, readText } from '../files/read.ts';
import { readVolume } from '../nifti/read.ts';
import { columnOf, parseTable } from '../tsv/table.ts';
import type { Volume } from '../volume.ts';
import { makeSampleCohort, type SampleProgress } from './cohort.ts';
import { sampleGrid } from './grid.ts';
import { DEFAULT_SAMPLE, type SampleOptions } from './options.ts';
import { colin27 } from './testing/colin27.ts';

let base: Volume;
beforeAll(async () => {
  base = await colin27();
});

async function make(options: Partial<SampleOptions>): Promise<[MemoryTree, SampleProgress[]]> {
  const tree = new MemoryTree();
  const progress: SampleProgress[] = [];
  const complete = { ...DEFAULT_SAMPLE, ...options };
  for await (const step of makeSampleCohort({ base, options: complete, tree })) progress.push(step);
  return [tree, progress];
}

const volumeOf = async (tree: MemoryTree, path: string): Promise<Volume> =>
  (await readVolume(await needFile(tree, path))).volume;

const first =
  'caps/subjects/sub-CAP001/ses-M000/custom/' +
  'sub-CAP001_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-6x6x6_T1w.nii.gz';

describe('the sample cohort', () => {
  it('is a CAPS with labels, masks, an extraction and the truth', async () => {
    const [tree, progress] = await make({ participants: 4, millimetres: 6 });
    expect(progress).toEqual([1, 2, 3, 4].map((done) => ({ done, total: 4 })));
    const paths: string[] = [];
    for await (const path of tree.paths()) paths.push(path);
    expect(paths.filter((path) => path.startsWith('caps/subjects/'))).toHaveLength(4);
    expect(paths).toContain(first);
    const table = parseTable(await readText(tree, 'labels.tsv'), { file: 'labels.tsv' });
    expect(table.columns).toEqual(['participant_id', 'session_id', 'age', 'sex', 'diagnosis']);
    expect(columnOf(table, 'diagnosis', { file: '' }).sort()).toEqual(['AD', 'AD', 'CN', 'CN']);
    expect(await readJson(tree, 'caps/tensor_extraction/image.json')).toEqual({
      preprocessing: 'custom',
      mode: 'image',
      use_uncropped_image: null,
      prepare_dl: false,
      custom_suffix: 'desc-Crop_res-6x6x6_T1w.nii.gz',
      extract_json: 'image.json',
      file_type: { pattern: '*desc-Crop_res-6x6x6_T1w.nii.gz', description: 'Custom suffix' },
    });
    expect(await readText(tree, 'README.txt')).toContain('1993-2009 Louis Collins');
    expect(await readJson(tree, 'caps/dataset_description.json')).toMatchObject({
      DatasetType: 'derivative',
    });
  });

  it('writes volumes and masks on one grid, masks of 0 and 1 around the truth', async () => {
    const [tree] = await make({ participants: 4, millimetres: 6 });
    const grid = sampleGrid(6);
    const volume = await volumeOf(tree, first);
    expect(volume.shape).toEqual(grid.shape);
    expect(volume.affine).toEqual(grid.affine);
    const box = 'caps/masks/tpl-MNI152NLin2009cSym/tpl-MNI152NLin2009cSym_desc-Crop_res-6x6x6';
    const left = await volumeOf(tree, `${box}_roi-leftHippocampusBox_mask.nii.gz`);
    const right = await volumeOf(tree, `${box}_roi-rightHippocampusBox_mask.nii.gz`);
    const truth = await volumeOf(tree, 'truth/atrophy_mask.nii.gz');
    for (const mask of [left, right, truth]) {
      expect(mask.shape).toEqual(grid.shape);
      expect(new Set(mask.data)).toEqual(new Set([0, 1]));
    }
    let total = 0;
    let boxed = 0;
    truth.data.forEach((inside, n) => {
      total += inside;
      boxed += inside * Math.min(1, (left.data[n] as number) + (right.data[n] as number));
      expect((left.data[n] as number) * (right.data[n] as number)).toBe(0);
    });
    expect(boxed / total).toBeGreaterThan(0.7);
  });

  it('makes a participant the same whatever the number of participants', async () => {
    const [small] = await make({ participants: 2, millimetres: 6, seed: 3 });
    const [large] = await make({ participants: 5, millimetres: 6, seed: 3 });
    const bytes = await Promise.all(
      [small, large].map(async (tree) => (await needFile(tree, first)).bytes()),
    );
    expect(bytes[0]).toEqual(bytes[1]);
    const [few, many] = await Promise.all(
      [small, large].map((tree) => readText(tree, 'labels.tsv')),
    );
    expect(many?.split('\n').slice(0, 3)).toEqual(few?.split('\n').slice(0, 3));
  });

  it.each([{ participants: 1 }, { participants: 2.5 }, { participants: 1000 }, { millimetres: 2 }])(
    'refuses %o',
    async (options) => {
      await expect(make(options)).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
    },
  );
});
