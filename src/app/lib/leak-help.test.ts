import { expect, test } from 'vitest';
import { LEAKAGE_CODES } from '../../core/leakage/catalogue.ts';
import { leakHelp } from './leak-help.ts';

test.each(LEAKAGE_CODES)('%s has its three paragraphs of the documentation', (code) => {
  const help = leakHelp(code);
  for (const part of [help?.what, help?.why, help?.fix]) {
    const text = part?.map((piece) => piece.text).join('') ?? '';
    expect(text.length).toBeGreaterThan(15);
    expect(text).not.toMatch(/\*\*|`|###/);
  }
});

test('commands stand apart from the text', () => {
  const fix = leakHelp('LEAKAGE_PARTICIPANTS')?.fix ?? [];
  expect(fix.filter(({ isCode }) => isCode).map(({ text }) => text)).toContain('tsvtools split');
});
