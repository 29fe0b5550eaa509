/**
 * Networks that forgot what they learned (Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim 2018,
 * "Sanity checks for saliency maps"): from one layer to the output, weights and statistics are those
 * of a fresh network of another seed. A map that stays what it was did not show what was learned.
 */
import { stream } from '../../core/random/philox.ts';
import { Network, statesOf, type NetworkPlan, type StateValue } from '../networks/network.ts';

/**
 * Layers with weights, from the output to the input: a cascade forgets one more at each.
 * @returns beginnings of their keys in the state dict: `fc.6`
 */
export function layersToForget(plan: NetworkPlan): string[] {
  const weights = statesOf(plan).filter(({ trained, shape }) => trained && shape.length > 1);
  return weights.map(({ name }) => layerOf(name)).reverse();
}

export class Forgetter {
  readonly #plan: NetworkPlan;
  readonly #learned: readonly StateValue[];
  readonly #fresh: readonly StateValue[];

  private constructor(
    plan: NetworkPlan,
    learned: readonly StateValue[],
    fresh: readonly StateValue[],
  ) {
    this.#plan = plan;
    this.#learned = learned;
    this.#fresh = fresh;
  }

  /** @param seed - of the fresh weights; they are not those that a training with it began with */
  static async of(network: Network, seed: number): Promise<Forgetter> {
    const { plan } = network;
    const other = new Network(plan, stream(seed, 'sanity check').uint32());
    try {
      return new Forgetter(plan, await network.state(), await other.state());
    } finally {
      other.dispose();
    }
  }

  /**
   * @param first - the first layer that forgets, one of `layersToForget`
   * @returns a network of its own; the caller disposes it
   */
  from(first: string): Network {
    const begin = this.#learned.findIndex(({ name }) => layerOf(name) === first);
    const values = this.#learned.map((value, index) =>
      begin >= 0 && index >= begin ? (this.#fresh[index] ?? value) : value,
    );
    const network = new Network(this.#plan, 0);
    network.load(values);
    return network;
  }
}

const layerOf = (state: string): string => state.slice(0, state.lastIndexOf('.'));
