/**
 * Adam (Kingma and Ba 2015) and its relatives: AdamW (Loshchilov and Hutter 2019), whose decay does
 * not pass through the moments; Adamax (Kingma and Ba 2015, section 7.1), by the largest gradient;
 * NAdam (Dozat 2016), which looks one step ahead; RAdam (Liu et al. 2020), whose first steps are
 * those of momentum alone. As `torch.optim` computes them: betas 0.9 and 0.999, epsilon 1e-8 outside
 * of the root, weight decay as L2 but in AdamW.
 */
import * as tf from '@tensorflow/tfjs';
import { PyFloat } from '../../core/torch/python-values.ts';
import { BETA1, BETA2, BETAS, blend, decayedGradient, plus, ruleOf, times } from './rule.ts';

const EPSILON = 1e-8;
const REST1 = 1 - BETA1;
const REST2 = 1 - BETA2;
const eps = new PyFloat(EPSILON);
const blends = { beta1: BETA1, rest1: REST1, beta2: BETA2, rest2: REST2 };
const BLENDS = ['beta1', 'rest1', 'beta2', 'rest2'] as const;

/** What makes the root of the second moment unbiased: a factor, outside of the root. */
function correctionAt(step: number): number {
  return 1 / Math.sqrt(1 - BETA2 ** step);
}

const MOMENTS = `
  let decayed = gradient + value * decay;
  exp_avg = exp_avg * beta1 + decayed * rest1;
  exp_avg_sq = exp_avg_sq * beta2 + decayed * decayed * rest2;`;

/** Both moments after a step; `gradient` has the decay in it where there is one. */
function moments(states: { exp_avg: tf.Tensor; exp_avg_sq: tf.Tensor }, gradient: tf.Tensor) {
  return {
    exp_avg: blend(states.exp_avg, gradient, BETA1, REST1),
    exp_avg_sq: blend(states.exp_avg_sq, tf.square(gradient), BETA2, REST2),
  };
}

export const adam = ruleOf({
  name: 'Adam',
  states: ['exp_avg', 'exp_avg_sq'],
  factors: ['rate', 'correction', 'decay', 'epsilon', ...BLENDS],
  counter: 'tensor',
  group: (lr, weight_decay) => ({
    ...{ lr, betas: BETAS, eps, weight_decay, amsgrad: false, maximize: false, foreach: null },
    ...{ capturable: false, differentiable: false, fused: false },
  }),
  numbers: ({ step, rate, decay }) => ({
    factors: {
      rate: rate / (1 - BETA1 ** step),
      correction: correctionAt(step),
      ...{ decay, epsilon: EPSILON, ...blends },
    },
  }),
  flops: 16,
  element: `${MOMENTS}
  value = value - exp_avg / (sqrt(exp_avg_sq) * correction + epsilon) * rate;`,
  plain({ value, gradient, states, factors }) {
    const after = moments(states, decayedGradient(gradient, value, factors.decay));
    const root = plus(times(tf.sqrt(after.exp_avg_sq), factors.correction), factors.epsilon);
    const change = times(tf.div(after.exp_avg, root), factors.rate);
    return { value: tf.sub(value, change), states: after };
  },
});

/**
 * The decay is taken off together with the step: PyTorch's `value * (1 - rate * decay)` does nothing
 * in float32 where rate * decay is less than 3e-8, as with ClinicaDL's defaults (1e-8).
 */
export const adamW = ruleOf({
  name: 'AdamW',
  states: ['exp_avg', 'exp_avg_sq'],
  factors: ['rate', 'correction', 'shrink', 'epsilon', ...BLENDS],
  counter: 'tensor',
  group: (lr, weight_decay) => ({
    ...{ lr, betas: BETAS, eps, weight_decay, amsgrad: false, foreach: null, maximize: false },
    capturable: false,
  }),
  numbers: ({ step, rate, decay }) => ({
    factors: {
      rate: rate / (1 - BETA1 ** step),
      correction: correctionAt(step),
      ...{ shrink: rate * decay, epsilon: EPSILON, ...blends },
    },
  }),
  flops: 16,
  element: `
  exp_avg = exp_avg * beta1 + gradient * rest1;
  exp_avg_sq = exp_avg_sq * beta2 + gradient * gradient * rest2;
  value = value - (exp_avg / (sqrt(exp_avg_sq) * correction + epsilon) * rate + value * shrink);`,
  plain({ value, gradient, states, factors }) {
    const after = moments(states, gradient);
    const root = plus(times(tf.sqrt(after.exp_avg_sq), factors.correction), factors.epsilon);
    const change = times(tf.div(after.exp_avg, root), factors.rate);
    const all = tf.add(change, times(value, factors.shrink));
    return { value: tf.sub(value, all), states: after };
  },
});

export const adamax = ruleOf({
  name: 'Adamax',
  states: ['exp_avg', 'exp_inf'],
  factors: ['rate', 'decay', 'epsilon', 'beta1', 'rest1', 'beta2'],
  counter: 'tensor',
  group: (lr, weight_decay) => ({
    ...{ lr, betas: BETAS, eps, weight_decay, foreach: null, maximize: false },
  }),
  numbers: ({ step, rate, decay }) => ({
    factors: {
      rate: rate / (1 - BETA1 ** step),
      ...{ decay, epsilon: EPSILON, beta1: BETA1, rest1: REST1, beta2: BETA2 },
    },
  }),
  flops: 13,
  element: `
  let decayed = gradient + value * decay;
  exp_avg = exp_avg * beta1 + decayed * rest1;
  exp_inf = max(exp_inf * beta2, abs(decayed) + epsilon);
  value = value - exp_avg / exp_inf * rate;`,
  plain({ value, gradient, states, factors }) {
    const decayed = decayedGradient(gradient, value, factors.decay);
    const exp_avg = blend(states.exp_avg, decayed, BETA1, REST1);
    const largest = plus(tf.abs(decayed), factors.epsilon);
    const exp_inf = tf.maximum(times(states.exp_inf, BETA2), largest);
    const change = times(tf.div(exp_avg, exp_inf), factors.rate);
    return { value: tf.sub(value, change), states: { exp_avg, exp_inf } };
  },
});

const MOMENTUM_DECAY = 4e-3;

/** Weight of the momentum at a step; it grows from 0.45 to 0.9. */
function momentumAt(step: number): number {
  return BETA1 * (1 - 0.5 * 0.96 ** (step * MOMENTUM_DECAY));
}

/**
 * As PyTorch's documentation and its versions since 2.0 have it, and 1.13 with `foreach=True`. The
 * other path of 1.13 divides the momentum by 1 - mu_product * mu_t * mu_{t+1}: one mu_t too many.
 */
export const nAdam = ruleOf({
  name: 'NAdam',
  states: ['exp_avg', 'exp_avg_sq'],
  factors: ['rate', 'momentRate', 'correction', 'decay', 'epsilon', ...BLENDS],
  scalars: ['mu_product'],
  counter: 'tensor',
  group: (lr, weight_decay) => ({
    ...{ lr, betas: BETAS, eps, weight_decay, momentum_decay: new PyFloat(MOMENTUM_DECAY) },
    foreach: null,
  }),
  numbers({ step, rate, decay, scalars }) {
    const [now, next] = [momentumAt(step), momentumAt(step + 1)];
    const mu_product = Math.fround((scalars['mu_product'] ?? 1) * Math.fround(now));
    const factors = {
      rate: (rate * (1 - now)) / (1 - mu_product),
      momentRate: (rate * next) / (1 - mu_product * next),
      correction: correctionAt(step),
      ...{ decay, epsilon: EPSILON, ...blends },
    };
    return { factors, scalars: { mu_product } };
  },
  flops: 18,
  element: `${MOMENTS}
  let root = sqrt(exp_avg_sq) * correction + epsilon;
  value = value - (decayed * rate + exp_avg * momentRate) / root;`,
  plain({ value, gradient, states, factors }) {
    const decayed = decayedGradient(gradient, value, factors.decay);
    const after = moments(states, decayed);
    const root = plus(times(tf.sqrt(after.exp_avg_sq), factors.correction), factors.epsilon);
    const change = tf.div(blend(decayed, after.exp_avg, factors.rate, factors.momentRate), root);
    return { value: tf.sub(value, change), states: after };
  },
});

/** Length of the average that the second moment is taken over, when it is infinitely old. */
const LONGEST_AVERAGE = 2 / REST2 - 1;

/**
 * The root is divided by once the second moment is an average over more than five steps, from the
 * sixth on; before, `slope` is 0 and `offset` 1. No branch in the kernel.
 */
export const rAdam = ruleOf({
  name: 'RAdam',
  states: ['exp_avg', 'exp_avg_sq'],
  factors: ['rate', 'slope', 'offset', 'decay', ...BLENDS],
  counter: 'tensor',
  group: (lr, weight_decay) => ({ lr, betas: BETAS, eps, weight_decay, foreach: null }),
  numbers({ step, rate, decay }) {
    const bias = 1 - BETA2 ** step;
    const length = LONGEST_AVERAGE - (2 * step * BETA2 ** step) / bias;
    const unbiased = rate / (1 - BETA1 ** step);
    if (length <= 5) {
      return { factors: { rate: unbiased, slope: 0, offset: 1, decay, ...blends } };
    }
    const longest = (LONGEST_AVERAGE - 4) * (LONGEST_AVERAGE - 2);
    const variance = ((length - 4) * (length - 2) * LONGEST_AVERAGE) / (longest * length);
    const rectified = unbiased * Math.sqrt(variance * bias);
    return { factors: { rate: rectified, slope: 1, offset: EPSILON, decay, ...blends } };
  },
  flops: 16,
  element: `${MOMENTS}
  value = value - exp_avg / (sqrt(exp_avg_sq) * slope + offset) * rate;`,
  plain({ value, gradient, states, factors }) {
    const after = moments(states, decayedGradient(gradient, value, factors.decay));
    const root = plus(times(tf.sqrt(after.exp_avg_sq), factors.slope), factors.offset);
    const change = times(tf.div(after.exp_avg, root), factors.rate);
    return { value: tf.sub(value, change), states: after };
  },
});
