/**
 * One block of ClinicaDL's networks as one differentiable function: Conv3d (kernel 3, padding 1),
 * BatchNorm3d, ReLU, PadMaxPool(2, 2); or the same in two dimensions, on volumes of one plane. Kept for the gradients are the convolution and, for each
 * pooled number, a byte that says where it came from; the plain path keeps every intermediate
 * result. A convolution that is too large to keep is made again in parts, for the statistics, for
 * the output and twice for the gradients.
 */
import * as tf from '@tensorflow/tfjs';
import { currentDevice, differentiable, submitRecorded } from '../device/tfjs-backend.ts';
import { channelSums, mergeMoments, momentsOf } from './channel-sums.ts';
import { convolve, inputGradient } from './convolution.ts';
import { sameGeometryOf } from './convolution-geometry.ts';
import { elementOf } from './half-tensors.ts';
import { bytesOf, type Element } from './storage.ts';
import { filterGradient } from './filter-gradient.ts';
import { normalise, type NormalisationState } from './normalisation.ts';
import { budgetOf, partsOf, wholeOf, type Budget, type Part } from './parts.ts';
import { affineGradients, pool, poolGradient, uninitialisedPooled } from './pool.ts';

/** How a block keeps what it keeps; all f32 by default. */
export interface BlockStorage {
  /** Of the convolution. Sums, statistics and filters are always f32. */
  readonly element: Element;
  /** Of the output, and so of its gradient: both sides of a tensor agree. */
  readonly output: Element;
  /** How much of the convolution is kept. */
  readonly budget: Budget;
  /**
   * Whether it is made again for the gradients, which costs a quarter of a block's time, instead of
   * kept from forward to backward (Chen et al. 2016, "Training deep nets with sublinear memory cost").
   */
  readonly checkpointed: boolean;
}

export interface ConvBlockResult {
  /** `[batch, ceil(X / 2), ceil(Y / 2), ceil(Z / 2), outputs]` */
  readonly output: tf.Tensor;
  /** Of the convolution with its bias, `[outputs]`; not differentiable. */
  readonly batchMean: tf.Tensor;
  /** Biased (divided by the number of voxels), `[outputs]`; not differentiable. */
  readonly batchVariance: tf.Tensor;
}

/** Rows of the convolution and its gradient are whole quads, whatever the number of outputs. */
const padded = true;

/**
 * @param input - `[batch, X, Y, Z, inputs]`
 * @param weight - `[3, 3, 3, inputs, outputs]`, for images `[1, 3, 3, inputs, outputs]`
 * @param state - vectors `[outputs]`
 * @param training - normalises by the batch; otherwise by the running statistics
 */
export function convBlock(
  input: tf.Tensor,
  weight: tf.Tensor,
  state: NormalisationState,
  training: boolean,
  storage: Partial<BlockStorage> = {},
): ConvBlockResult {
  const { element = 'f32', output: outputElement = 'f32', checkpointed = false } = storage;
  const maxBinding = currentDevice().limits.maxStorageBufferBindingSize;
  const budget = storage.budget ?? budgetOf(input.shape[4] ?? 1, maxBinding, bytesOf(element));
  const { bias, gamma, beta } = state;
  const outputs = gamma.size;
  const shape = [...input.shape.slice(0, 4), outputs];
  const parts = partsOf(shape, budget);
  const geometry = sameGeometryOf(shape, weight.shape.slice(0, 3));
  const whole = parts.length === 1;

  const forward = (save: (tensors: tf.Tensor[]) => void) => {
    const isMomentary = checkpointed;
    const kept = whole ? convolve(input, weight, { element, padded, isMomentary }) : undefined;
    const made = convolutions(kept, input, weight, parts, element);
    const moments = training ? mergeMoments(made((convolved) => momentsOf(convolved))) : undefined;
    const { coefficients, mean, variance } = normalise(state, moments);
    const pooled = uninitialisedPooled(shape, outputElement);
    made((convolved, part) => pool(convolved, coefficients, part, pooled));
    const saved = [input, weight, coefficients, pooled.maxima];
    if (checkpointed && kept !== undefined) {
      kept.dispose();
      // Only what is submitted is recycled.
      submitRecorded();
    }
    save(kept === undefined || checkpointed ? saved : [...saved, kept]);
    return [pooled.output, mean, variance];
  };

  const backward = (received: tf.Tensor, saved: tf.Tensor[]) => {
    // What the block after this one has freed can be used again once it is submitted.
    submitRecorded();
    const [source, filter, coefficients, maxima, saidToKeep] = saved as Saved;
    const isRemade = whole && checkpointed;
    const again = isRemade
      ? convolve(source, filter, { element, padded, isMomentary: true })
      : undefined;
    const kept = saidToKeep ?? again;
    const made = convolutions(kept, source, filter, parts, element);
    const sums = addUp(
      made((convolved, part) => affineGradients(received, convolved, coefficients, maxima, part)),
    );
    const statistics = training ? shape.slice(0, 4).reduce((all, length) => all * length, 1) : 0;
    const differentiate = (convolved: tf.Tensor, part: Part) =>
      poolGradient(received, convolved, coefficients, maxima, sums, part, statistics);
    const affine = { gamma: () => sums.gamma, beta: () => sums.beta };
    if (kept !== undefined) {
      differentiate(kept, wholeOf(shape));
      const gradients = {
        input: () =>
          inputGradient(kept, filter, source.shape, { element: elementOf(source), padded }),
        weight: () => filterGradient(source, kept, outputs, { geometry, padded }),
        bias: () => channelSums(kept, outputs),
      };
      // A volume of one channel is not differentiated by in training: nothing to hurry for.
      if (again === undefined || filter.shape[3] === 1) return { ...gradients, ...affine };
      const made = [gradients.input(), gradients.weight(), gradients.bias()] as const;
      again.dispose();
      return { input: () => made[0], weight: () => made[1], bias: () => made[2], ...affine };
    }
    return {
      input: () => {
        // Parts touch; where somebody asks for this gradient, all of the convolution is needed.
        const convolved = convolve(source, filter, { element, padded });
        differentiate(convolved, wholeOf(shape));
        return inputGradient(convolved, filter, source.shape, {
          element: elementOf(source),
          padded,
        });
      },
      weight: () =>
        addUp(
          made((gradient, part) => {
            differentiate(gradient, part);
            return {
              weight: filterGradient(source, gradient, outputs, { geometry, part, padded }),
            };
          }),
        ).weight,
      // The sum of the convolution's gradient in closed form: the batch's mean takes a bias away.
      bias: () =>
        training ? tf.zeros([outputs]) : tf.mul(scaleOf(coefficients, outputs), sums.beta),
      ...affine,
    };
  };

  const inputs = { input, weight, bias, gamma, beta };
  const [output, batchMean, batchVariance] = differentiable(inputs, forward, backward);
  return { output, batchMean, batchVariance } as ConvBlockResult;
}

type Saved = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | undefined];

/** @returns a function that goes through the parts of the convolution, kept or made for the moment. */
function convolutions(
  kept: tf.Tensor | undefined,
  input: tf.Tensor,
  weight: tf.Tensor,
  parts: readonly Part[],
  element: Element,
) {
  return <Result>(use: (convolved: tf.Tensor, part: Part) => Result): Result[] =>
    parts.map((part) => {
      if (kept !== undefined) return use(kept, part);
      const convolved = convolve(input, weight, { part, element, padded });
      const result = use(convolved, part);
      convolved.dispose();
      submitRecorded();
      return result;
    });
}

/** Second row of the coefficients. */
function scaleOf(coefficients: tf.Tensor, channels: number): tf.Tensor {
  return tf.slice(tf.reshape(coefficients, [-1]), [coefficients.shape[1] ?? 0], [channels]);
}

/** Adds tensors of the same name, in order; frees them. */
function addUp<Name extends string>(items: Readonly<Record<Name, tf.Tensor>>[]) {
  return items.reduce((all, item) => {
    const sums = {} as Record<Name, tf.Tensor>;
    for (const name of Object.keys(item) as Name[]) {
      sums[name] = tf.tidy(() => {
        // Stock addition is sure of itself in one dimension.
        const [left, right] = [all[name], item[name]].map((tensor) => tf.reshape(tensor, [-1]));
        return tf.reshape(tf.add(left as tf.Tensor, right as tf.Tensor), item[name].shape);
      });
    }
    tf.dispose([all, item]);
    return sums;
  });
}
