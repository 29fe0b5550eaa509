/** What the methods of `capsule interpret` take when nobody says otherwise, on every way to them. */
export const METHOD_DEFAULTS = {
  /** Of integrated gradients: from the baseline to the volume. */
  steps: 50,
  /** Voxels of the baseline. */
  baseline: 0,
  /** Of SmoothGrad: noisy copies of the volume. */
  samples: 50,
  /** Deviation of the noise, as a share of the intensity range. */
  noise: 0.15,
  seed: 0,
  /** Of occlusion: length of the cube, voxels; also from one cube to the next. */
  size: 16,
  /** Voxels under the cube. */
  value: 0,
  form: 'clinicadl',
} as const;
