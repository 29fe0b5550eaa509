/**
 * What is drawn for one sample: records, plain data that say all that happens to it. They follow from
 * seed, epoch, element and place in the pipeline alone (Philox counters), not from what was drawn
 * for other samples or transforms: order, batches, threads and resuming change nothing, and any
 * sample of any epoch can be drawn again.
 */
import { CapsuleError } from '../errors.ts';
import { stream, type RandomStream } from '../random/philox.ts';
import type { ParameterValue, TransformName } from './catalogue.ts';
import type { Step, TransformStep, Values } from './pipeline.ts';

/** What happens to one sample at one place of the pipeline. */
export interface AugmentationRecord {
  readonly transform: TransformName;
  /** Place in the pipeline, counted over steps and the steps within them. */
  readonly place: number;
  readonly values: Values;
}

/** Which sample it is. */
export interface SamplePlace {
  readonly seed: number;
  readonly epoch: number;
  /** Element index in its set. */
  readonly element: number;
  /** How often the element stood before in this epoch: a sampler with replacement repeats some. */
  readonly repeat?: number;
  /** Tells sets with elements of the same index apart; the training set when absent. */
  readonly set?: string;
}

/** Random words that each place may take: more than any transform draws. */
const WORDS = 2 ** 24;

/**
 * @param spatial - voxels along each axis, two or three axes
 * @param isForced - applies everything, whatever its probability, and all that one is chosen from
 * @returns what is applied, in its order
 * @throws CapsuleError CONFIG_VALUE where the image is too small for a transform
 */
export function drawRecords(
  steps: readonly Step[],
  spatial: readonly number[],
  { seed, epoch, element, repeat = 0, set = 'train' }: SamplePlace,
  isForced = false,
): AugmentationRecord[] {
  const name = `augmentation of ${set}, epoch ${epoch}, repeat ${repeat}`;
  const records: AugmentationRecord[] = [];
  let places = 0;
  const walk = (step: Step, isWanted: boolean): void => {
    const place = places++;
    const random = stream(seed, name, element);
    random.position = place * WORDS;
    // Also drawn where it is not wanted, so that what follows is the same in any case.
    const isApplied = (random.uniform() < step.probability && isWanted) || isForced;
    if (step.kind === 'transform') {
      if (isApplied) {
        const values = DRAWS[step.name](new Draw(step, spatial, random));
        records.push({ transform: step.name, place, values });
      }
      return;
    }
    const chosen = step.kind === 'one-of' ? weighted(step.weights, random) : undefined;
    for (const [index, inner] of step.steps.entries()) {
      walk(inner, isApplied && (chosen ?? index) === index);
    }
  };
  for (const step of steps) walk(step, true);
  return records;
}

/** Draws out of the parameters of a step. */
class Draw {
  readonly spatial: readonly number[];
  readonly random: RandomStream;
  readonly #step: TransformStep;

  constructor(step: TransformStep, spatial: readonly number[], random: RandomStream) {
    this.#step = step;
    this.spatial = spatial;
    this.random = random;
  }

  number(key: string): number {
    return Number(this.#step.parameters[key]);
  }

  numbers(key: string): readonly number[] {
    return this.#step.parameters[key] as readonly number[];
  }

  flag(key: string): boolean {
    return this.#step.parameters[key] === true;
  }

  value(key: string): ParameterValue {
    return this.#step.parameters[key] as ParameterValue;
  }

  /** Evenly between the ends of a range. */
  uniform(key: string): number {
    const [from = 0, to = 0] = this.numbers(key);
    return this.random.uniform(from, to);
  }

  /** A whole number of a range, both ends included. */
  whole(key: string): number {
    const [from = 0, to = 0] = this.numbers(key);
    return from + this.random.below(to - from + 1);
  }

  each(draw: () => number): number[] {
    return this.spatial.map(draw);
  }

  /** Angles and shifts of a rigid motion: of slices about and in their plane. */
  rigid(): { degrees: number[]; translation: number[] } {
    const angles = this.spatial.length === 2 ? 1 : 3;
    const degrees = Array.from({ length: angles }, () => this.uniform('degrees'));
    return {
      degrees: angles === 1 ? [0, 0, ...degrees] : degrees,
      translation: this.each(() => this.uniform('translation')),
    };
  }

  /** One of the axes that the image has. */
  axis(): number {
    const axes = this.numbers('axes').filter((axis) => this.#has(axis));
    if (axes.length === 0) throw this.refused('an axis of the image in "axes"');
    return axes[this.random.below(axes.length)] ?? 0;
  }

  refused(expected: string): CapsuleError {
    return new CapsuleError('CONFIG_VALUE', {
      expected: `"data_augmentation" with ${this.#step.name} to have ${expected}`,
      found: `an image of ${this.spatial.join(' x ')}`,
    });
  }

  #has(axis: number): boolean {
    return Number.isInteger(axis) && axis >= 0 && axis < this.spatial.length;
  }
}

const DRAWS: Readonly<Record<TransformName, (draw: Draw) => Values>> = {
  Noise: (draw) => ({
    mean: draw.uniform('mean'),
    std: draw.uniform('std'),
    // Of the numbers of the voxels, which the device makes.
    key: [draw.random.uint32(), draw.random.uint32()],
  }),
  Erasing: erasing,
  // As in 1.6.1 the first number belongs to the last axis.
  CropPad: (draw) => ({ shift: draw.each(() => draw.whole('shift')).reverse() }),
  Smoothing: (draw) => ({ std: draw.uniform('std') }),
  Motion: motion,
  Ghosting: (draw) => ({
    num_ghosts: draw.whole('num_ghosts'),
    axis: draw.axis(),
    intensity: draw.uniform('intensity'),
    restore: draw.flag('restore'),
  }),
  Spike: (draw) => ({
    intensity: draw.uniform('intensity'),
    // Indices of the centred spectrum, those of one spike after those of another.
    positions: Array.from({ length: draw.whole('num_spikes') }, () =>
      draw.spatial.map((length) => Math.floor(draw.random.uniform() * length)),
    ).flat(),
  }),
  BiasField: (draw) => {
    const order = draw.number('order');
    const count = termsOf(order, draw.spatial.length).length;
    return {
      order,
      coefficients: Array.from({ length: count }, () => draw.uniform('coefficients')),
    };
  },
  RandomBlur: (draw) => ({ std: draw.each(() => draw.uniform('std')) }),
  RandomSwap: (draw) => {
    const size = draw.number('patch_size');
    if (draw.spatial.some((length) => length < size)) {
      throw draw.refused(`a "patch_size" that fits, not ${size}`);
    }
    const corner = () => draw.spatial.map((length) => draw.random.below(length - size + 1));
    const isOnly = draw.spatial.every((length) => length === size);
    const pair = () => {
      const first = corner();
      let second = corner();
      while (!isOnly && second.join() === first.join()) second = corner();
      return [...first, ...second];
    };
    return {
      patch_size: size,
      corners: Array.from({ length: draw.number('num_iterations') }, pair).flat(),
    };
  },
  RandomAffine: (draw) => {
    const factor = draw.uniform('scales');
    const isotropic = draw.flag('isotropic');
    const scales = draw.spatial.map((_, axis) =>
      isotropic || axis === 0 ? factor : draw.uniform('scales'),
    );
    return { scales, ...draw.rigid() };
  },
  RandomElasticDeformation: (draw) => {
    const points = draw.number('num_control_points');
    const locked = draw.number('locked_borders');
    if (points <= 2 * locked) throw draw.refused('more "num_control_points" than are locked');
    const most = draw.number('max_displacement');
    const axes = draw.spatial.length;
    const displacements = Array.from({ length: points ** axes * axes }, (_, index) => {
      const drawn = draw.random.uniform(-most, most);
      const point = Math.floor(index / axes);
      const isLocked = draw.spatial.some((_length, axis) => {
        const at = Math.floor(point / points ** (axes - 1 - axis)) % points;
        return at < locked || at >= points - locked;
      });
      return isLocked ? 0 : drawn;
    });
    return { num_control_points: points, displacements };
  },
  RandomFlip: (draw) => ({
    axes: draw.numbers('axes').filter((axis) => {
      const isDrawn = draw.random.uniform() < draw.number('flip_probability');
      return isDrawn && axis < draw.spatial.length;
    }),
  }),
  RandomAnisotropy: (draw) => ({ axis: draw.axis(), factor: draw.uniform('downsampling') }),
  RandomGamma: (draw) => ({ gamma: Math.exp(draw.uniform('log_gamma')) }),
  HistogramStandardization: (draw) => {
    const [percentiles, landmarks] = [draw.numbers('percentiles'), draw.numbers('landmarks')];
    if (percentiles.length !== landmarks.length || percentiles.length < 2 || !rises(percentiles)) {
      throw draw.refused('two or more rising "percentiles", with a landmark each');
    }
    return { percentiles, landmarks };
  },
  ZNormalization: (draw) => ({ above_mean: draw.flag('above_mean') }),
  RescaleIntensity: (draw) => ({ out: ends(draw, 'out'), percentiles: ends(draw, 'percentiles') }),
  Clamp: (draw) => ({ out: ends(draw, 'out') }),
  Resample: (draw) => ({ factor: draw.each(() => draw.uniform('factor')) }),
  CropOrPad: (draw) => {
    const shape = draw.numbers('shape');
    if (shape.length !== draw.spatial.length) throw draw.refused('a "shape" of as many axes');
    return { shape, value: draw.value('value') };
  },
};

/** As torchvision's RandomErasing: ten attempts at a rectangle that fits. */
function erasing(draw: Draw): Values {
  const [height = 0, width = 0] = draw.spatial.slice(-2);
  const [least = 1, most = 1] = draw.numbers('ratio');
  const value = draw.number('value');
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * draw.uniform('area');
    const ratio = Math.exp(draw.random.uniform(Math.log(least), Math.log(most)));
    const size = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    const [high = 0, wide = 0] = size;
    if (high >= height || wide >= width) continue;
    const from = [draw.random.below(height - high + 1), draw.random.below(width - wide + 1)];
    return { from, size, value };
  }
  return { from: [0, 0], size: [0, 0], value };
}

/** Moments of the movements: evenly spread, each moved by up to 0.3 of the distance between them. */
function motion(draw: Draw): Values {
  const count = draw.number('num_transforms');
  const step = 1 / (count + 1);
  const times = Array.from(
    { length: count },
    (_, index) => (index + 1) * step + draw.random.uniform(-0.3 * step, 0.3 * step),
  );
  const moves = times.map(() => draw.rigid());
  return {
    times,
    degrees: moves.flatMap(({ degrees }) => degrees),
    translation: moves.flatMap(({ translation }) => translation),
  };
}

/** Powers of x, y and z in the terms of a polynomial of an order, in the order of its coefficients. */
export function termsOf(order: number, axes: number): [number, number, number][] {
  const terms: [number, number, number][] = [];
  for (let x = 0; x <= order; x++) {
    for (let y = 0; y <= order - x; y++) {
      for (let z = 0; z <= (axes === 2 ? 0 : order - x - y); z++) terms.push([x, y, z]);
    }
  }
  return terms;
}

function ends(draw: Draw, key: string): readonly number[] {
  const values = draw.numbers(key);
  if (values.length !== 2 || !rises(values)) throw draw.refused(`two rising numbers in "${key}"`);
  return values;
}

const rises = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value > (values[index - 1] as number));

/** An index drawn by weights. */
function weighted(weights: readonly number[], random: RandomStream): number {
  let left = random.uniform(
    0,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  for (const [index, weight] of weights.entries()) {
    if (left < weight) return index;
    left -= weight;
  }
  return weights.length - 1;
}
