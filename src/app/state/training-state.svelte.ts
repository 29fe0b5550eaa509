/**
 * What a run has told so far, for curves and read-outs. Events may come faster than the screen is
 * drawn: they are collected and shown once a frame.
 */
import type { Problem } from '../../core/errors.ts';
import type { BatchEvent, EvaluationEvent, JobEvent } from '../../jobs/events.ts';

export class TrainingState {
  batches = $state.raw<readonly BatchEvent[]>([]);
  evaluations = $state.raw<readonly EvaluationEvent[]>([]);
  /** What the run remarked without stopping. */
  remarks = $state.raw<readonly Problem[]>([]);
  /** 0-based best epoch so far, by selection metric. */
  best = $state.raw<Readonly<Record<string, number>>>({});
  /** Epochs of the run that is shown, as they were asked for. */
  epochs = $state(0);
  /** 1-based epoch that is being trained; 0 before the first. */
  readonly epoch = $derived((this.batches.at(-1)?.epoch ?? -1) + 1);

  /** Share of all batches of all epochs, 0 to 1. */
  readonly share = $derived.by(() => Math.min(1, this.batches.length / this.expected));
  /** Batches of the whole run. */
  expected = $state(1);

  #batches: BatchEvent[] = [];
  #evaluations: EvaluationEvent[] = [];
  #frame = 0;

  /** @param batches - in one epoch */
  start(epochs: number, batches: number): void {
    this.expected = Math.max(1, epochs * batches);
    this.#batches = [];
    this.#evaluations = [];
    this.remarks = [];
    this.best = {};
    this.epochs = epochs;
    this.#show();
  }

  hear(event: JobEvent): void {
    if (event.kind === 'batch') this.#batches.push(event);
    else if (event.kind === 'evaluation') this.#evaluations.push(event);
    else if (event.kind === 'restart') {
      const stays = ({ split, epoch }: BatchEvent | EvaluationEvent) =>
        split !== event.split || epoch < event.epoch;
      this.#batches = this.#batches.filter(stays);
      this.#evaluations = this.#evaluations.filter(stays);
    } else {
      if (event.kind === 'best') {
        const found = event.metrics.map((metric) => [metric, event.epoch] as const);
        this.best = { ...this.best, ...Object.fromEntries(found) };
      }
      if (event.kind === 'problem') this.remarks = [...this.remarks, event.problem];
      return;
    }
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    this.#frame = 0;
    this.batches = [...this.#batches];
    this.evaluations = [...this.#evaluations];
  }
}
