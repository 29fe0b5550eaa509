import { expect, test } from 'vitest';
import { colourBar, fallingTable, risingTable } from './colour-map.ts';

/** Relative luminance as in WCAG 2.2, for colours of 0 to 255. */
function luminance(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.each([
  ['rising', risingTable],
  ['falling', fallingTable],
])('%s: knots run from 0 to 255 and every colour is lighter than the one before', (_, table) => {
  expect(table.I[0]).toBe(0);
  expect(table.I.at(-1)).toBe(255);
  const light = table.I.map((_, i) => luminance(table.R[i] ?? 0, table.G[i] ?? 0, table.B[i] ?? 0));
  expect([...light].sort((a, b) => a - b)).toEqual(light);
  expect(new Set(light).size).toBe(light.length);
});

test('the bar is empty below the threshold on both sides', () => {
  expect(colourBar(0.4)).toContain('#000 30.00%, #000 70.00%');
});
