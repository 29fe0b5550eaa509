/** Numbers held against SciPy's: nine digits, also of those far below 1. */
import { expect } from 'vitest';

/** Expects a relative difference below 1e-9, of numbers below `floor` one relative to `floor`. */
export function toBeCloseTo9(value: number, expected: number, floor = 1e-290): void {
  const scale = Math.max(Math.abs(expected), floor);
  expect(Math.abs(value - expected) / scale, `${value} for ${expected}`).toBeLessThan(1e-9);
}
