import { expect, test } from 'vitest';
import { colourBar, colourOf, COLOUR_MAPS, tablesOf, TWO_SIDED } from './colour-map.ts';

/** Relative luminance as in WCAG 2.2, for colours of 0 to 255. */
function luminance(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.each(
  COLOUR_MAPS.flatMap((name) => [
    [name, 'rising', tablesOf(name).rising] as const,
    [name, 'falling', tablesOf(name).falling] as const,
  ]),
)(
  '%s, %s: knots run from 0 to 255, every colour is lighter than the one before',
  (_n, _s, table) => {
    expect(table.I[0]).toBe(0);
    expect(table.I.at(-1)).toBe(255);
    const light = table.I.map((_, i) =>
      luminance(table.R[i] ?? 0, table.G[i] ?? 0, table.B[i] ?? 0),
    );
    expect([...light].sort((a, b) => a - b)).toEqual(light);
    expect(new Set(light).size).toBe(light.length);
  },
);

test('the bar is empty below the threshold: on both sides, or on the one there is', () => {
  expect(colourBar('blue-orange', 0.4, true)).toContain('#000 30.00%, #000 70.00%');
  expect(colourBar('magma', 0.4, false)).toContain('#000 0%, #000 40.00%');
});

test('a value has the colour of its place between threshold and peak', () => {
  expect(colourOf('blue-orange', 0.29, 0.3, 1)).toBeUndefined();
  expect(colourOf('blue-orange', 0, 0, 1)).toBeUndefined();
  expect(colourOf('blue-orange', NaN, 0, 1)).toBeUndefined();
  expect(colourOf('blue-orange', 0.3, 0.3, 1)).toEqual([140, 52, 4]);
  expect(colourOf('blue-orange', 7, 0.3, 1)).toEqual([255, 240, 190]);
  expect(colourOf('blue-orange', -1, 0.3, 1)).toEqual([206, 240, 255]);
  expect(colourOf('blue-orange', 0.5, 0, 1)).toEqual([241, 140, 39]);
});

test('rising and falling differ in blue against red or green, for maps of both signs', () => {
  for (const name of TWO_SIDED) {
    const [up, down] = [colourOf(name, 0.6, 0, 1), colourOf(name, -0.6, 0, 1)];
    const distance = [0, 1, 2].map((i) => Math.abs((up?.[i] ?? 0) - (down?.[i] ?? 0)));
    expect(Math.max(...distance)).toBeGreaterThan(80);
  }
});
