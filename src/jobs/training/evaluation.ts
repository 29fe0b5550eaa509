/** Sets evaluated while a network is trained and when it is done, with progress and problems told. */
import { CapsuleError, type Problem } from '../../core/errors.ts';
import type { Metrics } from '../../core/metrics/classification.ts';
import { evaluate, type Evaluation, type EvaluationOptions } from '../../engine/evaluate.ts';
import type { Network } from '../../engine/networks/network.ts';
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
  readonly network: Network;
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

/** Those that turned up while elements were read. */
export function* tellProblems({
  problems,
}: SplitRequest): Generator<{ kind: 'problem'; problem: Problem }, void, void> {
  for (const problem of problems.splice(0)) yield { kind: 'problem', problem };
}

export function eventFigures({ metrics, meanLoss }: SetFigures): EvaluationFigures {
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
