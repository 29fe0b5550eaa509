/** The models that a split's selection metric chose, applied to the elements of a group. */
import { refuseSameIds } from '../../core/caps/cohorts.ts';
import { CapsuleError } from '../../core/errors.ts';
import { isTrainingGroup } from '../../core/maps/layout.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type { TaskResults } from '../../core/maps/split-writer.ts';
import type { MapsWriter } from '../../core/maps/writer.ts';
import { evaluate, type Evaluation } from '../../engine/evaluate.ts';
import type { Cohort, CodedSession } from '../data/cohort.ts';
import type { CapsElements } from '../data/elements.ts';
import type { Job } from '../events.ts';
import type { PredictRequest } from '../predict.ts';
import { capsFolders } from '../shared/caps-source.ts';
import type { JobContext } from '../shared/context.ts';
import { descriptionDate } from '../shared/dates.ts';
import { loadNetwork, type Model } from '../shared/model.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { predictionsOf, resultsOf, type NetworkPredictions } from '../shared/results.ts';
import { keeper, type Kept } from './keep-volumes.ts';

export interface PredictorOptions {
  readonly request: PredictRequest;
  readonly context: JobContext;
  readonly maps: Maps;
  readonly model: Model;
  readonly cohort: Cohort;
  readonly writer: MapsWriter;
  readonly split: MapsSplit;
  readonly sessions: readonly CodedSession[];
  readonly labelled: boolean;
}

export class Predictor {
  readonly #options: PredictorOptions;

  constructor(options: PredictorOptions) {
    this.#options = options;
  }

  /** Writes what the models of a selection metric say, and returns it. */
  async *apply(metric: string): Job<TaskResults> {
    const { request, context, model, cohort, writer, split, labelled } = this.#options;
    const { group } = request;
    const { config, task } = model;
    const sessions = this.#options.sessions.filter((session) => cohort.isUsable(session));
    if (Object.values(keptOf(request)).some(Boolean)) refuseSameIds(sessions);
    const networks: NetworkPredictions[] = [];
    for (const network of model.networks ?? [undefined]) {
      const elements = cohort.elements(sessions, config.normalize, undefined, network);
      const evaluation = yield* this.#evaluate(elements, metric, network);
      const predictions = predictionsOf(task, elements, upTo(elements.count), evaluation);
      networks.push({ ...(network === undefined ? {} : { network }), predictions, evaluation });
    }
    const elements = cohort.elements(sessions, config.normalize);
    const results = resultsOf(task, {
      ...{ mode: elements.mode, partsPerImage: elements.partsPerImage },
      ...{ networks, labelled, seed: config.seed },
      reference: await this.#reference(metric, networks, elements),
      selectionThreshold: config.selection_threshold ?? 0,
      description: {
        ...{ group, date: descriptionDate(context.clock.now()) },
        ...{ caps: capsFolders(request), ...elements.headCount },
      },
    });
    await writer.splitNamed(split.name).writeResults(metric, group, results);
    return results;
  }

  /** Predictions that weigh the parts. */
  async #reference(
    metric: string,
    networks: readonly NetworkPredictions[],
    elements: CapsElements,
  ) {
    const { request, model, split } = this.#options;
    if (isTrainingGroup(request.group)) return networks.flatMap(({ predictions }) => predictions);
    const isVoted = model.task.kind === 'classification' && elements.partsPerImage > 1;
    const reference = model.targetExtraction === undefined ? 'validation' : 'validation_target';
    return isVoted ? split.predictions(metric, reference, elements.mode) : [];
  }

  async *#evaluate(
    elements: CapsElements,
    metric: string,
    number: number | undefined,
  ): Job<Evaluation> {
    const { request, context, maps, model, writer, split, labelled } = this.#options;
    const { device, signal, clock } = context;
    const { batchSize, group } = request;
    const precision = request.amp === true ? 'half' : 'f32';
    const network = await loadNetwork(model, split, metric, number, { precision });
    const meter = new ProgressMeter(clock, 'elements', elements.count);
    const steps = [
      ...[maps.name, split.name, `best-${metric}`],
      ...(number === undefined ? [] : [`network-${number}`]),
    ];
    const order = upTo(elements.count);
    // One at a time where each takes seconds: progress and a cancel come between them.
    const microBatchSize = device.report.kind === 'none' ? 1 : undefined;
    const keeping = { writer: writer.splitNamed(split.name), metric, group, elements };
    try {
      const evaluation = evaluate({
        ...{
          device,
          network,
          source: elements,
          order,
          batchSize,
          microBatchSize,
          signal,
          labelled,
        },
        ...{ loss: model.task.loss(model.plan), seed: model.config.seed },
        ...keeper({ ...keeping, kept: keptOf(request) }),
      });
      for (;;) {
        const step = await evaluation.next();
        if (step.done === true) return step.value;
        yield meter.event(`Predicting "${group}"`, step.value, steps);
      }
    } finally {
      network.dispose();
    }
  }
}

export function keptOf({ saveTensor, saveNifti, saveLatent }: PredictRequest): Kept {
  return { tensors: saveTensor === true, volumes: saveNifti === true, codes: saveLatent === true };
}

/** @throws CapsuleError CONFIG_VALUE for what a network of this task does not make */
export function refuseOtherOutputs(request: PredictRequest, { task, plan }: Model): void {
  if (task.kind === 'reconstruction') return;
  const { tensors, volumes, codes } = keptOf(request);
  const asked = [
    ...(tensors ? ['--save_tensor'] : []),
    ...(volumes ? ['--save_nifti'] : []),
    ...(codes ? ['--save_latent_tensor'] : []),
  ];
  if (asked.length === 0) return;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `${asked.join(', ')} with a network that makes volumes`,
    found: `a ${task.kind} by ${plan.name}`,
    action: 'Leave the option out, or choose a MAPS of a reconstruction.',
  });
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
