/**
 * What keys and drags do to the viewer, as plain numbers: which slice moves, how the render turns,
 * and which grey values are black and white (window and level).
 */
export interface GreyWindow {
  /** Value that is black. */
  readonly low: number;
  /** Value that is white. */
  readonly high: number;
}

export type Move =
  | { readonly kind: 'slice'; readonly by: readonly [number, number, number] }
  /** Degrees about the vertical, and up. */
  | { readonly kind: 'turn'; readonly by: readonly [number, number] };

/** Voxels along x (left-right), y (back-front), z (foot-head). */
const SLICES: Readonly<Record<string, readonly [number, number, number]>> = {
  ArrowLeft: [-1, 0, 0],
  ArrowRight: [1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
  ']': [0, 0, 1],
  '[': [0, 0, -1],
};

const TURNS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-10, 0],
  ArrowRight: [10, 0],
  ArrowUp: [0, 10],
  ArrowDown: [0, -10],
};

/** @returns undefined for a key that moves nothing */
export function moveOf(key: string, shift: boolean): Move | undefined {
  const turn = shift ? TURNS[key] : undefined;
  if (turn !== undefined) return { kind: 'turn', by: turn };
  const by = SLICES[key];
  return by === undefined ? undefined : { kind: 'slice', by };
}

/** Share of the scan's own window that a key changes. */
const STEP = 0.1;
/** Pixels of a drag that double the window, or move it by its own width. */
const REACH = 300;
/** A window that is narrower, as a share of the scan's own, would be black and white only. */
const NARROWEST = 0.01;

const made = (middle: number, width: number, own: GreyWindow): GreyWindow => {
  const held = Math.max(width, NARROWEST * (own.high - own.low));
  return { low: middle - held / 2, high: middle + held / 2 };
};

/**
 * W widens and Shift+W narrows, L lowers and Shift+L raises the level, R resets.
 * @param own - as the scan came
 * @returns undefined for another key
 */
export function windowAfterKey(
  key: string,
  shift: boolean,
  now: GreyWindow,
  own: GreyWindow,
): GreyWindow | undefined {
  const middle = (now.low + now.high) / 2;
  const width = now.high - now.low;
  const step = STEP * (own.high - own.low);
  switch (key.toLowerCase()) {
    case 'w':
      return made(middle, width + (shift ? -step : step), own);
    case 'l':
      return made(middle + (shift ? step : -step), width, own);
    case 'r':
      return shift ? undefined : own;
    default:
      return undefined;
  }
}

/** To the right widens the window, upwards lowers the level: the picture grows brighter. */
export function windowAfterDrag(
  start: GreyWindow,
  [right, down]: readonly [number, number],
  own: GreyWindow,
): GreyWindow {
  const width = own.high - own.low;
  const middle = (start.low + start.high) / 2 + (down / REACH) * width;
  return made(middle, start.high - start.low + (right / REACH) * width, own);
}
