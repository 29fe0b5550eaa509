/**
 * The guided tour: where it stops, and where its card stands. It is no mask over the page: the card
 * stands beside what it explains and never on it, and the page goes on working under it.
 */

export const tourStops = [
  'start',
  'rail',
  'data',
  'split',
  'network',
  'train',
  'evaluate',
  'interpret',
  'teaching',
] as const;

export type TourStop = (typeof tourStops)[number];

/** What a stop points at: the first of these that is on the page. */
export const anchors: Readonly<Record<TourStop, readonly string[]>> = {
  start: ['#start .button-primary'],
  rail: ['nav[data-rail] ol', '.rail nav ol'],
  data: ['#data [data-testid="cohort"]', '#data > header'],
  split: ['[data-testid="leak"] > :first-child', '#split > header'],
  network: ['#network figure', '#network > header'],
  train: ['#train .button-primary', '#train > header'],
  evaluate: ['#evaluate > header'],
  interpret: ['#interpret > header'],
  teaching: ['[data-testid="teaching"]'],
};

export interface Box {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

export interface CardPlace {
  readonly top: number;
  readonly left: number;
  /** Pixels that the card may be high; it scrolls within. */
  readonly height: number;
  readonly side: 'below' | 'above' | 'right' | 'left';
}

/** Between the card, what it explains, and the edges of the window; pixels. */
const GAP = 12;
/** Less than this is no card. */
const LEAST = 140;

/**
 * Below what it explains where there is room, else above, beside, or in the larger of the rests.
 * @param anchor - of what is explained, in pixels of the window
 * @param card - its natural size
 * @param top - pixels at the top of the window that are covered by something else
 */
export function placeCard(
  anchor: Box,
  card: Pick<Box, 'width' | 'height'>,
  window: Pick<Box, 'width' | 'height'>,
  top = 0,
): CardPlace {
  const bottom = anchor.top + anchor.height;
  const right = anchor.left + anchor.width;
  const below = window.height - bottom - 2 * GAP;
  const above = anchor.top - top - 2 * GAP;
  const within = (value: number, most: number, least = GAP) =>
    Math.max(least, Math.min(value, most));
  const left = within(anchor.left, window.width - card.width - GAP);
  const under = { top: bottom + GAP, left, side: 'below' } as const;
  if (below >= card.height) return { ...under, height: card.height };
  if (above >= card.height) {
    return { top: anchor.top - GAP - card.height, left, height: card.height, side: 'above' };
  }
  const beside = within(anchor.top, window.height - card.height - GAP, top + GAP);
  const fits = card.height <= window.height - top - 2 * GAP;
  if (fits && window.width - right >= card.width + 2 * GAP) {
    return { top: beside, left: right + GAP, height: card.height, side: 'right' };
  }
  if (fits && anchor.left >= card.width + 2 * GAP) {
    return { top: beside, left: anchor.left - GAP - card.width, height: card.height, side: 'left' };
  }
  if (below >= above) return { ...under, height: Math.max(LEAST, below) };
  const height = Math.max(LEAST, above);
  return { top: Math.max(top + GAP, anchor.top - GAP - height), left, height, side: 'above' };
}

/** @returns the number of a kept stop; undefined for what is none */
export function readStop(text: string | null): number | undefined {
  const number = text !== null && /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return number < tourStops.length ? number : undefined;
}
