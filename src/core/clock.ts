/**
 * Time as an argument. Nothing that a result depends on reads a clock; what shows or records time
 * is given one, so that tests can stop it.
 */
export interface Clock {
  /** @returns milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** @returns milliseconds since an arbitrary moment; never goes back. */
  elapsed(): number;
}
