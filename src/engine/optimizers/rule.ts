/**
 * What an optimizer is: a rule that says how a parameter follows its gradient, as `torch.optim` has
 * it with its default settings, given a learning rate and a weight decay. The numbers of a step are
 * computed in float64 on the CPU and handed to the kernel; what is close to 1, such as 1 - beta, is
 * handed over as its own number, so that it has no digits to lose. All state tensors start from zero.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { OptimizerName } from '../../core/config/optimizer-names.ts';
import { PyFloat, PyTuple, type PyValue } from '../../core/torch/python-values.ts';
import type { UpdateRule } from '../kernels/optimizer-step.ts';

/** Values of a rule's `scalars`, by name. */
export type Scalars = Readonly<Record<string, number>>;

/** What the numbers of a step follow from. */
export interface StepInputs {
  /** 1 for the first. */
  readonly step: number;
  /** Learning rate of this step. */
  readonly rate: number;
  readonly decay: number;
  /** As the step before left them; without any before the first. */
  readonly scalars: Scalars;
}

/** Flat tensors of one parameter, and the numbers of the step. */
export interface Element<State extends string, Factor extends string> {
  readonly value: Tensor;
  /** Unscaled. */
  readonly gradient: Tensor;
  readonly states: Readonly<Record<State, Tensor>>;
  readonly factors: Readonly<Record<Factor, number>>;
}

export interface RuleOf<State extends string, Factor extends string> extends UpdateRule {
  readonly name: OptimizerName;
  readonly states: readonly State[];
  readonly factors: readonly Factor[];
  /** Numbers besides the step that PyTorch's state has, before its tensors; float32, as there. */
  readonly scalars?: readonly string[];
  /** How PyTorch's state_dict has the number of steps: a float32 tensor, an int, or not at all. */
  readonly counter: 'tensor' | 'int' | 'none';
  /** Entries of PyTorch's param_groups in the order of PyTorch 1.13, without `params`. */
  group(lr: PyFloat, weightDecay: PyFloat): Readonly<Record<string, PyValue>>;
  numbers(inputs: StepInputs): {
    readonly factors: Readonly<Record<Factor, number>>;
    readonly scalars?: Scalars;
  };
  /** The formula of `element` in stock operations, for where there are no kernels. */
  plain(element: Element<State, Factor>): {
    readonly value: Tensor;
    readonly states: Readonly<Record<State, Tensor>>;
  };
}

export type Rule = RuleOf<string, string>;

/** @returns the rule itself; its names of states and factors are checked against their uses. */
export function ruleOf<State extends string, Factor extends string>(
  rule: RuleOf<State, Factor>,
): Rule {
  return rule;
}

/** `betas`, the same for the whole family of Adam. */
export const BETA1 = 0.9;
export const BETA2 = 0.999;
export const BETAS = new PyTuple([new PyFloat(BETA1), new PyFloat(BETA2)]);

export function times(tensor: Tensor, factor: number): Tensor {
  return tf.mul(tensor, tf.scalar(factor));
}

export function plus(tensor: Tensor, term: number): Tensor {
  return tf.add(tensor, tf.scalar(term));
}

/** The gradient with weight decay as L2: what follows sees the decay as part of the gradient. */
export function decayedGradient(gradient: Tensor, value: Tensor, decay: number): Tensor {
  return tf.add(gradient, times(value, decay));
}

/** old * kept + observed * rest */
export function blend(old: Tensor, observed: Tensor, kept: number, rest: number): Tensor {
  return tf.add(times(old, kept), times(observed, rest));
}
