/**
 * A plot as data, and where everything of it lies: curves, bands, points and bars between two axes.
 * The page draws the shapes with its own colours; `plot-files.ts` writes the same ones as SVG or PNG.
 * uPlot draws on a canvas alone, which cannot be saved as SVG.
 */
import { axisLabel } from './format.ts';

/** Colours by meaning; pages and files each have their own values for them. */
export type Colour = 'ink' | 'soft' | 'line' | 'strong' | 'first' | 'second' | 'third' | 'fourth';
export const CLASS_COLOURS: readonly Colour[] = ['first', 'second', 'third', 'fourth'];
/** Told apart without colour: by the dashes of a line and the shape of a point. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
export type SymbolName = 'circle' | 'square' | 'triangle' | 'diamond';

export type Point = readonly [x: number, y: number];
/** x, lower and upper y. */
export type Range = readonly [x: number, low: number, high: number];

export type Mark =
  | {
      readonly kind: 'line';
      readonly points: readonly Point[];
      readonly colour: Colour;
      readonly dash?: readonly number[];
      readonly width?: number;
    }
  | { readonly kind: 'band'; readonly points: readonly Range[]; readonly colour: Colour }
  | { readonly kind: 'whiskers'; readonly points: readonly Range[]; readonly colour: Colour }
  | {
      readonly kind: 'dots';
      readonly points: readonly Point[];
      readonly colour: Colour;
      readonly symbol: SymbolName;
      /** Across, pixels. */
      readonly size?: number;
    }
  | {
      readonly kind: 'bars';
      readonly bars: readonly { readonly from: number; readonly to: number; readonly y: number }[];
      readonly colour: Colour;
      /** Outlined rather than filled. */
      readonly hollow?: boolean;
    }
  | {
      readonly kind: 'words';
      readonly at: Point;
      readonly text: string;
      readonly anchor?: 'start' | 'middle' | 'end';
    };

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Places and names of its marks; round numbers when absent. */
  readonly ticks?: readonly { readonly at: number; readonly text: string }[];
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: Colour;
  readonly dash?: readonly number[];
  readonly symbol?: SymbolName;
}

export interface Figure {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
  readonly legend?: readonly LegendEntry[];
}

export type Shape =
  | {
      readonly kind: 'path';
      readonly d: string;
      readonly stroke?: Colour;
      readonly fill?: Colour;
      readonly width?: number;
      readonly dash?: readonly number[];
      readonly opacity?: number;
    }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly x: number;
      readonly y: number;
      readonly anchor: 'start' | 'middle' | 'end';
      readonly size: number;
      readonly colour: Colour;
      readonly bold?: boolean;
      /** A quarter turn to the left. */
      readonly upright?: boolean;
    };

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Whether title and legend are drawn inside, as in a file. */
  readonly titled?: boolean;
}

const MARGIN = { left: 62, right: 16, top: 10, bottom: 46 } as const;
const TITLE = 30;
const LEGEND_LINE = 20;
const TEXT = 12;

/** @returns shapes in the order of drawing; pixels from the upper left corner. */
export function layout(figure: Figure, frame: Frame): Shape[] {
  const { titled = false } = frame;
  const entries = titled ? (figure.legend ?? []) : [];
  const top = MARGIN.top + (titled ? TITLE + LEGEND_LINE * entries.length : 0);
  const [left, right] = [MARGIN.left, frame.width - MARGIN.right];
  const bottom = frame.height - MARGIN.bottom;
  const x = scale(figure.x, left, right);
  const y = scale(figure.y, bottom, top);
  return [
    ...(titled ? heading(figure.title, entries, left) : []),
    ...axes(figure, { left, right, top, bottom }, x, y),
    ...figure.marks.flatMap((mark) => shapesOf(mark, x, y, bottom)),
  ];
}

type Scale = (value: number) => number;

function scale({ from, to }: Axis, start: number, end: number): Scale {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

/** @returns round numbers (1, 2 or 5 times a power of ten) within the axis, about `wanted` of them. */
export function ticksOf({ from, to, ticks }: Axis, wanted = 5): { at: number; text: string }[] {
  if (ticks !== undefined) return [...ticks];
  const rough = (to - from) / wanted;
  if (!(rough > 0)) return [{ at: from, text: axisLabel(from, 1) }];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const at = Number(((first + index) * step).toPrecision(12));
    return { at, text: axisLabel(at, step) };
  });
}

/** An axis that holds all values, with a margin; of a single value, half a unit on each side. */
export function axisAround(label: string, values: readonly number[], share = 0.06): Axis {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { label, from: 0, to: 1 };
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const room = high === low ? 0.5 : share * (high - low);
  return { label, from: low - room, to: high + room };
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function axes(figure: Figure, { left, right, top, bottom }: Box, x: Scale, y: Scale): Shape[] {
  const wide = right - left < 320 ? 4 : 6;
  const text = { kind: 'text', size: TEXT, colour: 'soft' } as const;
  const grid = { kind: 'path', stroke: 'line', width: 1 } as const;
  const middle = [(left + right) / 2, (top + bottom) / 2] as const;
  return [
    ...ticksOf(figure.y).flatMap(({ at, text: label }): Shape[] => [
      { ...grid, d: `M${px(left)} ${px(y(at))}H${px(right)}` },
      { ...text, text: label, x: left - 8, y: y(at) + 4, anchor: 'end' },
    ]),
    ...ticksOf(figure.x, wide).flatMap(({ at, text: label }): Shape[] => [
      { ...grid, d: `M${px(x(at))} ${px(top)}V${px(bottom)}` },
      { ...text, text: label, x: x(at), y: bottom + 17, anchor: 'middle' },
    ]),
    { ...grid, stroke: 'strong', d: `M${px(left)} ${px(top)}V${px(bottom)}H${px(right)}` },
    { ...text, text: figure.x.label, x: middle[0], y: bottom + 38, anchor: 'middle' },
    { ...text, text: figure.y.label, x: 14, y: middle[1], anchor: 'middle', upright: true },
  ];
}

function heading(title: string, entries: readonly LegendEntry[], left: number): Shape[] {
  const size = TEXT + 3;
  return [
    { kind: 'text', text: title, x: left, y: 24, anchor: 'start', size, colour: 'ink', bold: true },
    ...entries.flatMap((entry, index): Shape[] => {
      const y = MARGIN.top + TITLE + LEGEND_LINE * index + 6;
      const name = { kind: 'text', size: TEXT, colour: 'ink', anchor: 'start' } as const;
      return [...legendKey(entry, left, y), { ...name, text: entry.name, x: left + 34, y: y + 4 }];
    }),
  ];
}

/** What stands before a name in a legend: 26 pixels wide. */
export function legendKey({ colour, dash = [], symbol }: LegendEntry, x: number, y: number) {
  const shape: Shape & { kind: 'path' } =
    symbol === undefined
      ? { kind: 'path', d: `M${px(x)} ${px(y)}h26`, stroke: colour, width: 2.5, dash }
      : { kind: 'path', d: symbolPath(symbol, x + 13, y, 9), fill: colour };
  return [shape];
}

function shapesOf(mark: Mark, x: Scale, y: Scale, bottom: number): Shape[] {
  switch (mark.kind) {
    case 'line': {
      const { colour, dash = [], width = 2.25 } = mark;
      return [{ kind: 'path', d: through(mark.points, x, y), stroke: colour, width, dash }];
    }
    case 'band': {
      const lower = mark.points.map(([at, low]): Point => [at, low]);
      const upper = mark.points.map(([at, , high]): Point => [at, high]).reverse();
      const d = `${through([...lower, ...upper], x, y)}Z`;
      return [{ kind: 'path', d, fill: mark.colour, opacity: 0.18 }];
    }
    case 'whiskers':
      return mark.points.map(([at, low, high]) => {
        const cap = (value: number) => `M${px(x(at) - 4)} ${px(y(value))}h8`;
        const d = `M${px(x(at))} ${px(y(low))}V${px(y(high))}${cap(low)}${cap(high)}`;
        return { kind: 'path', d, stroke: mark.colour, width: 1.5 };
      });
    case 'dots': {
      const { colour: fill, symbol, size = 7 } = mark;
      return mark.points.map(([at, value]) => {
        return { kind: 'path', fill, opacity: 0.85, d: symbolPath(symbol, x(at), y(value), size) };
      });
    }
    case 'bars':
      return mark.bars.flatMap(({ from, to, y: value }): Shape[] => {
        if (value <= 0) return [];
        const [left, right] = [x(from) + 1, x(to) - 1];
        const d = `M${px(left)} ${px(bottom)}V${px(y(value))}H${px(right)}V${px(bottom)}Z`;
        return mark.hollow === true
          ? [{ kind: 'path', d, stroke: mark.colour, width: 2 }]
          : [{ kind: 'path', d, fill: mark.colour, opacity: 0.75 }];
      });
    case 'words': {
      const { at, text, anchor = 'start' } = mark;
      const place = { x: x(at[0]), y: y(at[1]) };
      return [{ kind: 'text', text, ...place, anchor, size: TEXT, colour: 'ink' }];
    }
  }
}

function through(points: readonly Point[], x: Scale, y: Scale): string {
  return points
    .map(([at, value], index) => `${index === 0 ? 'M' : 'L'}${px(x(at))} ${px(y(value))}`)
    .join('');
}

function symbolPath(symbol: SymbolName, x: number, y: number, size: number): string {
  const r = size / 2;
  const corners: Readonly<Record<Exclude<SymbolName, 'circle'>, readonly Point[]>> = {
    square: [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ],
    diamond: [
      [0, -1.25],
      [1.25, 0],
      [0, 1.25],
      [-1.25, 0],
    ],
    triangle: [
      [0, -1.1],
      [1.2, 1.1],
      [-1.2, 1.1],
    ],
  };
  if (symbol === 'circle') {
    const arc = (way: number) => `a${px(r)} ${px(r)} 0 1 0 ${px(way)} 0`;
    return `M${px(x - r)} ${px(y)}${arc(size)}${arc(-size)}Z`;
  }
  const placed = corners[symbol].map(([dx, dy]): Point => [x + r * dx, y + r * dy]);
  return `${through(
    placed,
    (value) => value,
    (value) => value,
  )}Z`;
}

/** Tenths of a pixel. */
const px = (value: number): string => String(Math.round(value * 10) / 10);
