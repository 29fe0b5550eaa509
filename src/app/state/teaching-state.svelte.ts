/**
 * Teaching mode: whether it is on, the guided tour, and the lesson that runs, a deliberate mistake on
 * sample brains. A lesson changes what anyone could change by hand, trains as anyone would, and gives
 * back what there was before; one is in force at a time.
 */
import type { AppState } from './app-state.svelte.ts';
import type {
  CohortSummary,
  ExperimentChoice,
  Mistake,
  MistakeNote,
  Problem,
  Session,
} from '../../jobs/session-api.ts';
import {
  cohortOf,
  hindranceOf,
  lessonRun,
  MISTAKES,
  sampleFor,
  secondNames,
  wrongOptions,
  type LessonRun,
} from '../lib/teaching-lessons.ts';
import { readStop, tourStops, type TourStop } from '../lib/teaching-tour.ts';
import { sleep } from '../lib/wait.ts';
import { t } from '../strings.ts';
import { VoxelState } from './voxel-state.svelte.ts';

const ON = 'capsule-teaching';
const TOUR = 'capsule-tour';
/** Milliseconds between looks at whether a plan has come, and how many looks at most: four minutes. */
const look = 100;
const mostLooks = 2400;

/** Whether the lesson's mistake is made, or mended. */
export type Side = 'wrong' | 'right';

export interface LessonRuns {
  readonly wrong?: LessonRun | undefined;
  readonly right?: LessonRun | undefined;
}

export class TeachingState {
  on = $state(false);
  /** Number of the stop; undefined while there is no tour. */
  stop = $state<number | undefined>();
  /** Where it was left. */
  leftAt = $state<number | undefined>();
  /** The lesson; see `active` for whether it is still in force. */
  lesson = $state<Mistake | undefined>();
  side = $state<Side>('wrong');
  /** Whether a lesson sets something up, or trains. */
  isAtWork = $state(false);
  runs = $state.raw<Readonly<Partial<Record<Mistake, LessonRuns>>>>({});
  /** The lesson to bring into view; the page clears it once it has. */
  shown = $state<Mistake | undefined>();
  /** What was done last, in words. */
  told = $state('');
  readonly voxel: VoxelState;

  readonly #page: AppState;
  /** Before the lesson. */
  #before: ExperimentChoice | undefined;
  #cohortBefore: CohortSummary | undefined;

  /** The lesson, unless something else was opened meanwhile. */
  readonly active = $derived.by<Mistake | undefined>(() => {
    const { cohort } = this.#page;
    if (this.lesson === undefined || cohort?.sample !== true) return undefined;
    return cohort.mistake === cohortOf(this.lesson) ? this.lesson : undefined;
  });
  /** What there is to say of the open cohort and configuration, wherever they are shown. */
  readonly mark = $derived.by<MistakeNote | undefined>(() => {
    const mistake = this.#page.cohort?.mistake ?? this.active;
    if (mistake === undefined) return undefined;
    const isPutRight = this.active === mistake && this.side === 'right';
    // Of a mistake in the configuration, nothing is left once it is mended.
    return isPutRight && cohortOf(mistake) === undefined ? undefined : { mistake, isPutRight };
  });
  readonly hindrance = $derived.by(() => {
    const { busy, cohort, device } = this.#page;
    return hindranceOf(busy || this.isAtWork, cohort, device?.kind);
  });
  readonly tourStop = $derived.by<TourStop | undefined>(() =>
    this.stop === undefined ? undefined : tourStops[this.stop],
  );

  constructor(page: AppState, session: Session) {
    this.#page = page;
    this.voxel = new VoxelState(page, session);
    this.on = page.options.teaching ?? kept(ON) === 'on';
    this.leftAt = readStop(kept(TOUR));
  }

  switchTo(on: boolean): void {
    this.on = on;
    keep(ON, on ? 'on' : undefined);
    if (!on) this.leaveTour();
  }

  startTour(at = 0): void {
    this.stop = at;
    this.#keepStop(undefined);
  }

  /** @returns whether there was one to go to */
  moveTour(by: 1 | -1): boolean {
    const next = (this.stop ?? 0) + by;
    if (this.stop === undefined || next < 0 || next >= tourStops.length) return false;
    this.stop = next;
    return true;
  }

  /** @param isDone - it has come to its end, and begins anew the next time */
  leaveTour(isDone = false): void {
    if (this.stop === undefined) return;
    this.#keepStop(isDone || this.stop === 0 ? undefined : this.stop);
    this.stop = undefined;
  }

  /** What the configuration is marked with when it is trained: the cohort's is known to the session. */
  get trainedWith(): Mistake | undefined {
    const { active, side } = this;
    return active !== undefined && cohortOf(active) === undefined && side === 'wrong'
      ? active
      : undefined;
  }

  /**
   * Makes the mistake, on sample brains, and trains on it; what the audit refuses is not trained on
   * before someone says so.
   */
  async tryIt(mistake: Mistake): Promise<void> {
    if (this.hindrance !== undefined) return;
    await this.#working(async () => {
      if (this.active !== undefined) await this.#restore();
      const page = this.#page;
      if (page.cohort === undefined || page.cohort.mistake !== undefined) await page.makeSample();
      if (!(await this.#planned())) return;
      this.#before = page.experiment.choice;
      this.#cohortBefore = page.cohort;
      const wrong = cohortOf(mistake);
      if (wrong !== undefined) {
        await page.makeSample(sampleFor(wrong, page.options.sample));
        if (page.cohort?.mistake !== wrong) return;
        this.#carryOver();
      }
      this.lesson = mistake;
      this.side = 'wrong';
      this.runs = { ...this.runs, [mistake]: {} };
      const { choice } = page.experiment;
      if (choice !== undefined) page.experiment.change(wrongOptions(mistake, choice));
      const isReady = await this.#planned(mistake === 'leak');
      this.told = t.teaching.mistakes[mistake].made;
      if (isReady && page.experiment.plan?.audit.verdict !== 'leaky') await this.#train();
    }, mistake);
  }

  /** In spite of what the audit says: the page's own "I know" is ticked. */
  async trainAllTheSame(): Promise<void> {
    if (this.active === undefined || this.hindrance !== undefined) return;
    await this.#working(async () => {
      this.#page.experiment.acknowledge(true);
      await this.#train();
    });
  }

  /** Mends it, by what anyone could undo. */
  async putRight(): Promise<void> {
    const mistake = this.active;
    if (mistake === undefined || this.hindrance !== undefined) return;
    await this.#working(async () => {
      const { experiment, cohort } = this.#page;
      if (mistake === 'leak' && cohort !== undefined) {
        experiment.leaveOut(secondNames(cohort), t.teaching.secondName);
      } else if (mistake === 'scaling') {
        experiment.change({ normalize: true });
      } else if (mistake === 'learning-rate' && this.#before !== undefined) {
        experiment.change({ learning_rate: this.#before.config.learning_rate });
      } else {
        await this.#openOrdinary();
      }
      await this.#planned();
      this.side = 'right';
      this.told = t.teaching.mistakes[mistake].righted;
    });
  }

  /** The same once more, without the mistake. */
  async trainRight(): Promise<void> {
    if (this.lesson === undefined || this.side !== 'right' || this.hindrance !== undefined) return;
    await this.#working(() => this.#train());
  }

  /** Back to the ordinary sample and the configuration there was. */
  async leave(): Promise<void> {
    if (this.lesson === undefined || this.#page.busy) return;
    await this.#working(async () => {
      await this.#restore();
      this.told = t.teaching.left;
    });
  }

  async #restore(): Promise<void> {
    if (this.#page.cohort?.mistake !== undefined) await this.#openOrdinary();
    else this.#carryOver();
    this.lesson = undefined;
    this.side = 'wrong';
    await this.#planned();
  }

  async #openOrdinary(): Promise<void> {
    await this.#page.makeSample();
    this.#carryOver();
  }

  /** The configuration from before the lesson, on the cohort that is open now. */
  #carryOver(): void {
    const { experiment } = this.#page;
    const [before, now] = [this.#before, experiment.choice];
    if (before === undefined || now === undefined) return;
    // Tables that were opened are known by the cohort they were opened for.
    const ownSplit = this.#page.cohort === this.#cohortBefore ? before.ownSplit : undefined;
    const { preprocessing } = now;
    experiment.replace({ ...before, preprocessing, ownSplit }, t.teaching.undone);
  }

  async #train(): Promise<void> {
    const mistake = this.lesson;
    const page = this.#page;
    if (mistake === undefined || page.blocked !== undefined) return;
    const { side } = this;
    const { plan } = page.experiment;
    await page.train();
    const problem: Problem | undefined = page.job.failures.train;
    if (problem?.code === 'CANCELLED') return;
    const losses = page.training.batches.map(({ loss }) => loss);
    const run = lessonRun(plan, page.model, losses, problem);
    this.runs = { ...this.runs, [mistake]: { ...this.runs[mistake], [side]: run } };
    this.told = t.teaching.trained;
  }

  /** @param isCompared - waits until the scans were compared, too @returns false when none came */
  async #planned(isCompared = false): Promise<boolean> {
    const { experiment, leak } = this.#page;
    for (let looks = 0; looks < mostLooks; looks++) {
      await sleep(look);
      const { plan, planning, problem } = experiment;
      if (planning || (isCompared && leak.comparing)) continue;
      if (problem !== undefined || leak.problem !== undefined) return false;
      if (plan === undefined) return false;
      if (!isCompared || plan.audit.counts.scans !== undefined) return true;
    }
    return false;
  }

  /** The page stays where it is: the lesson says what has come of it. */
  async #working(work: () => Promise<void>, about = this.lesson): Promise<void> {
    this.isAtWork = true;
    this.told = '';
    try {
      await work();
    } finally {
      this.#page.goTo = undefined;
      this.isAtWork = false;
      this.shown = about;
    }
  }

  #keepStop(stop: number | undefined): void {
    this.leftAt = stop;
    keep(TOUR, stop === undefined ? undefined : String(stop));
  }
}

/** All lessons, in their order. */
export const lessons = MISTAKES;

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}
