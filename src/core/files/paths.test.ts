import fc from 'fast-check';
import { expect, it } from 'vitest';
import { folderPrefix, pathFault, safePath, splitPath } from './paths.ts';

const unsafe = [
  '',
  '/abs.txt',
  '//server/share',
  '../../evil.txt',
  'a/..',
  'a/./b',
  'a//b',
  'a/',
  'a\\..\\b',
  '\\abs',
  'C:/windows',
  'c:file',
  'nul\u0000byte',
  'line\nbreak',
  'delete\u007f',
  'x'.repeat(256),
  'x/'.repeat(600) + 'y',
];

it.each(unsafe)('refuses %j', (path) => {
  expect(() => safePath(path)).toThrow(expect.objectContaining({ code: 'FILE_PATH_UNSAFE' }));
});

it('names the archive and the path inside it', () => {
  expect(() => safePath('../evil', 'maps.zip')).toThrow(/\[maps\.zip\].*"\.\."/);
});

it.each(['a', 'a/b.c', '..a/b..', '...', 'sub-01/ses-M000/ö x.nii.gz', '10:30.log'])(
  'accepts %j',
  (path) => expect(safePath(path)).toBe(path),
);

it('accepts nothing that resolves outside its folder', () => {
  const segment = fc.constantFrom('..', '.', '', 'a', 'b', '\\', 'C:', '\u0000');
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
      const path = segments.join('/');
      if (pathFault(path) !== undefined) return;
      const url = new URL(path.split('/').map(encodeURIComponent).join('/'), 'file:///top/tree/');
      expect(decodeURIComponent(url.pathname)).toBe(`/top/tree/${path}`);
    }),
  );
});

it('splits folders from the name and makes prefixes', () => {
  expect(splitPath('a/b/c')).toEqual({ folders: ['a', 'b'], name: 'c' });
  expect(splitPath('c')).toEqual({ folders: [], name: 'c' });
  expect(folderPrefix()).toBe('');
  expect(folderPrefix('a/b')).toBe('a/b/');
  expect(() => folderPrefix('a/')).toThrow();
});
