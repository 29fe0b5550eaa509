/**
 * Which rows of a long table exist in the page: rows have one height, so the first and the last
 * follow from the scroll position alone, and spacers stand for the rest.
 */
export interface Viewport {
  /** Pixels scrolled from the top of the first row. */
  readonly scrollTop: number;
  /** Pixels that can be seen. */
  readonly height: number;
  readonly rowHeight: number;
  readonly rowCount: number;
}

export interface RowWindow {
  /** First row that exists, inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Pixels in place of the rows before `start`. */
  readonly before: number;
  /** Pixels in place of the rows from `end` on. */
  readonly after: number;
}

/** @param overscan - rows kept beyond either edge, so that fast scrolling shows no gap */
export function rowWindow(viewport: Viewport, overscan = 6): RowWindow {
  const { rowHeight, rowCount } = viewport;
  const top = Math.max(0, Math.min(viewport.scrollTop, rowCount * rowHeight - viewport.height));
  const start = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const end = Math.min(rowCount, Math.ceil((top + viewport.height) / rowHeight) + overscan);
  return { start, end, before: start * rowHeight, after: (rowCount - end) * rowHeight };
}

/** @returns the scroll position nearest to the present one that shows `row` whole. */
export function scrollToShow(row: number, viewport: Viewport): number {
  const top = row * viewport.rowHeight;
  if (top < viewport.scrollTop) return top;
  const bottom = top + viewport.rowHeight;
  return bottom > viewport.scrollTop + viewport.height
    ? bottom - viewport.height
    : viewport.scrollTop;
}

/** @returns the row that a key moves to from `row`; undefined when the key moves nothing. */
export function rowAfterKey(key: string, row: number, rowCount: number, page: number) {
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: rowCount - 1,
  };
  const target = targets[key];
  return target === undefined ? undefined : Math.max(0, Math.min(rowCount - 1, target));
}
