/**
 * The one shape in which images travel through Capsule.
 *
 * Axis order is that of the NIfTI array as stored, `[X, Y, Z]`; no reorientation is ever done.
 * Voxels stand in C order of that shape (Z varies fastest), as in a contiguous PyTorch tensor
 * `(1, X, Y, Z)`. NIfTI files store X fastest: reader and writer transpose.
 */
export type Shape3 = readonly [number, number, number];

/** Row-major 4 x 4 matrix from voxel indices to millimetres, RAS+ (x right, y anterior, z superior). */
export type Affine = readonly number[];

export interface Volume {
  /** Intensities after slope and intercept, length X*Y*Z. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly shape: Shape3;
  readonly affine: Affine;
}
