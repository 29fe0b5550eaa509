/**
 * What a run has told so far, for curves and read-outs. Events may come faster than the screen is
 * drawn: they are collected and shown once a frame. Folds are trained one after the other; the one
 * that runs is shown unless another is chosen. A tab that is not seen draws no frames: there once a
 * second is enough, for its title.
 */
import type { Problem } from '../../core/errors.ts';
import type { BatchEvent, EvaluationEvent, JobEvent, SavePointEvent } from '../../jobs/events.ts';
import { systemClock } from '../../platform/browser/clock.ts';

/** Milliseconds between two looks at the title of a hidden tab. */
const HIDDEN_REST = 1000;

type BestEpochs = Readonly<Record<string, number>>;

export class TrainingState {
  /** What the run remarked without stopping. */
  remarks = $state.raw<readonly Problem[]>([]);
  /** Epochs of each fold, as they were asked for. */
  epochs = $state(0);
  /** Batches of the whole run. */
  expected = $state(1);
  /** Numbers of the folds that are trained, in their order; one for a single split. */
  folds = $state.raw<readonly number[]>([0]);
  /** Fold that someone wants to see; the running one when undefined. */
  wanted = $state<number | undefined>();

  /** Where the run was saved last. */
  saved = $state.raw<SavePointEvent | undefined>();

  #allBatches = $state.raw<readonly BatchEvent[]>([]);
  #allEvaluations = $state.raw<readonly EvaluationEvent[]>([]);
  #allBest = $state.raw<Readonly<Record<number, BestEpochs>>>({});

  /** The fold of the last batch. */
  readonly running = $derived(this.#allBatches.at(-1)?.split ?? this.folds[0] ?? 0);
  readonly shown = $derived(this.wanted ?? this.running);
  /** Folds that have told something. */
  readonly begun = $derived(
    this.folds.slice(0, this.folds.indexOf(this.running) + Number(this.#allBatches.length > 0)),
  );
  readonly batches = $derived(this.#allBatches.filter(({ split }) => split === this.shown));
  readonly evaluations = $derived(this.#allEvaluations.filter(({ split }) => split === this.shown));
  /** 0-based best epoch of the shown fold so far, by selection metric. */
  readonly best = $derived<BestEpochs>(this.#allBest[this.shown] ?? {});
  /** 1-based epoch that is being trained; 0 before the first. */
  readonly epoch = $derived((this.#allBatches.at(-1)?.epoch ?? -1) + 1);
  /** 1-based place of the running fold among those that are trained. */
  readonly foldAt = $derived(Math.max(0, this.folds.indexOf(this.running)) + 1);
  /** Share of all batches of all epochs, 0 to 1. */
  readonly share = $derived.by(() => Math.min(1, this.#allBatches.length / this.expected));

  #batches: BatchEvent[] = [];
  #evaluations: EvaluationEvent[] = [];
  #frame = 0;
  /** Of the clock. */
  #shownAt = 0;

  /** @param batches - in one epoch of all folds together */
  start(epochs: number, batches: number, folds: readonly number[] = [0]): void {
    this.expected = Math.max(1, epochs * batches);
    this.#batches = [];
    this.#evaluations = [];
    this.remarks = [];
    this.#allBest = {};
    this.epochs = epochs;
    this.folds = folds;
    this.wanted = undefined;
    this.saved = undefined;
    this.#show();
  }

  hear(event: JobEvent): void {
    if (event.kind === 'batch') this.#batches.push(event);
    else if (event.kind === 'evaluation') this.#evaluations.push(event);
    else if (event.kind === 'restart') {
      const stays = ({ split, epoch, iteration }: BatchEvent | EvaluationEvent) =>
        split !== event.split ||
        epoch < event.epoch ||
        (epoch === event.epoch && iteration < event.batches);
      this.#batches = this.#batches.filter(stays);
      this.#evaluations = this.#evaluations.filter(stays);
    } else {
      if (event.kind === 'best') {
        const found = event.metrics.map((metric) => [metric, event.epoch] as const);
        const best = { ...this.#allBest[event.split], ...Object.fromEntries(found) };
        this.#allBest = { ...this.#allBest, [event.split]: best };
      }
      if (event.kind === 'problem') this.remarks = [...this.remarks, event.problem];
      if (event.kind === 'save-point' && event.isSaved) this.saved = event;
      return;
    }
    if (document.hidden) {
      if (systemClock.elapsed() - this.#shownAt >= HIDDEN_REST) this.#show();
      return;
    }
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  /** Everything so far, of all splits. */
  get told(): {
    readonly batches: readonly BatchEvent[];
    readonly evaluations: readonly EvaluationEvent[];
  } {
    return { batches: this.#allBatches, evaluations: this.#allEvaluations };
  }

  /** The tab is seen again, or everything has been told. */
  refresh(): void {
    this.#show();
  }

  #show(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#shownAt = systemClock.elapsed();
    this.#allBatches = [...this.#batches];
    this.#allEvaluations = [...this.#evaluations];
  }
}
