/**
 * The transforms of augmentation as data: names, parameters with their ranges and defaults, words for
 * a page. ClinicaDL 1.6.1's ten (`-da`) have its fixed parameters as defaults; those of TorchIO that
 * people use beside them have TorchIO's (Pérez-García, Sparks and Ourselin, "TorchIO", 2021). Lengths
 * are in voxels: elements reach the network without a voxel size, as in 1.6.1.
 */
export type ParameterKind =
  /** `[from, to]`; one number is drawn between them, evenly. A single number is no chance at all. */
  | 'range'
  /** As `range`, whole numbers, both ends included. */
  | 'integer-range'
  | 'number'
  | 'integer'
  | 'flag'
  | 'numbers';

export type ParameterValue = number | boolean | readonly number[];

export interface ParameterSpec {
  readonly kind: ParameterKind;
  readonly fallback: ParameterValue;
  /** What each of its numbers may be. */
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

export interface TransformSpec {
  readonly name: TransformName;
  readonly from: 'ClinicaDL' | 'TorchIO';
  readonly help: string;
  /** How often it is applied where nobody says it. */
  readonly probability: number;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Whether the image keeps its size, so that a network may be trained on what comes out. */
  readonly keepsShape: boolean;
}

/** The values of `-da/--data_augmentation` in 1.6.1, in its order. */
export const CLINICADL_TRANSFORMS = [
  ...['Noise', 'Erasing', 'CropPad', 'Smoothing', 'Motion'],
  ...['Ghosting', 'Spike', 'BiasField', 'RandomBlur', 'RandomSwap'],
] as TransformName[];

export type TransformName =
  | 'Noise'
  | 'Erasing'
  | 'CropPad'
  | 'Smoothing'
  | 'Motion'
  | 'Ghosting'
  | 'Spike'
  | 'BiasField'
  | 'RandomBlur'
  | 'RandomSwap'
  | 'RandomAffine'
  | 'RandomElasticDeformation'
  | 'RandomFlip'
  | 'RandomAnisotropy'
  | 'RandomGamma'
  | 'HistogramStandardization'
  | 'ZNormalization'
  | 'RescaleIntensity'
  | 'Clamp'
  | 'Resample'
  | 'CropOrPad';

type Limits = readonly [min: number, max: number];

const spec =
  (kind: ParameterKind) =>
  (fallback: ParameterValue, [min, max]: Limits, help: string): ParameterSpec => ({
    ...{ kind, fallback, min, max, help },
  });
const range = spec('range');
const integerRange = spec('integer-range');
const integer = spec('integer');
const number = spec('number');
const numbers = spec('numbers');
const flag = (fallback: boolean, help: string): ParameterSpec =>
  spec('flag')(fallback, [0, 1], help);

const ANY: Limits = [-1e9, 1e9];
const POSITIVE: Limits = [0, 1e9];
const DEGREES: Limits = [-180, 180];
const FRACTION: Limits = [0, 1];
const SHIFT: Limits = [-10_000, 10_000];

function transform(
  name: TransformName,
  help: string,
  parameters: Readonly<Record<string, ParameterSpec>>,
  rest: { readonly probability?: number; readonly keepsShape?: boolean } = {},
): TransformSpec {
  const from = CLINICADL_TRANSFORMS.includes(name) ? 'ClinicaDL' : 'TorchIO';
  return { name, from, help, parameters, probability: 1, keepsShape: true, ...rest };
}

/** Every transform, ClinicaDL's first. */
export const TRANSFORMS: readonly TransformSpec[] = [
  transform('Noise', 'Adds Gaussian noise to every voxel.', {
    mean: range([0, 0], ANY, 'Mean of the noise.'),
    std: range([0, 0.1], POSITIVE, 'Standard deviation of the noise.'),
  }),
  transform(
    'Erasing',
    'Blanks a rectangle on the last two axes, through the whole volume (Zhong et al. 2020).',
    {
      area: range([0.02, 0.33], FRACTION, 'Share of the plane that is blanked.'),
      ratio: range([0.3, 3.3], [1e-3, 1e3], 'Height by width of the rectangle.'),
      value: number(0, ANY, 'What is put there.'),
    },
    { probability: 0.5 },
  ),
  transform('CropPad', 'Shifts the image by whole voxels along each axis, and fills with zeros.', {
    shift: integerRange([-10, 9], SHIFT, 'Voxels, drawn for each axis; above 0 towards the start.'),
  }),
  transform('Smoothing', 'Blurs with a Gaussian, as wide along every axis, channels included.', {
    std: range([0, 1], [0, 50], 'Standard deviation in voxels.'),
  }),
  transform('Motion', 'The head moved while k-space was filled (Shaw et al. 2019).', {
    degrees: range([2, 4], DEGREES, 'Rotation about each axis.'),
    translation: range([2, 4], SHIFT, 'Shift along each axis in voxels.'),
    num_transforms: integer(2, [1, 10], 'How often it moved.'),
  }),
  transform('Ghosting', 'Weakens every n-th plane of k-space, which gives n ghosts.', {
    num_ghosts: integerRange([4, 10], [1, 1000], 'Number of ghosts.'),
    intensity: range([0.5, 1], [0, 100], 'What share of each of those planes is taken away.'),
    axes: numbers([0, 1, 2], [0, 2], 'Axes to choose one from.'),
    restore: flag(true, 'Keeps the central plane of k-space.'),
  }),
  transform('Spike', 'Adds a spike to k-space, which gives stripes.', {
    num_spikes: integerRange([1, 1], [0, 100], 'Number of spikes.'),
    intensity: range([1, 3], ANY, 'Height of a spike, in maxima of the spectrum.'),
  }),
  transform(
    'BiasField',
    'Multiplies with a slow change, the exponential of a polynomial (Van Leemput et al. 1999).',
    {
      coefficients: range([-0.5, 0.5], [-100, 100], 'Each coefficient of the polynomial.'),
      order: integer(3, [0, 8], 'Order of the polynomial.'),
    },
  ),
  transform('RandomBlur', 'Blurs with a Gaussian, with another width along each axis.', {
    std: range([0, 2], [0, 50], 'Standard deviation in voxels, drawn for each axis.'),
  }),
  transform('RandomSwap', 'Exchanges pairs of boxes, again and again (Chen et al. 2019).', {
    patch_size: integer(15, [1, 1000], 'Length of a box along each axis, in voxels.'),
    num_iterations: integer(100, [0, 1000], 'Number of exchanges.'),
  }),
  transform('RandomAffine', 'Scales, turns and shifts, about the centre.', {
    scales: range([0.9, 1.1], [0.01, 100], 'Factor along each axis; above 1 enlarges.'),
    degrees: range([-10, 10], DEGREES, 'Rotation about each axis.'),
    translation: range([0, 0], SHIFT, 'Shift along each axis in voxels.'),
    isotropic: flag(false, 'One factor for all axes.'),
  }),
  transform('RandomElasticDeformation', 'Bends smoothly, by cubic B-splines on a coarse grid.', {
    num_control_points: integer(7, [4, 32], 'Points of the grid along each axis.'),
    max_displacement: number(
      7.5,
      [0, 1000],
      'Farthest that a point moves along each axis, voxels.',
    ),
    locked_borders: integer(2, [0, 2], 'Outermost layers of points that do not move.'),
  }),
  transform('RandomFlip', 'Mirrors along axes.', {
    axes: numbers([0], [0, 2], 'Axes that may be mirrored.'),
    flip_probability: number(0.5, FRACTION, 'How often each of them is.'),
  }),
  transform('RandomAnisotropy', 'Makes the image coarse along one axis and smooth again.', {
    axes: numbers([0, 1, 2], [0, 2], 'Axes to choose one from.'),
    downsampling: range([1.5, 5], [1, 100], 'Voxels that become one.'),
  }),
  transform('RandomGamma', 'Changes the contrast: x to the power of gamma.', {
    log_gamma: range([-0.3, 0.3], [-5, 5], 'Logarithm of gamma.'),
  }),
  transform('HistogramStandardization', 'Maps percentiles to landmarks (Nyúl and Udupa 1999).', {
    percentiles: numbers([1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99], [0, 100], 'Percentiles.'),
    landmarks: numbers(
      [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
      ANY,
      'Intensity that each percentile becomes; as learnt on training images.',
    ),
  }),
  transform('ZNormalization', 'Brings the mean to 0 and the standard deviation to 1.', {
    above_mean: flag(false, 'Takes both from the voxels above the mean, mostly the head.'),
  }),
  transform('RescaleIntensity', 'Brings intensities to an interval.', {
    out: numbers([0, 1], ANY, 'The interval.'),
    percentiles: numbers([0, 100], [0, 100], 'Percentiles that become its ends.'),
  }),
  transform('Clamp', 'Cuts intensities off.', {
    out: numbers([0, 1], ANY, 'Least and largest intensity.'),
  }),
  transform(
    'Resample',
    'Another size of voxels, by trilinear interpolation.',
    { factor: range([1, 1], [0.05, 20], 'Old voxels that become a new one, drawn for each axis.') },
    { keepsShape: false },
  ),
  transform(
    'CropOrPad',
    'Crops or pads to a size, about the centre.',
    {
      shape: numbers([], [1, 4096], 'Voxels along each axis.'),
      value: number(0, ANY, 'What is put beside the image.'),
    },
    { keepsShape: false },
  ),
];

const BY_NAME = new Map(TRANSFORMS.map((one) => [one.name as string, one]));

/** @returns undefined for a name that nobody knows */
export function transformNamed(name: string): TransformSpec | undefined {
  return BY_NAME.get(name);
}
