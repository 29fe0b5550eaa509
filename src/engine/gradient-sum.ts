/** The gradients between two steps of the optimizer: the sum over the batches, and whether it may be used. */
import * as tf from '@tensorflow/tfjs';
import { accumulate } from './kernels/accumulate.ts';
import { kernelsInUse } from './kernels/choice.ts';
import { squaredNorm } from './kernels/squared-norm.ts';

export class GradientSum {
  #sum: tf.NamedTensorMap = {};
  #overflow: tf.Tensor | undefined;

  /**
   * Takes over the tensors; shares of a mean are added as they are. Passes need not have gradients
   * for the same parameters: those of a head that nothing was asked of are missing.
   */
  add(gradients: tf.NamedTensorMap): void {
    for (const [name, gradient] of Object.entries(gradients)) {
      const sum = this.#sum[name];
      if (sum === undefined) {
        this.#sum[name] = gradient;
        continue;
      }
      if (kernelsInUse()) accumulate(sum, gradient);
      else {
        this.#sum[name] = tf.tidy(() => addFlat(sum, gradient));
        sum.dispose();
      }
      gradient.dispose();
    }
  }

  /** int32 `[1]`, 0; kernels make it 1 when a gradient is too large for a half. */
  get overflow(): tf.Tensor {
    this.#overflow ??= tf.keep(tf.tensor1d([0], 'int32'));
    return this.#overflow;
  }

  /**
   * Sum of the squares of all gradients. Shaders may treat NaN as they like, and a ReLU often turns
   * it into 0, so a finite loss does not prove finite gradients: this does.
   */
  squaredNorm(): tf.Tensor {
    const gradients = Object.values(this.#sum);
    if (kernelsInUse()) return squaredNorm(gradients);
    const parts = gradients.map((gradient) => tf.sum(tf.square(tf.reshape(gradient, [-1]))));
    return tf.sum(tf.stack(parts));
  }

  /** Hands out the sum, and frees everything. */
  release(use: (sum: tf.NamedTensorMap) => void = () => undefined): void {
    if (Object.keys(this.#sum).length > 0) use(this.#sum);
    tf.dispose(this.#sum);
    this.#overflow?.dispose();
    this.#sum = {};
    this.#overflow = undefined;
  }
}

/** Adds tensors of any rank; tfjs on WebGPU is sure of it in one dimension. */
function addFlat(left: tf.Tensor, right: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.add(tf.reshape(left, [-1]), tf.reshape(right, [-1])), left.shape);
}
