/**
 * First weights of networks whose constructors draw twice: each layer by PyTorch's defaults when it
 * is made, and all convolutions anew at the end, in the order of the state dict, by He's rule (He et
 * al. 2015), with biases of dense layers at zero. Layers are made here in the order in which PyTorch
 * makes them, which is not always that of the state dict.
 */
import { convolution, type ConvolutionOptions } from '../layers/convolution.ts';
import { linear } from '../layers/dense.ts';
import type { Layer, StateSpec } from '../layers/layer.ts';
import { kaimingNormal } from '../layers/torch-normal.ts';
import { thrownAway } from './plan.ts';

export class Draws {
  readonly #first: StateSpec[] = [];
  readonly #mode: 'fan_in' | 'fan_out';

  /** @param mode - of `kaiming_normal_` */
  constructor(mode: 'fan_in' | 'fan_out') {
    this.#mode = mode;
  }

  convolution(
    name: string,
    inputShape: readonly number[],
    channels: number,
    options: ConvolutionOptions,
  ): Layer {
    const layer = convolution(name, inputShape, channels, options);
    const [weight, ...bias] = layer.states as [StateSpec, ...StateSpec[]];
    this.#first.push(...thrownAway([weight]), ...bias);
    const initial: StateSpec['initial'] = (generator) =>
      kaimingNormal(weight.shape, generator, this.#mode);
    return { ...layer, states: [{ ...weight, initial }, ...bias] };
  }

  linear(name: string, inputs: number, outputs: number): Layer {
    return this.withoutBiases(linear(name, inputs, outputs));
  }

  /** A layer whose states are weights and biases of dense layers in turn. */
  withoutBiases(layer: Layer): Layer {
    const states = layer.states.map((state, index) => {
      if (index % 2 === 0) {
        this.#first.push(state);
        return state;
      }
      this.#first.push(...thrownAway([state]));
      return { ...state, initial: () => new Float32Array(state.shape[0] ?? 0) };
    });
    return { ...layer, states };
  }

  /** All states in the order in which they are drawn, for the plan. */
  drawn(sequentials: readonly (readonly Layer[])[]): StateSpec[] {
    const isFirst = new Set(this.#first);
    const states = sequentials.flat().flatMap((layer) => layer.states);
    return [...this.#first, ...states.filter((state) => !isFirst.has(state))];
  }
}
