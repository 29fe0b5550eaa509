/** Sets evaluated while a network is trained and when it is done, with progress and problems told. */
import { CapsuleError, type Problem } from '../../core/errors.ts';
import type { TrainingGroup } from '../../core/maps/layout.ts';
import type { TrainingRow } from '../../core/maps/tables.ts';
import type { Metrics } from '../../core/metrics/classification.ts';
import { randperm } from '../../core/random/mt19937.ts';
import {
  evaluate,
  type Evaluable,
  type Evaluation,
  type EvaluationOptions,
} from '../../engine/evaluate.ts';
import type { CapsElements } from '../data/elements.ts';
import type { EvaluationFigures, Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { predictionsOf, trainingMetrics } from '../shared/results.ts';
import { stepsOf, type SplitRequest } from './split-request.ts';

/** One set evaluated. */
export interface SetFigures {
  /** As training.tsv has them, `loss` last. */
  readonly metrics: Metrics;
  readonly meanLoss: number;
}

export interface SetEvaluation {
  readonly request: SplitRequest;
  readonly network: Evaluable;
  readonly microBatchSize: number;
  readonly set: CapsElements;
  readonly order: ArrayLike<number>;
  /** In plain words, present participle. */
  readonly phase: string;
  readonly onVolume?: EvaluationOptions['onVolume'];
}

/** @throws CapsuleError as `evaluate`, with split and phase */
export async function* evaluateSet(
  { request, network, microBatchSize, set, order, phase, onVolume }: SetEvaluation,
  { device, signal, clock }: JobContext,
): Job<Evaluation> {
  const { config, loss } = request;
  const steps = stepsOf(request);
  const meter = new ProgressMeter(clock, 'elements', order.length);
  const evaluation = evaluate({
    ...{ device, network, source: set, order, signal, loss, onVolume },
    ...{ batchSize: config.batch_size, microBatchSize, seed: config.seed },
  });
  for (;;) {
    const step = await evaluation.next().catch((thrown: unknown) => {
      throw thrown instanceof CapsuleError ? thrown.at({ steps: [...steps, phase] }) : thrown;
    });
    if (step.done === true) return step.value;
    yield* tellProblems(request);
    yield meter.event(phase, step.value, steps);
  }
}

/** The metrics of a set, as training.tsv has them. */
export async function* figuresOf(of: SetEvaluation, context: JobContext): Job<SetFigures> {
  const { request, set, order } = of;
  const evaluation = yield* evaluateSet(of, context);
  const predictions = predictionsOf(request.task, set, order, evaluation);
  return {
    metrics: trainingMetrics(request.task, predictions, evaluation.lossSum),
    meanLoss: evaluation.lossSum / evaluation.batches,
  };
}

export interface BothEvaluation extends Pick<
  SetEvaluation,
  'request' | 'network' | 'microBatchSize'
> {
  readonly sets: Pick<SplitRequest, TrainingGroup>;
  readonly epoch: number;
  /** Whose sets they are, in words; nobody's in particular when absent. */
  readonly of?: string;
}

export interface BothFigures {
  readonly train: SetFigures;
  readonly validation: SetFigures;
}

/** Training and validation set of a cohort. */
export async function* figuresOfBoth(
  { sets, epoch, of = '', ...how }: BothEvaluation,
  context: JobContext,
): Job<BothFigures> {
  const figures = (set: CapsElements, order: ArrayLike<number>, what: string) =>
    figuresOf({ ...how, set, order, phase: `Evaluating the ${what} set${of}` }, context);
  const { train, validation } = sets;
  // In the order of a random sampler, whichever there is: a weighted one leaves sessions out.
  return {
    train: yield* figures(train, randperm(train.count, epoch), 'training'),
    validation: yield* figures(validation, upTo(validation.count), 'validation'),
  };
}

/** As an event tells them. */
export const toldFigures = ({ train, validation }: BothFigures) => ({
  ...{ train: eventFigures(train), validation: eventFigures(validation) },
});

export const rowOf = (
  place: Pick<TrainingRow, 'epoch' | 'iteration' | 'time'>,
  { train, validation }: BothFigures,
): TrainingRow => ({ ...place, train: train.metrics, validation: validation.metrics });

/** Those that turned up while elements were read. */
export function* tellProblems({
  problems,
}: SplitRequest): Generator<{ kind: 'problem'; problem: Problem }, void, void> {
  for (const problem of problems.splice(0)) yield { kind: 'problem', problem };
}

function eventFigures({ metrics, meanLoss }: SetFigures): EvaluationFigures {
  const numbers = [...metrics].map(([name, value]) => [name, Number(value)] as const);
  return {
    loss: Number(metrics.get('loss') ?? NaN),
    meanLoss,
    metrics: Object.fromEntries(numbers),
  };
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
