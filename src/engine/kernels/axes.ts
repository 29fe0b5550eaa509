/** Lengths along X, Y and Z; an image is a volume of one plane, whose first axis has length 1. */
export type Three = readonly [x: number, y: number, z: number];

/** One number for all axes, or one for each spatial axis. */
export type PerAxis = number | readonly number[];

/** Axes of an image become those of a volume of one plane. */
export function inThree(values: readonly number[], missing: number): Three {
  const [first = missing, second = missing, third] = values;
  return third === undefined ? [missing, first, second] : [first, second, third];
}

export function volumeOf([x, y, z]: Three): number {
  return x * y * z;
}
