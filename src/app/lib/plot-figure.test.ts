import { describe, expect, it, test } from 'vitest';
import { axisAround, layout, legendKey, ticksOf, type Figure } from './plot-figure.ts';
import { svgOf } from './plot-files.ts';

const figure: Figure = {
  title: 'ROC of "AD" & CN',
  x: { label: 'False positive rate', from: 0, to: 1 },
  y: { label: 'True positive rate', from: 0, to: 1 },
  marks: [
    {
      kind: 'line',
      points: [
        [0, 0],
        [1, 1],
      ],
      colour: 'first',
    },
  ],
  legend: [{ name: 'AD <1>', colour: 'first', dash: [7, 4] }],
};
const frame = { width: 478, height: 356 };
const paths = (marks: Figure['marks']) =>
  layout({ ...figure, marks }, frame).flatMap((shape) => (shape.kind === 'path' ? [shape] : []));
const last = (marks: Figure['marks']) => paths(marks).at(-1);

describe('ticks', () => {
  it('are round numbers within the axis', () => {
    expect(ticksOf({ label: '', from: 0, to: 1 }).map(({ text }) => text)).toEqual([
      '0',
      '0.2',
      '0.4',
      '0.6',
      '0.8',
      '1',
    ]);
    expect(ticksOf({ label: '', from: 57.2, to: 86.1 }).map(({ at }) => at)).toEqual([60, 70, 80]);
    expect(ticksOf({ label: '', from: -0.3, to: 0.3 }).map(({ at }) => at)).toEqual([-0.2, 0, 0.2]);
  });

  it('are those that are asked for, and one where the axis has no length', () => {
    const ticks = [{ at: 0, text: 'split-0' }];
    expect(ticksOf({ label: '', from: 0, to: 3, ticks })).toEqual(ticks);
    expect(ticksOf({ label: '', from: 2, to: 2 })).toHaveLength(1);
  });
});

test('an axis holds all values with a margin, and a single one in its middle', () => {
  expect(axisAround('x', [10, 20, NaN], 0.1)).toEqual({ label: 'x', from: 9, to: 21 });
  expect(axisAround('x', [4, 4])).toEqual({ label: 'x', from: 3.5, to: 4.5 });
  expect(axisAround('x', [])).toEqual({ label: 'x', from: 0, to: 1 });
});

describe('shapes', () => {
  it('a line goes from the lower left to the upper right of its axes', () => {
    // 62 pixels on the left, 16 on the right, 10 above, 46 below.
    expect(last(figure.marks)).toMatchObject({ d: 'M62 310L462 10', stroke: 'first' });
  });

  it('a band is one closed area, there along its lower edge and back along the upper', () => {
    const points = [
      [0, 0.25, 0.5],
      [1, 0.5, 1],
    ] as const;
    expect(last([{ kind: 'band', points, colour: 'second' }])).toMatchObject({
      ...{ d: 'M62 235L462 160L462 10L62 160Z', fill: 'second' },
    });
  });

  it('whiskers have a cap at either end, and bars stand on the axis', () => {
    expect(last([{ kind: 'whiskers', points: [[0.5, 0.5, 1]], colour: 'first' }])?.d).toBe(
      'M262 160V10M258 160h8M258 10h8',
    );
    const bars = [
      { from: 0, to: 0.5, y: 0.5 },
      { from: 0.5, to: 1, y: 0 },
    ];
    expect(last([{ kind: 'bars', bars, colour: 'first' }])?.d).toBe('M63 310V160H261V310Z');
  });

  it('each point has a symbol of its own, around its place', () => {
    const dots = (symbol: 'circle' | 'square') =>
      last([{ kind: 'dots', points: [[0.5, 0.5]], colour: 'first', symbol, size: 8 }])?.d;
    expect(dots('square')).toBe('M258 156L266 156L266 164L258 164Z');
    expect(dots('circle')).toMatch(/^M258 160a4 4/);
  });

  it('a legend has the dashes of its line', () => {
    const [key] = legendKey({ name: 'x', colour: 'third', dash: [2, 3] }, 0, 5);
    expect(key).toMatchObject({ d: 'M0 5h26', dash: [2, 3], stroke: 'third' });
  });
});

test('a file has the title, the legend and both axes, on white, and no text can break out', () => {
  const svg = svgOf(figure);
  expect(svg).toContain('<title>ROC of &quot;AD&quot; &amp; CN</title>');
  expect(svg).toContain('>AD &lt;1&gt;</text>');
  expect(svg).toContain('>False positive rate</text>');
  expect(svg).toMatch(/transform="rotate\(-90 [^"]+"[^>]*>True positive rate/);
  expect(svg).toContain('fill="#ffffff"');
  expect(svg).not.toContain('var(');
  expect(svg.match(/<text/g)).toHaveLength(2 + 2 + 6 + 6);
});
