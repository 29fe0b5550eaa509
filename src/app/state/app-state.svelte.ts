/**
 * The state of the page: the session it talks to, what has been opened, and what each step may do.
 * Big values are raw; every change of them goes through a method here or in one of the parts.
 */
import { createContext } from 'svelte';
import type { Problem } from '../../core/errors.ts';
import type { DeviceReport } from '../../core/reports.ts';
import type {
  CohortSummary,
  ExperimentChoice,
  InterruptedTraining,
  ModelSummary,
  Plan,
  Session,
  TreeSource,
} from '../../jobs/session-api.ts';
import type { HashOptions } from '../lib/hash-options.ts';
import { problemOf } from '../lib/problems.ts';
import type { Opened } from '../lib/sources.ts';
import { ExperimentState } from './experiment-state.svelte.ts';
import { JobState } from './job-state.svelte.ts';
import { LeakState } from './leak-state.svelte.ts';
import { LookState } from './look-state.svelte.ts';
import { ScanState } from './scan-state.svelte.ts';
import { whyNotTrain, type StepName } from './steps.ts';
import { TrainingState } from './training-state.svelte.ts';

/** A cohort of at most so many scans was read whole on opening: comparing them costs little more. */
const comparedAtOnce = 48;

export class AppState {
  readonly options: HashOptions;
  readonly job: JobState;
  readonly experiment: ExperimentState;
  readonly training = new TrainingState();
  readonly scan: ScanState;
  readonly leak: LeakState;
  readonly look = new LookState();

  device = $state.raw<DeviceReport | undefined>();
  cohort = $state.raw<CohortSummary | undefined>();
  model = $state.raw<ModelSummary | undefined>();
  /** Whether `model` was opened rather than trained here. */
  stored = $state(false);
  saved = $state.raw<{ readonly name: string; readonly blob: Blob } | undefined>();
  /** The last training that was cancelled, or whose tab was closed. */
  interrupted = $state.raw<InterruptedTraining | undefined>();
  /** Why a table or another preprocessing could not be used. */
  dataProblem = $state.raw<Problem | undefined>();
  /** Whether decoded scans were removed on request. */
  emptied = $state(false);
  /** Step to bring into view; the page clears it once it has. */
  goTo = $state<StepName | undefined>();

  /** Whether a network was trained here that has not been downloaded. */
  readonly unsaved = $derived.by(
    () => this.model !== undefined && !this.stored && this.saved === undefined,
  );
  readonly busy = $derived.by(() => this.job.running !== undefined);
  /** Why training cannot start; undefined when it can. */
  readonly blocked = $derived.by(() => whyNotTrain(this.device, this.experiment));

  readonly #session: Session;

  constructor(session: Session, options: HashOptions) {
    this.#session = session;
    this.options = options;
    this.job = new JobState(() => session.cancel());
    this.experiment = new ExperimentState(session, options);
    this.scan = new ScanState(session);
    this.leak = new LeakState(session, () => this.experiment.ask());
  }

  async askDevice(): Promise<void> {
    try {
      this.device = await this.#session.device();
      await this.#askInterrupted();
    } catch (thrown) {
      this.job.fail('open', thrown);
    }
  }

  async makeSample(): Promise<void> {
    this.#forgetOpening();
    const cohort = await this.job.run('sample', (onEvent) =>
      this.#session.makeSample(this.options.sample, onEvent),
    );
    if (cohort !== undefined) this.#useCohort(cohort);
  }

  async open(opened: Opened): Promise<void> {
    if (opened.kind === 'table') await this.useTable(opened.file);
    else if (opened.kind === 'caps') await this.openFolder(opened.source);
    else await this.openMaps(opened.source);
  }

  async openFolder(source: TreeSource): Promise<void> {
    this.#forgetOpening();
    const cohort = await this.job.run('open', (onEvent) =>
      this.#session.openFolder(source, onEvent),
    );
    if (cohort !== undefined) this.#useCohort(cohort);
  }

  async openMaps(source: TreeSource): Promise<void> {
    this.#forgetOpening();
    const model = await this.job.run('maps', () => this.#session.openMaps(source));
    if (model === undefined) return;
    this.stored = true;
    this.training.start(0, 0);
    this.#useModel(model);
    this.goTo = 'results';
  }

  async useTable(file: File): Promise<void> {
    await this.#adjust(async () => this.#session.useTable(file.name, await file.text()));
  }

  async usePreprocessing(id: string): Promise<void> {
    await this.#adjust(() => this.#session.usePreprocessing(id));
  }

  async train(): Promise<void> {
    const { choice, plan } = this.experiment;
    if (choice === undefined || this.blocked !== undefined || this.busy) return;
    this.emptied = false;
    const folds = trainedFolds(choice, plan);
    const batches = folds.map((fold) =>
      Math.ceil((plan?.folds[fold]?.train.length ?? 0) / choice.batchSize),
    );
    const all = batches.reduce((sum, some) => sum + some, 0);
    this.training.start(choice.epochs, all, folds);
    const { iKnow } = this.experiment;
    this.model = undefined;
    this.saved = undefined;
    const model = await this.job.run(
      'train',
      (onEvent) => this.#session.train(choice, onEvent, { iKnow }),
      (event) => this.training.hear(event),
    );
    await this.#trained(model);
  }

  /** Goes on with the training that was interrupted. */
  async resume(): Promise<void> {
    const left = this.interrupted;
    if (left === undefined || this.busy) return;
    const all = left.batchesPerEpoch * left.splits.length;
    this.training.start(left.epochs, all, left.splits);
    this.model = undefined;
    this.saved = undefined;
    const model = await this.job.run(
      'train',
      (onEvent) => this.#session.resume(onEvent),
      (event) => this.training.hear(event),
    );
    await this.#trained(model);
  }

  async dropInterrupted(): Promise<void> {
    try {
      await this.#session.dropInterrupted();
    } catch (thrown) {
      this.job.fail('train', thrown);
    }
    await this.#askInterrupted();
  }

  async explain(): Promise<void> {
    const { request } = this.look;
    const explanation = await this.job.run('look', (onEvent) =>
      this.#session.explain(request, onEvent),
    );
    if (explanation !== undefined) this.look.show(request, explanation);
  }

  /** Shows the results of another fold of the model. */
  async showFold(split: number): Promise<void> {
    const model = await this.job.run('maps', () => this.#session.modelOf(split));
    if (model === undefined) return;
    this.model = model;
    this.look.start(model);
  }

  /** The tables of the sets, as a zip. */
  splitTables(): Promise<{ name: string; blob: Blob } | undefined> {
    const { choice } = this.experiment;
    return this.#adjusting(async () =>
      choice === undefined ? undefined : this.#session.splitTables(choice),
    );
  }

  leakageRecord(): Promise<string | undefined> {
    const { choice, iKnow } = this.experiment;
    return this.#adjusting(async () =>
      choice === undefined ? undefined : this.#session.leakageRecord(choice, { iKnow }),
    );
  }

  async exportMaps(): Promise<void> {
    const saved = await this.job.run('keep', (onEvent) => this.#session.exportMaps(onEvent));
    if (saved !== undefined) this.saved = saved;
  }

  /** Removes decoded scans from the browser's storage. */
  async emptyCache(): Promise<void> {
    try {
      await this.#session.emptyCache();
      this.emptied = true;
    } catch (thrown) {
      this.job.fail('open', thrown);
    }
  }

  /** @param model - undefined when the training was cancelled, or failed */
  async #trained(model: ModelSummary | undefined): Promise<void> {
    await this.#askInterrupted();
    if (model === undefined) return;
    this.stored = false;
    this.#useModel(model);
    this.goTo = 'results';
  }

  /** What cannot be asked for is not offered. */
  async #askInterrupted(): Promise<void> {
    this.interrupted = await this.#session.interrupted().catch(() => undefined);
  }

  /** What went wrong with an earlier folder says nothing about the next one. */
  #forgetOpening(): void {
    if (!this.busy) this.job.forget('sample', 'open', 'maps');
  }

  async #adjust(ask: () => Promise<CohortSummary>): Promise<void> {
    this.dataProblem = undefined;
    try {
      const cohort = await ask();
      this.cohort = cohort;
      this.experiment.start(cohort, true);
      this.#compareFew(cohort);
      await this.scan.start(cohort);
    } catch (thrown) {
      this.dataProblem = problemOf(thrown);
    }
  }

  /** What goes wrong with a download of the split is told where the split is. */
  async #adjusting<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (thrown) {
      this.experiment.problem = problemOf(thrown);
      return undefined;
    }
  }

  #compareFew(cohort: CohortSummary): void {
    this.leak.forget();
    const scans = cohort.rows.filter(({ path, damaged }) => path !== '' && !damaged);
    if (scans.length <= comparedAtOnce) void this.leak.compare();
  }

  #useCohort(cohort: CohortSummary): void {
    this.job.forget('train', 'look');
    this.cohort = cohort;
    this.dataProblem = undefined;
    this.experiment.start(cohort, false);
    if (!this.stored) {
      this.model = undefined;
      this.saved = undefined;
      this.training.start(0, 0);
    }
    this.goTo = 'data';
    void this.#askInterrupted();
    this.#compareFew(cohort);
    void this.scan.start(cohort);
  }

  #useModel(model: ModelSummary): void {
    this.job.forget('look', 'keep');
    this.model = model;
    this.saved = undefined;
    this.look.start(model);
  }
}

/** Numbers of the folds that a training goes through. */
export function trainedFolds(
  { trainedFolds: wanted = [] }: Pick<ExperimentChoice, 'trainedFolds'>,
  plan: Pick<Plan, 'folds'> | undefined,
): number[] {
  const all = (plan?.folds ?? []).map((_fold, index) => index);
  const chosen = all.filter((fold) => wanted.includes(fold));
  return wanted.length === 0 ? all : chosen;
}

export const [getApp, setApp] = createContext<AppState>();
