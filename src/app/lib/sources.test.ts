import { expect, test } from 'vitest';
import { kindOf, stripRoot } from './sources.ts';

const file = (path: string) => ({ path, file: new File([], path.split('/').at(-1) ?? '') });

test('the folder that all files share names the tree', () => {
  const source = stripRoot([file('caps/subjects/a.nii'), file('caps/b.tsv')]);
  expect(source).toMatchObject({
    kind: 'files',
    name: 'caps',
    files: [{ path: 'subjects/a.nii' }, { path: 'b.tsv' }],
  });
});

test('several folders beside each other stay as they are', () => {
  const source = stripRoot([file('subjects/a.nii'), file('tensor_extraction/image.json')]);
  expect(source).toMatchObject({ name: '', files: [{ path: 'subjects/a.nii' }, {}] });
});

test('maps.json at the root makes a MAPS, deeper down it does not', async () => {
  expect(await kindOf(stripRoot([file('m/maps.json'), file('m/split-0/x')]))).toBe('maps');
  expect(await kindOf(stripRoot([file('m/groups/maps.json'), file('m/x')]))).toBe('caps');
});
