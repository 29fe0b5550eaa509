import { expect, test } from 'vitest';
import { fileNameOf } from './map-names.ts';

const request = {
  ...{ participant: 'sub-01', session: 'ses-M000', selectionMetric: 'loss', targetClass: 0 },
};

test('a file says of whom, by which method and of what it is', () => {
  expect(fileNameOf(request, 'AD', 'map.nii.gz')).toBe('sub-01_ses-M000_gradients_AD_map.nii.gz');
  const method = { method: 'grad-cam++', level: 3 } as const;
  const group = { name: 'test', className: 'AD' };
  expect(fileNameOf({ ...request, method, group, part: 2 }, 'AD', 'figure.png')).toBe(
    'mean_test_AD_grad-cam++_AD_part-2_figure.png',
  );
});

test('no label makes a name that a disk refuses', () => {
  expect(fileNameOf(request, 'a/b: c?', 'map.nii.gz')).toBe(
    'sub-01_ses-M000_gradients_a-b-c-_map.nii.gz',
  );
});
