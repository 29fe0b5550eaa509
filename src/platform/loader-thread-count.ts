/**
 * How many threads read volumes: one drives the GPU and one is left to the page or the system; a
 * decoded volume on its way takes three times its size, so there are no more than four.
 * @param cores - logical ones
 */
export function loaderThreadCount(cores: number): number {
  return Math.max(1, Math.min(4, Math.floor((cores - 1) / 2)));
}
