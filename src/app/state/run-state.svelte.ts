/**
 * What someone does with a training while it runs: rests it, looks at the batch it is given, times its
 * programs; and what the page does for it: keeps the computer awake, and measures whether a hidden tab
 * is slowed down.
 */
import type { Problem } from '../../core/errors.ts';
import type { BatchEvent, JobEvent } from '../../jobs/events.ts';
import type { BatchPicture, KernelTimes, Session } from '../../jobs/session-api.ts';
import { systemClock } from '../../platform/browser/clock.ts';
import { problemOf } from '../lib/problems.ts';
import { StepPace, type Pace } from '../lib/step-pace.ts';
import { WakeLock } from '../lib/wake-lock.ts';
import type { TrainingState } from './training-state.svelte.ts';

/** Milliseconds between two pictures. */
const PICTURE_REST = 4000;
/** Milliseconds between two looks at the time left. */
const ESTIMATE_REST = 1000;
/** Share of a run of which nothing can be said yet. */
const TOO_EARLY = 0.01;

const noPace: Pace = { seen: undefined, hidden: undefined, hiddenBatches: 0 };

export class RunState {
  /** `asked`: the step that runs is finished and saved first. */
  rest = $state<'none' | 'asked' | 'holds'>('none');
  picture = $state.raw<BatchPicture | undefined>();
  /** Whether pictures follow the training. */
  follows = $state(false);
  looking = $state(false);
  kernels = $state.raw<KernelTimes | undefined>();
  /** Batches that are to be timed, and were since; undefined while nobody asks. */
  timing = $state.raw<{ readonly wanted: number; readonly done: number } | undefined>();
  /** Whether the last timing has given nothing. */
  untimed = $state(false);
  pace = $state.raw(noPace);
  /** Whether the tab was out of sight in this run. */
  wasHidden = $state(false);
  /** Whether the browser keeps the screen on. */
  awake = $state(false);
  /** Seconds to the end of the last epoch of the last split; undefined while nobody can say. */
  secondsLeft = $state<number | undefined>();
  problem = $state.raw<Problem | undefined>();

  readonly #session: Session;
  readonly #training: TrainingState;
  readonly #wake: WakeLock;
  #pace = new StepPace();
  #isRunning = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Batches since `#from`, which is of the clock: milliseconds. */
  #since = { batches: 0, from: 0 };
  #toldAt = 0;
  #restedAt = 0;

  constructor(session: Session, training: TrainingState) {
    this.#session = session;
    this.#training = training;
    const world = {
      locks: 'wakeLock' in navigator ? navigator.wakeLock : undefined,
      isVisible: () => document.visibilityState === 'visible',
    };
    this.#wake = new WakeLock(world, (isHeld) => (this.awake = isHeld));
    document.addEventListener('visibilitychange', () => this.#seen());
  }

  begin(): void {
    this.#isRunning = true;
    this.rest = 'none';
    this.picture = undefined;
    this.kernels = undefined;
    this.untimed = false;
    this.problem = undefined;
    this.pace = noPace;
    this.wasHidden = document.hidden;
    this.#pace = new StepPace();
    this.#startEstimate();
    void this.#wake.want(true);
    if (this.follows) void this.look();
  }

  hear(event: JobEvent): void {
    if (event.kind === 'restart') this.#startEstimate();
    if (event.kind === 'batch') this.#hearBatch(event);
  }

  /** However it ended. */
  end(): void {
    this.#isRunning = false;
    this.rest = 'none';
    this.secondsLeft = undefined;
    clearTimeout(this.#timer);
    this.#training.refresh();
    this.pace = this.#pace.pace;
    void this.#wake.want(false);
  }

  async pause(): Promise<void> {
    if (this.rest !== 'none') return;
    this.rest = 'asked';
    const holds = await this.#session.pause().catch(() => false);
    if (this.rest !== 'asked') return;
    this.rest = holds ? 'holds' : 'none';
    if (!holds) return;
    this.#restedAt = systemClock.elapsed();
    this.#pace.interrupt();
    void this.#wake.want(false);
  }

  async goOn(): Promise<void> {
    if (this.rest === 'holds') this.#since.from += systemClock.elapsed() - this.#restedAt;
    this.rest = 'none';
    this.#pace.interrupt();
    void this.#wake.want(true);
    await this.#session.goOn().catch((thrown) => (this.problem = problemOf(thrown)));
  }

  /** Shows the next batch; again and again while it is followed. */
  async look(): Promise<void> {
    if (this.looking || !this.#isRunning) return;
    this.looking = true;
    try {
      this.picture = (await this.#session.batchPicture()) ?? this.picture;
    } catch (thrown) {
      this.problem = problemOf(thrown);
      this.follows = false;
    } finally {
      this.looking = false;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.follows && !document.hidden) void this.look();
    }, PICTURE_REST);
  }

  follow(isOn: boolean): void {
    this.follows = isOn;
    if (isOn) void this.look();
  }

  async timeKernels(batches: number): Promise<void> {
    if (this.timing !== undefined || !this.#isRunning) return;
    this.timing = { wanted: batches, done: 0 };
    this.untimed = false;
    try {
      const times = await this.#session.kernelTimes(batches);
      this.kernels = times ?? this.kernels;
      this.untimed = times === undefined;
    } catch (thrown) {
      this.problem = problemOf(thrown);
    } finally {
      this.timing = undefined;
    }
  }

  #hearBatch(batch: BatchEvent): void {
    const now = systemClock.elapsed();
    this.#pace.hear(batch, now, document.hidden);
    const { timing } = this;
    if (timing !== undefined) {
      this.timing = { ...timing, done: Math.min(timing.wanted, timing.done + 1) };
    }
    // The first one waits for programs and scans.
    if (this.#since.batches === 0) this.#since.from = now;
    this.#since.batches += 1;
    if (now - this.#toldAt < ESTIMATE_REST) return;
    this.#toldAt = now;
    if (document.hidden) this.pace = this.#pace.pace;
    const { share, expected } = this.#training;
    const known = (this.#since.batches - 1) / expected;
    if (known < TOO_EARLY) return;
    this.secondsLeft = ((now - this.#since.from) / 1000 / known) * (1 - share);
  }

  #startEstimate(): void {
    this.#since = { batches: 0, from: 0 };
    this.secondsLeft = undefined;
  }

  #seen(): void {
    this.#pace.interrupt();
    this.pace = this.#pace.pace;
    if (document.hidden) this.wasHidden ||= this.#isRunning;
    if (document.hidden) return;
    this.#training.refresh();
    void this.#wake.seen();
    if (this.follows && this.#isRunning) void this.look();
  }
}
