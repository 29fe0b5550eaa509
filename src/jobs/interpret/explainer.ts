/**
 * Makes the maps of a group, one element at a time, and where it is asked for makes some of them
 * again with randomised weights (sanity-check.ts).
 */
import { throwIfCancelled } from '../../engine/cancel.ts';
import { mapBy, type Method } from '../../engine/interpret/methods.ts';
import { Forgetter } from '../../engine/interpret/randomise.ts';
import type { ElementMap, Subject } from '../../engine/interpret/subject.ts';
import type { Network } from '../../engine/networks/network.ts';
import { channelsFirst, type CapsElements } from '../data/elements.ts';
import type { ProgressEvent } from '../events.ts';
import type { InterpretRequest, SessionMap } from '../interpret.ts';
import type { JobContext } from '../shared/context.ts';
import { loadNetwork, type Model } from '../shared/model.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { Learning } from './chance.ts';
import type { MapPlace } from './files.ts';
import { mapWithSteps, stepsOf } from './map-steps.ts';
import { MeanMaps } from './mean-maps.ts';
import { checkedElements, MapRanks, stagesOf, verdictOf } from './sanity-check.ts';
import type { SanityResult } from './sanity-check.ts';
import { foregroundOf } from './scoring.ts';

const COMPUTING = 'Computing maps';

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
  /** Maps by networks with all weights randomised. */
  readonly #randomised = new MeanMaps(1);

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
    const { sanityCheck, parts } = this.#of.request;
    const wanted = [...Array(elements.count).keys()].filter(
      (index) => parts?.includes(elements.partNumber(index)) !== false,
    );
    const meter = new ProgressMeter(context.clock, 'maps', wanted.length);
    const steps = this.#steps(number);
    const checked =
      sanityCheck === undefined ? [] : checkedElements(wanted.length).map((place) => wanted[place]);
    const ranks = new Map<number, MapRanks>();
    const channels = elements.shape.at(-1) ?? 1;
    try {
      for (const [done, index] of wanted.entries()) {
        throwIfCancelled(context.signal);
        yield meter.event(COMPUTING, done, steps);
        const element = await elements.load(index);
        const subject = this.#subject(network, elements, element);
        const told = wanted.length === 1 ? stepsOf(context.clock, steps) : undefined;
        const map = yield* mapWithSteps(this.#of.method, subject, told);
        if (checked.includes(index)) ranks.set(index, new MapRanks(element, channels, map));
        const made = await sessionMap(elements, index, map);
        const isScored = this.#of.request.scoreAgainst !== undefined;
        yield isScored ? { ...made, foreground: foregroundOf(element, channels) } : made;
      }
      yield meter.event(COMPUTING, wanted.length, steps);
      yield* this.#check(network, elements, ranks, number);
    } finally {
      network.dispose();
    }
  }

  /** What the check found, of all networks together; undefined where none was asked for. */
  sanity(learning: Learning['state']): SanityResult | undefined {
    const { sanityCheck: randomisation } = this.#of.request;
    const layers = [...this.#correlations].map(([from, values]) => ({
      from,
      correlation: rounded(values.reduce((sum, value) => sum + value, 0) / values.length),
    }));
    const last = layers.at(-1);
    if (randomisation === undefined || last === undefined) return undefined;
    const { correlation } = last;
    const maps = this.#correlations.get(last.from)?.length ?? 0;
    const verdict = verdictOf(correlation, learning);
    return { randomisation, seed: this.#seed, maps, layers, correlation, verdict };
  }

  /** By part; of several sessions their mean. */
  randomised(): ReadonlyMap<number, SessionMap> {
    return new Map([...this.#randomised.maps()].map((map) => [map.part, map]));
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
          const element = await elements.load(index);
          const map = await mapBy(this.#of.method, this.#subject(random, elements, element));
          found.push(own.correlation(map));
          if (from === stages.at(-1)) {
            this.#randomised.add(await sessionMap(elements, index, map));
          }
          done += 1;
        }
      } finally {
        random.dispose();
      }
    }
    yield meter.event('Checking with randomised weights', done, this.#steps(number));
  }

  #subject(network: Network, { shape }: CapsElements, element: Float32Array): Subject {
    const { request, context } = this.#of;
    const { device, signal } = context;
    const { targetNode: target, batchSize } = request;
    return { device, network, element, shape, target, signal, batchSize };
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
