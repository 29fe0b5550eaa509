import { expect, test } from 'vitest';
import { openQuote } from './quotes.ts';

test.each([
  ['no quote at all', 'a\tb\n1\t2\n'],
  ['quoted cells', '"a"\t"b"\n"1"\t"2"\n'],
  ['quotes inside a quoted cell', 'a\n"say ""hi"""\n'],
  ['an empty quoted cell', 'a\tb\n""\t1\n'],
  ['a line end in a quoted cell', 'a\n"x\ny"\r\n'],
  ['a quote in the middle of a cell', 'size\n5" disk\n6"\n'],
  ['a quoted cell at the end of the file', 'a\n"x"'],
  ['a byte order mark before the first quote', '\uFEFF"a"\n1\n'],
])('finds nothing wrong with %s', (_name, text) => {
  expect(openQuote(text)).toBeUndefined();
});

test.each([
  ['a quote that is never closed', 'a\tb\n1\t2\n3\t"open\n5\t6\n', 3],
  ['text after the closing quote', 'a\n"x"y\n', 2],
  ['an open quote in the header', '"a\tb\n1\t2\n', 1],
  ['a quote alone on its line', 'a\n"x"""\n"\n', 3],
])('names the line of %s', (_name, text, line) => {
  expect(openQuote(text)).toBe(line);
});
