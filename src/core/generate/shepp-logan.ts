/**
 * `generate shepplogan`: slices of a head after Shepp and Logan (IEEE Trans Nucl Sci 1974, 21:21-43),
 * in which two regions are large or small: at the top one ellipse, at the bottom three. Subtype 0 has
 * both large, 1 a small bottom, 2 a small top, as in ClinicaDL 1.6.1, whose shapes and laws these are.
 * Sizes, positions, intensity and ventricles are drawn for each participant.
 */
import type { RandomStream } from '../random/philox.ts';
import { gaussianFilter } from './gaussian-filter.ts';

export const SUBTYPES = [0, 1, 2] as const;
export type Subtype = (typeof SUBTYPES)[number];

export interface PhantomOptions {
  /** Pixels along both axes, 32 at least. */
  readonly size: number;
  readonly subtype: Subtype;
  readonly smoothing: boolean;
}

export interface Phantom {
  /** [size, size], row after row, intensities 0 to 1. */
  readonly image: Float32Array<ArrayBuffer>;
  /** 1 where one of the two regions is, at the larger of its two sizes: there the subtypes differ. */
  readonly mask: Uint8Array<ArrayBuffer>;
  /** The image less the one that the same draws give as subtype 0. */
  readonly change: Float32Array<ArrayBuffer>;
}

type Scale = readonly [number, number];
interface Ellipse {
  readonly row: number;
  readonly column: number;
  readonly rowRadius: number;
  readonly columnRadius: number;
  /** Radians, from the rows towards the columns. */
  readonly turn?: number;
}
interface Draws {
  readonly skullShift: number;
  readonly colour: number;
  /** Of the middle, the top and the bottom. */
  readonly shifts: readonly [Scale, Scale, Scale];
  readonly middle: Scale;
  readonly top: { readonly large: Scale; readonly small: Scale };
  readonly bottom: { readonly large: Scale; readonly small: Scale };
  readonly ventricle: number;
  readonly turns: Scale;
  readonly blur: number;
}

/** Smallest picture in which every shape has a pixel. */
export const LEAST_SIZE = 32;

export function sheppLogan(
  { size, subtype, smoothing }: PhantomOptions,
  random: RandomStream,
): Phantom {
  const draws = drawAll(size, random);
  const sigma = smoothing ? (draws.blur * size) / 100 : 0;
  const shape = [size, size];
  const image = gaussianFilter(paint(size, subtype, draws), shape, sigma);
  const whole = gaussianFilter(paint(size, 0, draws), shape, sigma);
  const mask = new Uint8Array(size * size);
  const { top, bottom } = draws;
  for (const ellipse of [...topOf(size, draws, top.large), ...bottomOf(size, draws, bottom.large)])
    fill(size, ellipse, (at) => (mask[at] = 1));
  for (const ellipse of ventriclesOf(size, draws)) fill(size, ellipse, (at) => (mask[at] = 0));
  return { image, mask, change: image.map((value, at) => value - (whole[at] as number)) };
}

/** Of both sizes of each region, so that subtypes share all other draws. */
function drawAll(size: number, random: RandomStream): Draws {
  const shift = (): Scale => {
    const offset = random.uniform(1, size / 32);
    const angle = random.uniform(-Math.PI, Math.PI);
    return [offset * Math.cos(angle), offset * Math.sin(angle)];
  };
  const large = (): Scale => [random.uniform(1, 1.2), random.uniform(1, 1.2)];
  const small = (): Scale => [random.uniform(0.8, 0.9), random.uniform(0.8, 0.9)];
  const tilt = () => Math.PI / 8 + random.uniform(-Math.PI / 16, Math.PI / 16);
  return {
    skullShift: random.uniform(1, size / 32),
    colour: random.uniform(0.4, 0.6),
    shifts: [shift(), shift(), shift()],
    middle: large(),
    top: { large: large(), small: small() },
    bottom: { large: large(), small: small() },
    ventricle: random.uniform(0.8, 1.2),
    turns: [tilt(), -tilt()],
    blur: random.uniform(),
  };
}

/** Later shapes cover earlier ones. */
function paint(size: number, subtype: Subtype, draws: Draws): Float32Array<ArrayBuffer> {
  const image = new Float32Array(size * size);
  const { centre, long, wide } = measures(size);
  const put = (value: number, ...ellipses: readonly Ellipse[]) => {
    for (const ellipse of ellipses) fill(size, ellipse, (at) => (image[at] = value));
  };
  const { skullShift, colour, shifts, middle, top, bottom } = draws;
  put(1, { row: centre, column: centre, rowRadius: long, columnRadius: wide });
  put(0.2, {
    ...{ row: centre + skullShift / 2, column: centre },
    ...{ rowRadius: long - skullShift, columnRadius: wide - skullShift },
  });
  put(colour, at(centre, centre, shifts[0], (wide / 6) * middle[0], (wide / 6) * middle[1]));
  put(colour, ...topOf(size, draws, subtype === 2 ? top.small : top.large));
  put(colour, ...bottomOf(size, draws, subtype === 1 ? bottom.small : bottom.large));
  put(0, ...ventriclesOf(size, draws));
  return image;
}

function topOf(size: number, { shifts }: Draws, [rows, columns]: Scale): Ellipse[] {
  const { centre, wide } = measures(size);
  return [at(0.6 * centre, centre, shifts[1], (wide / 3) * rows, (wide / 4) * columns)];
}

function bottomOf(size: number, { shifts }: Draws, [rows, columns]: Scale): Ellipse[] {
  const { centre, wide } = measures(size);
  return [1, 1.1, 0.9].map((factor) => {
    const column = factor * centre;
    return at(1.5 * centre, column, shifts[2], (wide / 10) * rows, (wide / 10) * columns);
  });
}

function ventriclesOf(size: number, { ventricle, turns }: Draws): Ellipse[] {
  const { centre, long } = measures(size);
  const length = long * ventricle;
  return [0.75, 1.25].map((factor, side) => ({
    ...{ row: centre, column: factor * centre, turn: turns[side] as number },
    ...{ rowRadius: length / 3, columnRadius: length / 6 },
  }));
}

const measures = (size: number) => {
  const centre = (size + 1) / 2;
  return { centre, long: centre - 2, wide: (2 * centre) / 3 - 2 };
};

const at = (
  row: number,
  column: number,
  [down, right]: Scale,
  rowRadius: number,
  columnRadius: number,
): Ellipse => ({ row: row + down, column: column + right, rowRadius, columnRadius });

function fill(
  size: number,
  { row, column, rowRadius, columnRadius, turn = 0 }: Ellipse,
  put: (at: number) => void,
): void {
  const sine = Math.sin(turn);
  const cosine = Math.cos(turn);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const down = i - row;
      const right = j - column;
      const a = (down * cosine + right * sine) / rowRadius;
      const b = (right * cosine - down * sine) / columnRadius;
      if (a * a + b * b < 1) put(i * size + j);
    }
}
