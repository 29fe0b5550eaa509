/** Waiting: for the first paint, or for a time. */

/** @returns when the page has been drawn once; in a tab that is not shown, at once. */
export function painted(): Promise<void> {
  if (document.visibilityState === 'hidden') return Promise.resolve();
  // A frame's callbacks run before it is drawn, what they leave for later after.
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
