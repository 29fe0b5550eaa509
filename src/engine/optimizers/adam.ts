/**
 * Adam (Kingma and Ba 2015) as `torch.optim.Adam` computes it: betas 0.9 and 0.999, epsilon 1e-8
 * outside the bias-corrected root, weight decay added to the gradient (L2). tfjs's own has another
 * epsilon, no decay, and needs sixteen times the parameter in temporary memory.
 */
import * as tf from '@tensorflow/tfjs';
import { adamStep } from '../kernels/adam-step.ts';
import { kernelsInUse } from '../kernels/choice.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Running means of a parameter's gradient and of its square: flat, in our axis order. */
export interface Moments {
  readonly first: tf.Variable;
  readonly second: tf.Variable;
}

export interface AdamState {
  /** Steps taken. */
  readonly step: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** By parameter. */
  readonly moments: ReadonlyMap<string, Moments>;
}

export class Adam {
  readonly #learningRate: number;
  readonly #weightDecay: number;
  readonly #moments = new Map<string, Moments>();
  #step = 0;

  constructor(learningRate: number, weightDecay: number) {
    this.#learningRate = learningRate;
    this.#weightDecay = weightDecay;
  }

  /** What a checkpoint keeps; the tensors stay the optimizer's. */
  get state(): AdamState {
    return {
      step: this.#step,
      learningRate: this.#learningRate,
      weightDecay: this.#weightDecay,
      betas: [BETA1, BETA2],
      epsilon: EPSILON,
      moments: this.#moments,
    };
  }

  /**
   * Changes each parameter by its gradient; the gradients stay the caller's to free.
   * @param unscale - multiplies the gradients first
   */
  apply(parameters: Map<string, tf.Variable>, gradients: tf.NamedTensorMap, unscale = 1): void {
    this.#step += 1;
    const rate = this.#learningRate / (1 - BETA1 ** this.#step);
    const correction = 1 / Math.sqrt(1 - BETA2 ** this.#step);
    if (kernelsInUse()) {
      this.#applyKernels(parameters, gradients, rate, correction, unscale);
      return;
    }
    for (const [name, parameter] of parameters) {
      const gradient = gradients[name];
      if (gradient === undefined) continue;
      const { first, second } = this.#momentsOf(name, parameter);
      tf.tidy(() => {
        const flat = (tensor: tf.Tensor) => tf.reshape(tensor, [-1]);
        const value = flat(parameter);
        const scaled = tf.mul(flat(gradient), tf.scalar(unscale));
        const decayed = tf.add(scaled, tf.mul(value, tf.scalar(this.#weightDecay)));
        first.assign(blend(first, decayed, BETA1));
        second.assign(blend(second, tf.square(decayed), BETA2));
        const root = tf.add(tf.mul(tf.sqrt(second), tf.scalar(correction)), tf.scalar(EPSILON));
        const change = tf.mul(tf.div(first, root), tf.scalar(rate));
        parameter.assign(tf.reshape(tf.sub(value, change), parameter.shape));
      });
    }
  }

  #applyKernels(
    parameters: Map<string, tf.Variable>,
    gradients: tf.NamedTensorMap,
    rate: number,
    correction: number,
    unscale: number,
  ): void {
    const betas = [BETA1, 1 - BETA1, BETA2, 1 - BETA2];
    const factors = tf.tensor1d([rate, correction, this.#weightDecay, EPSILON, ...betas, unscale]);
    for (const [name, parameter] of parameters) {
      const gradient = gradients[name];
      if (gradient === undefined) continue;
      adamStep(parameter, gradient, this.#momentsOf(name, parameter), factors);
    }
    factors.dispose();
  }

  dispose(): void {
    for (const { first, second } of this.#moments.values()) {
      first.dispose();
      second.dispose();
    }
    this.#moments.clear();
  }

  #momentsOf(name: string, parameter: tf.Variable): Moments {
    const known = this.#moments.get(name);
    if (known !== undefined) return known;
    const fresh = tf.tidy(() => ({
      first: tf.variable(tf.zeros([parameter.size]), false),
      second: tf.variable(tf.zeros([parameter.size]), false),
    }));
    this.#moments.set(name, fresh);
    return fresh;
  }
}

/** old * beta + observed * (1 - beta) */
function blend(old: tf.Tensor, observed: tf.Tensor, beta: number): tf.Tensor1D {
  return tf.add(tf.mul(old, tf.scalar(beta)), tf.mul(observed, tf.scalar(1 - beta)));
}
