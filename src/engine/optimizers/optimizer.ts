/**
 * Optimizers as `torch.optim` computes them, on our kernel in one pass a parameter, or in stock
 * operations where kernels are not in use. Those of tfjs have other epsilons, no decay, and need
 * sixteen times the parameter in temporary memory.
 */
import * as tf from '@tensorflow/tfjs';
import type { OptimizerName } from '../../core/config/optimizer-names.ts';
import { CapsuleError } from '../../core/errors.ts';
import { PyFloat, type PyValue } from '../../core/torch/python-values.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { optimizerStep } from '../kernels/optimizer-step.ts';
import type { Rule, Scalars } from './rule.ts';
import { ruleNamed } from './rules.ts';

/** Tensors by parameter and by PyTorch's name of the state, flat, in our axis order. */
export type StateTensors = ReadonlyMap<string, ReadonlyMap<string, tf.Tensor>>;

export interface SavedState {
  /** Steps taken. */
  readonly step: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** What PyTorch keeps beside the step, the same for all parameters: `mu_product`, `eta`, `mu`. */
  readonly scalars: Scalars;
  readonly tensors: StateTensors;
}

export interface OptimizerState extends SavedState {
  readonly name: OptimizerName;
  /** How PyTorch's state has the number of steps. */
  readonly counter: Rule['counter'];
  /** PyTorch's param_groups, in its order, without `params`. */
  readonly group: ReadonlyMap<string, PyValue>;
}

export class Optimizer {
  readonly #rule: Rule;
  readonly #tensors = new Map<string, Map<string, tf.Variable>>();
  #learningRate: number;
  #weightDecay: number;
  #scalars: Scalars = {};
  #step = 0;

  /**
   * @param name - one of `optimizerNames`
   * @throws CapsuleError CONFIG_VALUE for another name
   */
  constructor(name: string, learningRate: number, weightDecay: number) {
    this.#rule = ruleNamed(name);
    this.#learningRate = learningRate;
    this.#weightDecay = weightDecay;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  /** From the next step on, as a scheduler asks for it. */
  set learningRate(rate: number) {
    this.#learningRate = rate;
  }

  /** What a checkpoint keeps; the tensors stay the optimizer's, and change with the next step. */
  get state(): OptimizerState {
    const { name, counter } = this.#rule;
    const [rate, decay] = [new PyFloat(this.#learningRate), new PyFloat(this.#weightDecay)];
    return {
      ...{ name, counter, group: new Map(Object.entries(this.#rule.group(rate, decay))) },
      ...{ step: this.#step, learningRate: this.#learningRate, weightDecay: this.#weightDecay },
      ...{ scalars: this.#scalars, tensors: this.#tensors },
    };
  }

  /**
   * Goes on from a saved state of the same optimizer. Takes over its tensors: steps write into them.
   * @throws CapsuleError WEIGHTS_MISMATCH when it is the state of another optimizer; the tensors are
   *   freed all the same
   */
  load({ step, learningRate, weightDecay, scalars, tensors }: SavedState): void {
    const wrong = mismatch(this.#rule, { step, scalars, tensors });
    if (wrong !== undefined) {
      for (const given of tensors.values()) tf.dispose([...given.values()]);
      throw wrong;
    }
    this.dispose();
    this.#step = step;
    this.#learningRate = learningRate;
    this.#weightDecay = weightDecay;
    this.#scalars = scalars;
    for (const [name, given] of tensors) {
      const { states } = this.#rule;
      this.#tensors.set(
        name,
        variables(states, (state) => given.get(state) as tf.Tensor),
      );
    }
  }

  /**
   * Changes each parameter by its gradient; the gradients stay the caller's to free.
   * @param unscale - multiplies the gradients first
   * @param skip - int32 `[1]`: the device leaves the step out where it is not 0 (kernels only)
   */
  apply(
    parameters: Map<string, tf.Variable>,
    gradients: tf.NamedTensorMap,
    unscale = 1,
    skip?: tf.Tensor,
  ): void {
    this.#step += 1;
    const { factors, scalars = {} } = this.#rule.numbers({
      ...{ step: this.#step, rate: this.#learningRate, decay: this.#weightDecay },
      scalars: this.#scalars,
    });
    this.#scalars = scalars;
    const pairs = [...parameters].flatMap(([name, parameter]) => {
      const gradient = gradients[name];
      return gradient === undefined ? [] : [{ name, parameter, gradient }];
    });
    if (!kernelsInUse()) {
      for (const { name, parameter, gradient } of pairs) {
        const states = this.#statesOf(name, parameter.size);
        tf.tidy(() => applyPlain(this.#rule, parameter, gradient, states, factors, unscale));
      }
      return;
    }
    const values = this.#rule.factors.map((factor) => factors[factor] as number);
    const numbers = tf.tensor1d([...values, unscale]);
    for (const { name, parameter, gradient } of pairs) {
      const states = this.#statesOf(name, parameter.size);
      optimizerStep(this.#rule, parameter, gradient, [...states.values()], numbers, skip);
    }
    numbers.dispose();
  }

  /**
   * Takes back the count of a step that the device left out. Steps begun before that was known were
   * counted one too high, which changes their bias correction a little; the next are right again.
   */
  uncount(): void {
    this.#step -= 1;
  }

  dispose(): void {
    for (const states of this.#tensors.values()) tf.dispose([...states.values()]);
    this.#tensors.clear();
  }

  /** In the order of the rule's states. */
  #statesOf(name: string, size: number): Map<string, tf.Variable> {
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const fresh = variables(this.#rule.states, () => tf.zeros([size]));
    this.#tensors.set(name, fresh);
    return fresh;
  }
}

/** @returns what a saved state has too little or too much of */
function mismatch(
  { name, states, scalars = [], counter }: Rule,
  saved: Pick<SavedState, 'step' | 'scalars' | 'tensors'>,
): CapsuleError | undefined {
  const error = (expected: string, found: readonly string[]) =>
    new CapsuleError('WEIGHTS_MISMATCH', { expected, found: found.join(', ') || 'none' });
  for (const [parameter, given] of saved.tensors) {
    if (states.length === given.size && states.every((state) => given.has(state))) continue;
    const expected = `${name}'s tensors of ${parameter}: ${states.join(', ') || 'none'}`;
    return error(expected, [...given.keys()]);
  }
  const isComplete = scalars.every((key) => key in saved.scalars) && hasSteps(counter, saved.step);
  if (saved.tensors.size === 0 || isComplete) return undefined;
  const found = [`step ${saved.step}`, ...Object.keys(saved.scalars)];
  return error(`${name}'s numbers: ${['step', ...scalars].join(', ')}`, found);
}

function hasSteps(counter: Rule['counter'], step: number): boolean {
  return counter === 'none' || (Number.isSafeInteger(step) && step > 0);
}

/** @param valueOf - a tensor that becomes the variable */
function variables(
  states: readonly string[],
  valueOf: (state: string) => tf.Tensor,
): Map<string, tf.Variable> {
  return new Map(
    states.map((state) => {
      const value = valueOf(state);
      const variable = tf.variable(value, false);
      value.dispose();
      return [state, variable];
    }),
  );
}

function applyPlain(
  rule: Rule,
  parameter: tf.Variable,
  gradient: tf.Tensor,
  states: ReadonlyMap<string, tf.Variable>,
  factors: Readonly<Record<string, number>>,
  unscale: number,
): void {
  const flat = (tensor: tf.Tensor) => tf.reshape(tensor, [-1]);
  const after = rule.plain({
    value: flat(parameter),
    gradient: tf.mul(flat(gradient), tf.scalar(unscale)),
    states: Object.fromEntries(states),
    factors,
  });
  parameter.assign(tf.reshape(after.value, parameter.shape));
  for (const [name, state] of states) state.assign(after.states[name] as tf.Tensor);
}
