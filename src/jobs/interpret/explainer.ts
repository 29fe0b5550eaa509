/**
 * Makes the maps of a group, one element at a time, and where it is asked for makes some of them
 * again with randomised weights (sanity-check.ts).
 */
import { throwIfCancelled } from '../../engine/cancel.ts';
import { mapBy, type Method } from '../../engine/interpret/methods.ts';
import { Forgetter } from '../../engine/interpret/randomise.ts';
import type { ElementMap } from '../../engine/interpret/subject.ts';
import type { Network } from '../../engine/networks/network.ts';
import { channelsFirst, type CapsElements } from '../data/elements.ts';
import type { ProgressEvent } from '../events.ts';
import type { InterpretRequest, SessionMap } from '../interpret.ts';
import type { JobContext } from '../shared/context.ts';
import { loadNetwork, type Model } from '../shared/model.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { MapPlace } from './files.ts';
import { checkedElements, MapRanks, stagesOf, verdictOf } from './sanity-check.ts';
import type { SanityResult } from './sanity-check.ts';

export interface ExplainerOptions {
  readonly request: InterpretRequest;
  readonly method: Method;
  readonly context: JobContext;
  readonly model: Model;
  readonly place: MapPlace;
}

export class Explainer {
  readonly #of: ExplainerOptions;
  /** Correlations of single maps, by the first layer that was randomised. */
  readonly #correlations = new Map<string, number[]>();

  constructor(options: ExplainerOptions) {
    this.#of = options;
  }

  /** @param number - of the network, where there is one a part */
  async *mapsOf(
    elements: CapsElements,
    number: number | undefined,
  ): AsyncGenerator<ProgressEvent | SessionMap, void, void> {
    const { model, place, context } = this.#of;
    const { split, metric } = place;
    const network = await loadNetwork(model, split, metric, number);
    const meter = new ProgressMeter(context.clock, 'maps', elements.count);
    const steps = this.#steps(number);
    const checked =
      this.#of.request.sanityCheck === undefined ? [] : checkedElements(elements.count);
    const ranks = new Map<number, MapRanks>();
    const channels = elements.shape.at(-1) ?? 1;
    try {
      for (let index = 0; index < elements.count; index++) {
        throwIfCancelled(context.signal);
        yield meter.event('Computing maps', index, steps);
        const element = await elements.load(index);
        const map = await this.#mapOf(network, elements, element);
        if (checked.includes(index)) ranks.set(index, new MapRanks(element, channels, map));
        yield await sessionMap(elements, index, map);
      }
      yield meter.event('Computing maps', elements.count, steps);
      yield* this.#check(network, elements, ranks, number);
    } finally {
      network.dispose();
    }
  }

  /** What the check found, of all networks together; undefined where none was asked for. */
  sanity(): SanityResult | undefined {
    const { sanityCheck: randomisation } = this.#of.request;
    const layers = [...this.#correlations].map(([from, values]) => ({
      from,
      correlation: rounded(values.reduce((sum, value) => sum + value, 0) / values.length),
    }));
    const last = layers.at(-1);
    if (randomisation === undefined || last === undefined) return undefined;
    const { correlation } = last;
    const maps = this.#correlations.get(last.from)?.length ?? 0;
    const verdict = verdictOf(correlation);
    return { randomisation, seed: this.#seed, maps, layers, correlation, verdict };
  }

  get #seed(): number {
    return this.#of.request.seed ?? this.#of.model.config.seed;
  }

  async *#check(
    network: Network,
    elements: CapsElements,
    ranks: ReadonlyMap<number, MapRanks>,
    number: number | undefined,
  ): AsyncGenerator<ProgressEvent, void, void> {
    const { request, context, model } = this.#of;
    if (request.sanityCheck === undefined) return;
    const stages = stagesOf(model.plan, request.sanityCheck);
    const meter = new ProgressMeter(context.clock, 'maps', stages.length * ranks.size);
    const forgetter = await Forgetter.of(network, this.#seed);
    let done = 0;
    for (const from of stages) {
      const random = forgetter.from(from);
      const found = this.#correlations.get(from) ?? [];
      this.#correlations.set(from, found);
      try {
        for (const [index, own] of ranks) {
          throwIfCancelled(context.signal);
          yield meter.event('Checking with randomised weights', done, this.#steps(number));
          const map = await this.#mapOf(random, elements, await elements.load(index));
          found.push(own.correlation(map));
          done += 1;
        }
      } finally {
        random.dispose();
      }
    }
    yield meter.event('Checking with randomised weights', done, this.#steps(number));
  }

  #mapOf(network: Network, { shape }: CapsElements, element: Float32Array): Promise<ElementMap> {
    const { request, method, context } = this.#of;
    const { device, signal } = context;
    const { targetNode: target, batchSize } = request;
    return mapBy(method, { device, network, element, shape, target, signal, batchSize });
  }

  #steps(number: number | undefined): string[] {
    const { split, metric } = this.#of.place;
    const network = number === undefined ? [] : [`network-${number}`];
    return [split.name, `best-${metric}`, ...network];
  }
}

async function sessionMap(
  elements: CapsElements,
  index: number,
  { values, channels, scores }: ElementMap,
): Promise<SessionMap> {
  const { participant, session } = elements.session(index);
  return {
    ...{ participant, session, part: elements.partNumber(index), scores },
    values: channelsFirst(values, channels),
    shape: [channels, ...elements.shape.slice(0, -1)],
    grid: await elements.grid(index),
  };
}

/** Four digits are more than the check is good for. */
const rounded = (value: number): number => Number(value.toFixed(4));
