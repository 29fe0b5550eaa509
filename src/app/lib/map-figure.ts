/**
 * The figure of a map for a paper or a slide: three planes through one place, the map over the scan
 * with its colour bar, letters of orientation, and all that says how it was made. Drawn from the
 * volumes themselves, so that it is the same on every screen.
 */
import type { Vector3 } from '../../core/nifti/matrix.ts';
import {
  axisThrough,
  edgeLetters,
  frameAround,
  pixelOf,
  PLANES,
  samplePlane,
  type Frame,
  type Plane,
} from '../../core/picture/plane.ts';
import type { Volume } from '../../core/volume.ts';
import { colourOf } from './colour-map.ts';
import type { OverlayLook } from './viewer.ts';

export interface FigureWords {
  /** Method, class, whom. */
  readonly title: string;
  /** Model, threshold, convention. */
  readonly details: readonly string[];
  /** What the colour bar measures. */
  readonly unit: string;
  readonly caption: (plane: Plane, millimetres: number) => string;
  readonly number: (value: number) => string;
  readonly footer: string;
}

export interface FigureOptions {
  /** Intensities 0 to 1. */
  readonly scan: Volume;
  readonly map: Volume;
  readonly at: Vector3;
  readonly look: OverlayLook;
  /** From minus the peak to the peak; else from 0. */
  readonly signed: boolean;
  readonly radiological: boolean;
  readonly words: FigureWords;
}

const SIDE = 560;
const GAP = 24;
const MARGIN = 40;
const WIDTH = 2 * MARGIN + 3 * SIDE + 2 * GAP;
const PICTURES = 150;
const BAR = PICTURES + SIDE + 78;
const HEIGHT = BAR + 150;
const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif';

/** @returns red, green, blue and opacity, row by row: the scan in grey, the map over it */
export function planePixels(
  { scan, map, look }: Pick<FigureOptions, 'scan' | 'map' | 'look'>,
  frame: Frame,
): Uint8ClampedArray<ArrayBuffer> {
  const greys = samplePlane(scan, frame);
  const values = samplePlane(map, frame);
  const pixels = new Uint8ClampedArray(4 * greys.length);
  for (let at = 0; at < greys.length; at++) {
    const value = greys[at] ?? NaN;
    const grey = Number.isNaN(value) ? 0 : 255 * value;
    const colour = colourOf(look.colours, values[at] ?? NaN, look.low, look.high);
    const mixed = (channel: 0 | 1 | 2): number =>
      colour === undefined ? grey : grey + look.opacity * (colour[channel] - grey);
    pixels.set([mixed(0), mixed(1), mixed(2), 255], 4 * at);
  }
  return pixels;
}

/** @returns a canvas of 1,800 pixels and more across */
export function drawFigure(options: FigureOptions): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no 2D canvas');
  const { words } = options;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, WIDTH, HEIGHT);
  write(context, words.title, MARGIN, 70, { size: 40, weight: 600 });
  write(context, words.details.join('  ·  '), MARGIN, 118, { size: 26, colour: '#4b595b' });
  PLANES.forEach((plane, index) =>
    drawPlane(context, options, plane, MARGIN + index * (SIDE + GAP)),
  );
  drawBar(context, options);
  write(context, words.footer, MARGIN, HEIGHT - 24, { size: 22, colour: '#4b595b' });
  return canvas;
}

interface Writing {
  readonly size: number;
  readonly weight?: number;
  readonly colour?: string;
  readonly align?: CanvasTextAlign;
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  { size, weight = 400, colour = '#12191a', align = 'left' }: Writing,
): void {
  context.font = `${weight} ${size}px ${FONT}`;
  context.fillStyle = colour;
  context.textAlign = align;
  // Squeezed rather than cut off where a name is long.
  context.fillText(text, x, y, WIDTH - 2 * MARGIN);
}

function drawPlane(
  context: CanvasRenderingContext2D,
  options: FigureOptions,
  plane: Plane,
  left: number,
): void {
  const { scan, at, radiological, words } = options;
  const size = { width: SIDE, height: SIDE };
  const frame = { ...frameAround(scan, plane, at, size), radiological };
  const image = new ImageData(planePixels(options, frame), SIDE, SIDE);
  context.putImageData(image, left, PICTURES);
  const [column, row] = pixelOf(frame, at);
  context.strokeStyle = 'rgb(255 192 64 / 70%)';
  context.lineWidth = 2;
  context.beginPath();
  for (const [from, to] of [
    [0, column - 24],
    [column + 24, SIDE],
  ] as const) {
    context.moveTo(left + Math.max(0, Math.min(SIDE, from)), PICTURES + row);
    context.lineTo(left + Math.max(0, Math.min(SIDE, to)), PICTURES + row);
  }
  for (const [from, to] of [
    [0, row - 24],
    [row + 24, SIDE],
  ] as const) {
    context.moveTo(left + column, PICTURES + Math.max(0, Math.min(SIDE, from)));
    context.lineTo(left + column, PICTURES + Math.max(0, Math.min(SIDE, to)));
  }
  context.stroke();
  const [west, east, north, south] = edgeLetters(plane, radiological);
  const letter = { size: 26, weight: 600, colour: '#d1dbe6' };
  write(context, west, left + 12, PICTURES + SIDE / 2 - 12, letter);
  write(context, east, left + SIDE - 12, PICTURES + SIDE / 2 - 12, { ...letter, align: 'right' });
  write(context, north, left + SIDE / 2 + 12, PICTURES + 32, letter);
  write(context, south, left + SIDE / 2 + 12, PICTURES + SIDE - 12, letter);
  const said = words.caption(plane, at[axisThrough(plane)]);
  write(context, said, left, PICTURES + SIDE + 36, { size: 24, colour: '#4b595b' });
}

function drawBar(context: CanvasRenderingContext2D, { look, signed, words }: FigureOptions): void {
  const width = 900;
  const left = (WIDTH - width) / 2;
  const from = signed ? -look.high : 0;
  for (let x = 0; x < width; x++) {
    const value = from + ((look.high - from) * (x + 0.5)) / width;
    const [red, green, blue] = colourOf(look.colours, value, look.low, look.high) ?? [0, 0, 0];
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(left + x, BAR, 1, 34);
  }
  context.strokeStyle = '#4b595b';
  context.lineWidth = 1;
  context.strokeRect(left, BAR, width, 34);
  const ends = signed ? [-look.high, -look.low, look.low, look.high] : [0, look.low, look.high];
  for (const value of ends) {
    const x = left + (width * (value - from)) / (look.high - from);
    write(context, words.number(value), x, BAR + 62, { size: 22, align: 'center' });
  }
  write(context, words.unit, WIDTH / 2, BAR + 96, { size: 24, align: 'center' });
}
