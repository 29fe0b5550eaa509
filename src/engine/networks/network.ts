/**
 * A network: its layers in order, its state (parameters and buffers) on the device, and the two
 * ways through it, in training and in evaluation. State goes in and out as a PyTorch state dict.
 */
import * as tf from '@tensorflow/tfjs';
import { TorchGenerator } from '../../core/random/torch-uniform.ts';
import type { Pass, StateSpec } from '../layers/layer.ts';
import { refuseMisfit } from './fit.ts';
import { normalNumbers } from './normal-numbers.ts';
import {
  statesOf,
  type NetworkOutputs,
  type NetworkPlan,
  type Stage,
  type StateValue,
} from './plan.ts';
import { stepsOf, type Step, type StepOptions } from './steps.ts';

export { layersOf, parameterCount, statesOf } from './plan.ts';
export type { NetworkOutputs, NetworkPlan, StateValue } from './plan.ts';

/** Numbers in tensors, by shape. */
export type Numbers = (shape: number[]) => tf.Tensor;

export interface PassOptions {
  /** Standard normal numbers for a variational code; its mean is taken when absent. */
  readonly normal?: Numbers;
  /** What the gradient of a head of domains is multiplied by, and turned round; 1 when absent. */
  readonly reversal?: number;
  /** What the output of each ReLU goes through, in evaluation mode. */
  readonly afterRelu?: (output: tf.Tensor) => tf.Tensor;
}

/** The manner of a pass, without what it keeps. */
type Manner = Omit<Pass, 'state' | 'keep' | 'kept'>;

export class Network {
  readonly plan: NetworkPlan;
  readonly #stages: readonly Stage[];
  readonly #options: StepOptions;
  readonly #specs: readonly StateSpec[];
  readonly #variables = new Map<string, tf.Variable>();
  readonly #counters = new Map<string, number>();
  readonly #frozen = new Set<string>();

  /** @param seed - PyTorch's: the fresh weights equal those after `torch.manual_seed(seed)`. */
  constructor(plan: NetworkPlan, seed: number, options: StepOptions = {}) {
    this.plan = plan;
    this.#options = options;
    this.#stages = plan.sequentials.map((layers) => stageOf(stepsOf(layers, options)));
    this.#specs = statesOf(plan);
    const generator = new TorchGenerator(seed);
    const kept = new Set(this.#specs);
    for (const spec of plan.drawn ?? this.#specs) {
      const values = spec.initial(generator);
      if (kept.has(spec)) this.#set(spec, values);
    }
  }

  /** The parameters that training changes, in PyTorch's order, by name. */
  parameters(): Map<string, tf.Variable> {
    const trained = this.#specs.filter(({ name, trained }) => trained && !this.#frozen.has(name));
    return new Map(trained.map((spec) => [spec.name, this.#variable(spec.name)]));
  }

  /**
   * Freezes all parameters but the last ones of the state dict. Running statistics of normalisations
   * go on following the batches, as PyTorch's do in training mode.
   * @param tensors - how many are left; ClinicaDL counts two a layer
   */
  freezeAllBut(tensors: number): void {
    const trained = this.#specs.filter((spec) => spec.trained);
    for (const { name } of trained.slice(0, Math.max(0, trained.length - tensors)))
      this.#frozen.add(name);
  }

  /**
   * @param input - `[batch, ...spatial, channels]`
   * @returns scores `[batch, outputs]`, before any softmax
   */
  predict(input: tf.Tensor): tf.Tensor2D {
    return this.evaluate(input).output as tf.Tensor2D;
  }

  /**
   * One pass in training mode, to be called inside a gradient computation. Running statistics are
   * collected in `updates` (kept tensors) for `commit`.
   * @param uniform - numbers for dropout
   * @returns scores `[batch, outputs]`, before any softmax
   */
  train(input: tf.Tensor, uniform: Numbers, updates: Map<string, tf.Tensor>): tf.Tensor2D {
    return this.trainAll(input, uniform, updates).output as tf.Tensor2D;
  }

  /** All that the network returns, in evaluation mode. */
  evaluate(input: tf.Tensor, options: PassOptions = {}): NetworkOutputs {
    return this.#run(input, evaluating(options));
  }

  /**
   * As `evaluate`, with the feature maps inside of the first sequential.
   * @param level - how many of its layers, counted as in the state dict, make the feature maps
   * @param given - stands for those maps: the layers before are not run
   */
  evaluateAt(
    input: tf.Tensor,
    level: number,
    given?: tf.Tensor,
  ): { features: tf.Tensor; outputs: NetworkOutputs } {
    const [first = [], ...others] = this.plan.sequentials;
    const before = stageOf(stepsOf(first.slice(0, level), this.#options));
    const behind = stageOf(stepsOf(first.slice(level), this.#options));
    let features = given;
    const stage: Stage = (source, pass) => {
      features ??= before(source, pass);
      return behind(features, pass);
    };
    const stages = [stage, ...others.map((_, index) => this.#stages[index + 1] as Stage)];
    const outputs = this.#run(input, evaluating({}), stages);
    return { features: needed(features, 'feature maps'), outputs };
  }

  /**
   * As `train`, all that the network returns.
   * @param uniform - numbers for dropout, and for a variational code where `normal` is absent
   */
  trainAll(
    input: tf.Tensor,
    uniform: Numbers,
    updates: Map<string, tf.Tensor>,
    { normal = normalNumbers(uniform), reversal = 1 }: PassOptions = {},
  ): NetworkOutputs {
    return this.#run(input, {
      ...{ training: true, normal, reversal, uniform },
      update: (name, value) => updates.set(name, tf.keep(value)),
    });
  }

  /** Takes over the running statistics of one training pass and frees them. */
  commit(updates: Map<string, tf.Tensor>): void {
    for (const [name, value] of updates) {
      this.#variable(name).assign(value);
      value.dispose();
    }
    for (const [name, count] of this.#counters) {
      // Of a layer that nothing went through, the batches are not counted.
      if (updates.has(name.replace(/num_batches_tracked$/, 'running_mean'))) {
        this.#counters.set(name, count + 1);
      }
    }
  }

  /** Reads the state from the device, in PyTorch's names, order and shapes. */
  async state(): Promise<StateValue[]> {
    const values: StateValue[] = [];
    for (const { name, shape, toOurs, counter } of this.#specs) {
      if (counter === true) {
        const count = this.#counters.get(name) ?? 0;
        values.push({ name, shape, values: new Float32Array([count]), counter: true });
        continue;
      }
      const tensor = this.#variable(name);
      values.push({ name, shape, values: await inTorchOrder(tensor, toOurs), counter: false });
    }
    return values;
  }

  /**
   * Reads a tensor that goes with a parameter, such as a moment of the optimizer, in PyTorch's order.
   * @param tensor - as many values as the parameter, in our axis order, of any shape
   */
  async exportLike(name: string, tensor: tf.Tensor): Promise<Float32Array<ArrayBuffer>> {
    const spec = this.#specs.find((candidate) => candidate.name === name);
    const shaped = tf.reshape(tensor, this.#variable(name).shape);
    const values = await inTorchOrder(shaped, spec?.toOurs);
    shaped.dispose();
    return values;
  }

  /**
   * Takes over a state dict. Keys and shapes must be those of the network.
   * @param prefix - takes over the part of the network whose keys begin so, and leaves the rest
   * @throws CapsuleError WEIGHTS_MISMATCH naming the first key that is missing, superfluous or of another shape
   */
  load(values: readonly StateValue[], file?: string, prefix = ''): void {
    refuseMisfit(this.plan, values, file, prefix);
    const specs = this.#specs.filter(({ name }) => name.startsWith(prefix));
    const byName = new Map(values.map((value) => [value.name, value.values]));
    for (const spec of specs) this.#set(spec, byName.get(spec.name) as Float32Array);
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
    this.#variables.clear();
  }

  #run(input: tf.Tensor, manner: Manner, stages = this.#stages): NetworkOutputs {
    const kept = new Map<object, tf.Tensor>();
    const pass: Pass = {
      ...manner,
      state: (name) => this.#variable(name),
      keep: (key, value) => kept.set(key, value),
      kept: (key) => needed(kept.get(key), 'what an earlier layer was to keep'),
    };
    const { flow } = this.plan;
    if (flow !== undefined) return flow(stages, input, pass);
    return { output: stages.reduce((tensor, stage) => stage(tensor, pass), input) };
  }

  #variable(name: string): tf.Variable {
    return needed(this.#variables.get(name), `state ${name}`);
  }

  #set(spec: StateSpec, values: Float32Array): void {
    if (spec.counter === true) {
      this.#counters.set(spec.name, values[0] ?? 0);
      return;
    }
    const fresh = tf.tidy(() => {
      const tensor = tf.tensor(values, [...spec.shape]);
      return spec.toOurs === undefined ? tensor : tf.transpose(tensor, [...spec.toOurs]);
    });
    const variable = this.#variables.get(spec.name);
    if (variable === undefined) {
      this.#variables.set(spec.name, tf.variable(fresh, spec.trained));
    } else {
      variable.assign(fresh);
    }
    fresh.dispose();
  }
}

async function inTorchOrder(
  tensor: tf.Tensor,
  toOurs: readonly number[] | undefined,
): Promise<Float32Array<ArrayBuffer>> {
  if (toOurs === undefined) return new Float32Array(await tensor.data());
  const ordered = tf.tidy(() => tf.transpose(tensor, inverse(toOurs)));
  const values = new Float32Array(await ordered.data());
  ordered.dispose();
  return values;
}

function inverse(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis));
}

function evaluating({ normal, reversal = 1, afterRelu }: PassOptions): Manner {
  return {
    ...{ training: false, normal, reversal, afterRelu },
    update: () => undefined,
    uniform: () => {
      throw new Error('evaluation draws nothing');
    },
  };
}

function stageOf(steps: readonly Step[]): Stage {
  return (input, pass) => steps.reduce((tensor, step) => step(tensor, pass), input);
}

function needed<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`no ${what}`);
  return value;
}
