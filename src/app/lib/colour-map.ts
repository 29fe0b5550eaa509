/**
 * The two-sided map of a saliency overlay: blue where the score falls, orange where it rises, both
 * growing lighter with size, so that they differ for every kind of colour vision and in grey.
 */
type Colour = readonly [number, number, number];

/** From the threshold to the peak. */
const rising: readonly Colour[] = [
  [140, 52, 4],
  [226, 104, 14],
  [255, 176, 64],
  [255, 240, 190],
];
const falling: readonly Colour[] = [
  [12, 52, 140],
  [30, 110, 214],
  [90, 182, 250],
  [206, 240, 255],
];

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

export const risingTable = table(rising);
export const fallingTable = table(falling);

const css = ([red, green, blue]: Colour): string => `rgb(${red} ${green} ${blue})`;

/**
 * @param threshold - share of the peak below which nothing is drawn, 0 to 1
 * @returns a CSS gradient from minus peak to plus peak, empty in the middle
 */
export function colourBar(threshold: number): string {
  const side = (colours: readonly Colour[], from: number, to: number): string[] =>
    colours.map((colour, index) => {
      const place = from + ((to - from) * index) / (colours.length - 1);
      return `${css(colour)} ${place.toFixed(2)}%`;
    });
  const low = 50 - 50 * threshold;
  const high = 50 + 50 * threshold;
  return `linear-gradient(to right, ${[
    ...side([...falling].reverse(), 0, low),
    `#000 ${low.toFixed(2)}%`,
    `#000 ${high.toFixed(2)}%`,
    ...side(rising, high, 100),
  ].join(', ')})`;
}
