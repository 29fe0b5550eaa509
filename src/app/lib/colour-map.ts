/**
 * The maps of a saliency overlay, each told apart by every kind of colour vision and in grey. Those of
 * two sides grow lighter with size on both: one colour where the score falls, one where it rises.
 * Magma and cividis (Nunez, Anderton and Renslow 2018) rise in lightness alone: for maps without
 * values below 0; their falling side is the same in blue.
 */
type Colour = readonly [number, number, number];

export const COLOUR_MAPS = ['blue-orange', 'purple-green', 'magma', 'cividis'] as const;
export type ColourMapName = (typeof COLOUR_MAPS)[number];
/** For maps with values of both signs. */
export const TWO_SIDED: readonly ColourMapName[] = ['blue-orange', 'purple-green'];

const ORANGE: readonly Colour[] = [
  [140, 52, 4],
  [226, 104, 14],
  [255, 176, 64],
  [255, 240, 190],
];
const BLUE: readonly Colour[] = [
  [12, 52, 140],
  [30, 110, 214],
  [90, 182, 250],
  [206, 240, 255],
];
const GREEN: readonly Colour[] = [
  [0, 84, 40],
  [24, 150, 80],
  [110, 214, 130],
  [224, 255, 220],
];
const PURPLE: readonly Colour[] = [
  [88, 24, 120],
  [152, 74, 190],
  [206, 150, 235],
  [246, 226, 255],
];
const MAGMA: readonly Colour[] = [
  [81, 18, 124],
  [183, 55, 121],
  [252, 137, 97],
  [252, 253, 191],
];
const CIVIDIS: readonly Colour[] = [
  [0, 62, 120],
  [96, 100, 112],
  [166, 157, 117],
  [255, 234, 70],
];

/** From the threshold to the peak. */
const COLOURS: Readonly<
  Record<ColourMapName, { readonly rising: readonly Colour[]; readonly falling: readonly Colour[] }>
> = {
  'blue-orange': { rising: ORANGE, falling: BLUE },
  'purple-green': { rising: GREEN, falling: PURPLE },
  magma: { rising: MAGMA, falling: BLUE },
  cividis: { rising: CIVIDIS, falling: BLUE },
};

/** niivue's form of a colour map: knots `I` from 0 to 255 with red, green, blue and opacity. */
export interface ColourTable {
  readonly R: number[];
  readonly G: number[];
  readonly B: number[];
  readonly A: number[];
  readonly I: number[];
}

function table(colours: readonly Colour[]): ColourTable {
  const knots = colours.map((_, index) => Math.round((255 * index) / (colours.length - 1)));
  return {
    R: colours.map(([red]) => red),
    G: colours.map(([, green]) => green),
    B: colours.map(([, , blue]) => blue),
    // Zero at the threshold: niivue draws every voxel, also those below, with the first colour.
    A: colours.map((_, index) => (index === 0 ? 0 : 255)),
    I: knots,
  };
}

export function tablesOf(name: ColourMapName): { rising: ColourTable; falling: ColourTable } {
  const { rising, falling } = COLOURS[name];
  return { rising: table(rising), falling: table(falling) };
}

/**
 * @param low - absolute value below which nothing is drawn
 * @param high - absolute value of the last colour
 * @returns the colour of a value; undefined where nothing is drawn
 */
export function colourOf(
  name: ColourMapName,
  value: number,
  low: number,
  high: number,
): Colour | undefined {
  const size = Math.abs(value);
  if (!(size >= low) || size === 0) return undefined;
  const { rising, falling } = COLOURS[name];
  const colours = value < 0 ? falling : rising;
  const share = high > low ? Math.min(1, (size - low) / (high - low)) : 1;
  const place = share * (colours.length - 1);
  const from = Math.min(Math.floor(place), colours.length - 2);
  const [a, b] = [colours[from], colours[from + 1]];
  if (a === undefined || b === undefined) return undefined;
  const mixed = (channel: 0 | 1 | 2): number =>
    Math.round(a[channel] + (place - from) * (b[channel] - a[channel]));
  return [mixed(0), mixed(1), mixed(2)];
}

const css = ([red, green, blue]: Colour): string => `rgb(${red} ${green} ${blue})`;

/**
 * @param threshold - share of the peak below which nothing is drawn, 0 to 1
 * @param signed - from minus peak to peak; else from 0 to peak
 * @returns a CSS gradient, empty where nothing is drawn
 */
export function colourBar(name: ColourMapName, threshold: number, signed: boolean): string {
  const side = (colours: readonly Colour[], from: number, to: number): string[] =>
    colours.map((colour, index) => {
      const place = from + ((to - from) * index) / (colours.length - 1);
      return `${css(colour)} ${place.toFixed(2)}%`;
    });
  const { rising, falling } = COLOURS[name];
  const zero = signed ? 50 : 0;
  const low = zero - 50 * threshold;
  const high = zero + (100 - zero) * threshold;
  return `linear-gradient(to right, ${[
    ...(signed
      ? [...side([...falling].reverse(), 0, low), `#000 ${low.toFixed(2)}%`]
      : ['#000 0%']),
    `#000 ${high.toFixed(2)}%`,
    ...side(rising, high, 100),
  ].join(', ')})`;
}
