import { expect, it } from 'vitest';
import { listPaths } from '../files/read.ts';
import { interpretationsIn } from './kept-maps.ts';
import { referenceFolder, treeOf } from './testing/reference.ts';

it('finds what ClinicaDL has interpreted, with its volumes', async () => {
  const found = interpretationsIn(await listPaths(treeOf(referenceFolder)));
  expect(
    found.map(({ split, metric, group, name }) => [split, metric, group, name]),
  ).toContainEqual(['split-0', 'loss', 'test', 'gradients']);
  const [first] = found;
  expect(first?.volumes.map(({ of }) => of)).toContain('sub-SYN317_ses-M000');
  expect(first?.maps).toBeGreaterThanOrEqual(first?.volumes.length ?? Infinity);
});

it('counts maps that are tensors only, and passes other files over', () => {
  const folder = 'split-2/best-BA/test/interpret-occlusion';
  const found = interpretationsIn([
    ...[`${folder}/mean_patch-0_map.pt`, `${folder}/mean_patch-1_map.pt`],
    ...[`${folder}/interpretation.json`, 'split-2/best-BA/test/description.log'],
  ]);
  expect(found).toEqual([
    {
      ...{ split: 'split-2', metric: 'BA', group: 'test', name: 'occlusion' },
      ...{ volumes: [], maps: 2 },
    },
  ]);
});

it('says whose a map is, whatever part of the image it is of', () => {
  const path = 'split-0/best-loss/test/interpret-g/sub-1_ses-M000_roi-3_map.nii.gz';
  expect(interpretationsIn([path])[0]?.volumes).toEqual([{ of: 'sub-1_ses-M000', path }]);
});
