/**
 * SGD without momentum; ASGD (Polyak and Juditsky 1992), which also keeps an average of the weights;
 * and the rules that divide by the root of squared gradients: their sum (Adagrad, Duchi et al. 2011),
 * their running mean (RMSprop, Hinton's lecture 6e), and with steps in units of the steps before
 * (Adadelta, Zeiler 2012). As `torch.optim` computes them with its defaults; weight decay as L2.
 */
import * as tf from '@tensorflow/tfjs';
import { PyFloat } from '../../core/torch/python-values.ts';
import { blend, decayedGradient, plus, ruleOf, times } from './rule.ts';

export const sgd = ruleOf({
  name: 'SGD',
  states: [],
  factors: ['rate', 'decay'],
  counter: 'none',
  group: (lr, weight_decay) => ({
    ...{ lr, momentum: 0, dampening: 0, weight_decay, nesterov: false, maximize: false },
    ...{ foreach: null, differentiable: false },
  }),
  numbers: ({ rate, decay }) => ({ factors: { rate, decay } }),
  flops: 5,
  element: 'value = value - (gradient + value * decay) * rate;',
  plain({ value, gradient, factors }) {
    const decayed = decayedGradient(gradient, value, factors.decay);
    return { value: tf.sub(value, times(decayed, factors.rate)), states: {} };
  },
});

const LAMBDA = 1e-4;
const ALPHA = 0.75;
/** Steps after which `ax` becomes an average; until then it is the weights. */
const T0 = 1e6;

/**
 * The step size `eta` of a step was computed at the end of the one before, from its learning rate:
 * a changed rate takes effect one step late, in PyTorch too. `shrink` is taken off together with the
 * step, as in AdamW.
 */
export const asgd = ruleOf({
  name: 'ASGD',
  states: ['ax'],
  factors: ['eta', 'shrink', 'decay', 'mu'],
  scalars: ['eta', 'mu'],
  counter: 'tensor',
  group: (lr, weight_decay) => ({
    ...{ lr, lambd: new PyFloat(LAMBDA), alpha: new PyFloat(ALPHA), t0: new PyFloat(T0) },
    ...{ weight_decay, foreach: null, maximize: false },
  }),
  numbers({ step, rate, decay, scalars }) {
    const { eta = Math.fround(rate), mu = 1 } = scalars;
    return {
      factors: { eta, shrink: LAMBDA * eta, decay, mu },
      scalars: {
        eta: Math.fround(rate / (1 + LAMBDA * rate * step) ** ALPHA),
        mu: Math.fround(1 / Math.max(1, step - T0)),
      },
    };
  },
  flops: 10,
  element: `
  value = value - ((gradient + value * decay) * eta + value * shrink);
  ax = select(ax + (value - ax) * mu, value, mu == 1.0);`,
  plain({ value, gradient, states, factors }) {
    const decayed = decayedGradient(gradient, value, factors.decay);
    const changed = tf.sub(value, blend(decayed, value, factors.eta, factors.shrink));
    const averaged = () => tf.add(states.ax, times(tf.sub(changed, states.ax), factors.mu));
    return { value: changed, states: { ax: factors.mu === 1 ? changed : averaged() } };
  },
});

const ADAGRAD_EPSILON = 1e-10;

export const adagrad = ruleOf({
  name: 'Adagrad',
  states: ['sum'],
  factors: ['rate', 'decay', 'epsilon'],
  counter: 'tensor',
  group: (lr, weight_decay) => ({
    ...{ lr, lr_decay: 0, eps: new PyFloat(ADAGRAD_EPSILON), weight_decay },
    ...{ initial_accumulator_value: 0, foreach: null, maximize: false },
  }),
  numbers: ({ rate, decay }) => ({ factors: { rate, decay, epsilon: ADAGRAD_EPSILON } }),
  flops: 10,
  element: `
  let decayed = gradient + value * decay;
  sum = sum + decayed * decayed;
  value = value - decayed / (sqrt(sum) + epsilon) * rate;`,
  plain({ value, gradient, states, factors }) {
    const decayed = decayedGradient(gradient, value, factors.decay);
    const sum = tf.add(states.sum, tf.square(decayed));
    const change = times(tf.div(decayed, plus(tf.sqrt(sum), factors.epsilon)), factors.rate);
    return { value: tf.sub(value, change), states: { sum } };
  },
});

const RMS_ALPHA = 0.99;
const RMS_EPSILON = 1e-8;

export const rmsProp = ruleOf({
  name: 'RMSprop',
  states: ['square_avg'],
  factors: ['rate', 'decay', 'epsilon', 'alpha', 'rest'],
  counter: 'int',
  group: (lr, weight_decay) => ({
    ...{ lr, momentum: 0, alpha: new PyFloat(RMS_ALPHA), eps: new PyFloat(RMS_EPSILON) },
    ...{ centered: false, weight_decay, foreach: null, maximize: false, differentiable: false },
  }),
  numbers: ({ rate, decay }) => ({
    factors: { rate, decay, epsilon: RMS_EPSILON, alpha: RMS_ALPHA, rest: 1 - RMS_ALPHA },
  }),
  flops: 12,
  element: `
  let decayed = gradient + value * decay;
  square_avg = square_avg * alpha + decayed * decayed * rest;
  value = value - decayed / (sqrt(square_avg) + epsilon) * rate;`,
  plain({ value, gradient, states, factors }) {
    const { alpha, rest, epsilon, rate } = factors;
    const decayed = decayedGradient(gradient, value, factors.decay);
    const square_avg = blend(states.square_avg, tf.square(decayed), alpha, rest);
    const change = times(tf.div(decayed, plus(tf.sqrt(square_avg), epsilon)), rate);
    return { value: tf.sub(value, change), states: { square_avg } };
  },
});

const RHO = 0.9;
const ADADELTA_EPSILON = 1e-6;

export const adadelta = ruleOf({
  name: 'Adadelta',
  states: ['square_avg', 'acc_delta'],
  factors: ['rate', 'decay', 'epsilon', 'rho', 'rest'],
  counter: 'int',
  group: (lr, weight_decay) => ({
    ...{ lr, rho: new PyFloat(RHO), eps: new PyFloat(ADADELTA_EPSILON), weight_decay },
    ...{ maximize: false, foreach: null },
  }),
  numbers: ({ rate, decay }) => ({
    factors: { rate, decay, epsilon: ADADELTA_EPSILON, rho: RHO, rest: 1 - RHO },
  }),
  flops: 19,
  element: `
  let decayed = gradient + value * decay;
  square_avg = square_avg * rho + decayed * decayed * rest;
  let delta = sqrt(acc_delta + epsilon) / sqrt(square_avg + epsilon) * decayed;
  acc_delta = acc_delta * rho + delta * delta * rest;
  value = value - delta * rate;`,
  plain({ value, gradient, states, factors }) {
    const { rho, rest, epsilon } = factors;
    const decayed = decayedGradient(gradient, value, factors.decay);
    const square_avg = blend(states.square_avg, tf.square(decayed), rho, rest);
    const root = tf.sqrt(plus(square_avg, epsilon));
    const delta = tf.mul(tf.div(tf.sqrt(plus(states.acc_delta, epsilon)), root), decayed);
    const acc_delta = blend(states.acc_delta, tf.square(delta), rho, rest);
    const changed = tf.sub(value, times(delta, factors.rate));
    return { value: changed, states: { square_avg, acc_delta } };
  },
});
