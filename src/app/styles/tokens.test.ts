import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function colours(theme: 'light' | 'dark'): ReadonlyMap<string, string> {
  const pairs = css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g);
  return new Map(
    [...pairs].map(([, name = '', light = '', dark = '']) => [
      name,
      theme === 'light' ? light : dark,
    ]),
  );
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const text: readonly (readonly [string, string])[] = [
  ...['ground', 'surface', 'sunken', 'accent-soft', 'good-soft', 'warn-soft', 'bad-soft'].flatMap(
    (ground) => [['ink', ground] as const, ['ink-soft', ground] as const],
  ),
  ['accent', 'ground'],
  ['accent', 'surface'],
  ['accent', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['bad', 'surface'],
  ['warn', 'warn-soft'],
  ['surface', 'good'],
  ['surface', 'warn'],
  ['surface', 'bad'],
  ['surface', 'accent'],
];

const marks: readonly (readonly [string, string])[] = [
  ...['line-strong', 'train', 'validation', 'test', 'accent'].flatMap((mark) => [
    [mark, 'surface'] as const,
    [mark, 'ground'] as const,
  ]),
];

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const known = colours(theme);
  const of = (a: string, b: string): number => contrast(known.get(a) ?? '', known.get(b) ?? '');

  test.each(text)('text %s on %s has 4.5 to 1', (ink, ground) => {
    expect(of(ink, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(marks)('mark %s on %s has 3 to 1', (mark, ground) => {
    expect(of(mark, ground)).toBeGreaterThanOrEqual(3);
  });
});
