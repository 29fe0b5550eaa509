/**
 * `capsule predict`: the models of a MAPS applied to a data group, its tables written into the MAPS.
 * A new group is defined first, and refused when training has seen one of its participants.
 */
import type { WritableTree } from '../core/files/file-tree.ts';
import { isTrainingGroup } from '../core/maps/layout.ts';
import { openMaps, type Maps } from '../core/maps/reader.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import { CapsuleError } from '../core/errors.ts';
import type { MapsSplit } from '../core/maps/split-reader.ts';
import { evaluate, type Evaluation } from '../engine/evaluate.ts';
import { openCohort, type Cohort, type CodedSession } from './data/cohort.ts';
import type { CapsElements } from './data/elements.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import { capsFolders, capsOf, type CapsSource } from './shared/caps-source.ts';
import type { JobContext } from './shared/context.ts';
import { descriptionDate } from './shared/dates.ts';
import { defineGroup, sessionsOfGroup, type NewGroup } from './shared/groups.ts';
import { loadNetwork, metricsOf, modelOf, refuseOtherShape, type Model } from './shared/model.ts';
import { ProgressMeter } from './shared/progress-meter.ts';
import { predictionsOf, resultsOf } from './shared/results.ts';

export interface PredictRequest extends CapsSource {
  readonly maps: WritableTree;
  readonly group: string;
  /** Defines the group; absent for one that the MAPS has. */
  readonly definition?: NewGroup;
  /** All that there are when empty. */
  readonly selectionMetrics: readonly string[];
  /** Splits to use; all when empty. */
  readonly splits: readonly number[];
  readonly batchSize: number;
  /** False ignores the labels that a group has: predictions only. */
  readonly useLabels?: boolean;
  readonly unreadable: 'stop' | 'leave-out';
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
}

/** @throws CapsuleError MAPS_*, LEAKAGE_PARTICIPANTS, those of volumes and of the device */
export async function* predict(request: PredictRequest, context: JobContext): Job<void> {
  const { group, definition } = request;
  let maps = await openMaps(request.maps);
  const model = modelOf(maps);
  const writer = new MapsWriter(request.maps);
  if (definition !== undefined) {
    await defineGroup(maps, writer, model, group, definition);
    maps = await openMaps(request.maps);
  }
  for (const split of chosenSplits(maps, request.splits)) {
    const known = await sessionsOfGroup(maps, model, group, split);
    const { sessions } = known;
    const labelled = known.labelled && request.useLabels !== false;
    const { unreadable, store } = request;
    const { extraction } = model;
    const volumes = { ...capsOf(request), extraction, sessions, unreadable, store };
    const cohort = yield* openCohort(volumes, context);
    refuseOtherShape(model, cohort.inputSize);
    const predictor = new Predictor(request, context, maps, model, cohort);
    for (const metric of metricsOf(split, request.selectionMetrics)) {
      yield* predictor.apply(writer, split, metric, sessions, labelled);
    }
  }
}

/** @throws CapsuleError MAPS_UNFINISHED for a split that is not there or not whole */
export function chosenSplits(maps: Maps, numbers: readonly number[]): readonly MapsSplit[] {
  const whole = maps.wholeSplits();
  if (numbers.length === 0) return whole;
  return numbers.map((number) => {
    const split = whole.find(({ index }) => index === number);
    if (split !== undefined) return split;
    throw new CapsuleError('MAPS_UNFINISHED', {
      expected: `one of ${whole.map(({ name }) => name).join(', ')}`,
      found: `split-${number}`,
    });
  });
}

class Predictor {
  readonly #request: PredictRequest;
  readonly #context: JobContext;
  readonly #maps: Maps;
  readonly #model: Model;
  readonly #cohort: Cohort;

  constructor(
    request: PredictRequest,
    context: JobContext,
    maps: Maps,
    model: Model,
    cohort: Cohort,
  ) {
    this.#request = request;
    this.#context = context;
    this.#maps = maps;
    this.#model = model;
    this.#cohort = cohort;
  }

  async *apply(
    writer: MapsWriter,
    split: MapsSplit,
    metric: string,
    sessions: readonly CodedSession[],
    labelled: boolean,
  ): Job<void> {
    const { group } = this.#request;
    const { config, classes } = this.#model;
    const usable = sessions.filter((session) => this.#cohort.isUsable(session));
    const elements = this.#cohort.elements(usable, config.normalize);
    const evaluation = yield* this.#evaluate(elements, split, metric, labelled);
    const order = Array.from({ length: elements.count }, (_, index) => index);
    const predictions = predictionsOf(elements, order, evaluation);
    const level = this.#model.extraction.mode;
    const reference = isTrainingGroup(group)
      ? predictions
      : await split.predictions(metric, 'validation', level);
    const results = resultsOf({
      ...{ mode: level, classes: classes.length, partsPerImage: elements.partsPerImage },
      ...{ predictions, reference, labelled, lossSum: evaluation.lossSum, seed: config.seed },
      selectionThreshold: config.selection_threshold ?? 0,
      description: {
        ...{ group, date: descriptionDate(this.#context.clock.now()) },
        ...{ caps: capsFolders(this.#request), ...elements.headCount },
      },
    });
    await writer.splitNamed(split.name).writeResults(metric, group, results);
  }

  async *#evaluate(
    elements: CapsElements,
    split: MapsSplit,
    metric: string,
    labelled: boolean,
  ): Job<Evaluation> {
    const { device, signal, clock } = this.#context;
    const { batchSize } = this.#request;
    const network = await loadNetwork(this.#model, split, metric);
    const meter = new ProgressMeter(clock, 'elements', elements.count);
    const steps = [this.#maps.name, split.name, `best-${metric}`];
    const order = Array.from({ length: elements.count }, (_, index) => index);
    try {
      const options = { device, network, source: elements, order, batchSize, signal, labelled };
      const evaluation = evaluate(options);
      for (;;) {
        const step = await evaluation.next();
        if (step.done === true) return step.value;
        yield meter.event(`Predicting "${this.#request.group}"`, step.value, steps);
      }
    } finally {
      network.dispose();
    }
  }
}
