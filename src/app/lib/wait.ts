/** Waiting: for the first paint, or for a time. */

/** Milliseconds after which a page that was never drawn (covered, or moved to the back) goes on. */
const drawnByThen = 5000;

/**
 * @returns when the page has been drawn once: when the browser has put its first content on the
 * screen, which on a busy machine is several frames after the first; in a tab that is not shown,
 * at once. https://www.w3.org/TR/paint-timing/
 */
export function painted(): Promise<void> {
  if (document.visibilityState === 'hidden') return Promise.resolve();
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      if (list.getEntriesByName('first-contentful-paint').length > 0) done();
    });
    const done = (): void => {
      observer.disconnect();
      resolve();
    };
    observer.observe({ type: 'paint', buffered: true });
    setTimeout(done, drawnByThen);
  });
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
