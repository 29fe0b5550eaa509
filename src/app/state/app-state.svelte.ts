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
  FolderPart,
  InterruptedTraining,
  JobEvent,
  KeptSettings,
  ModelSummary,
  Plan,
  PredictionRow,
  ScanPredictions,
  Session,
  TreeSource,
} from '../../jobs/session-api.ts';
import { defaultSample, withoutStep, type HashOptions } from '../lib/hash-options.ts';
import { duplicated } from '../lib/duplicate.ts';
import { problemOf } from '../lib/problems.ts';
import type { Opened } from '../lib/sources.ts';
import { ThumbnailQueue } from '../lib/thumbnail-queue.ts';
import { t } from '../strings.ts';
import { ConfigState } from './config-state.svelte.ts';
import { EvaluateState } from './evaluate-state.svelte.ts';
import { ExperimentState } from './experiment-state.svelte.ts';
import { ExportState } from './export-state.svelte.ts';
import { FolderState } from './folder-state.svelte.ts';
import { JobState } from './job-state.svelte.ts';
import { LeakState } from './leak-state.svelte.ts';
import { LookState } from './look-state.svelte.ts';
import { ProbeState } from './probe-state.svelte.ts';
import { RunState } from './run-state.svelte.ts';
import { QualityState } from './quality-state.svelte.ts';
import { ScanState } from './scan-state.svelte.ts';
import { ShelfState } from './shelf-state.svelte.ts';
import { stepState, whyNotTrain, type StepName } from './steps.ts';
import { TeachingState } from './teaching-state.svelte.ts';
import { TrainingState } from './training-state.svelte.ts';
import { UseState } from './use-state.svelte.ts';

/** A cohort of at most so many scans was read whole on opening: comparing them costs little more. */
const comparedAtOnce = 48;

export class AppState {
  options = $state.raw<HashOptions>({ sample: defaultSample, problems: [] });
  readonly job: JobState;
  readonly evaluate: EvaluateState;
  readonly experiment: ExperimentState;
  readonly config: ConfigState;
  readonly training = new TrainingState();
  readonly folder = new FolderState();
  readonly probe: ProbeState;
  readonly run: RunState;
  readonly scan: ScanState;
  readonly leak: LeakState;
  readonly quality: QualityState;
  readonly look = new LookState();
  readonly shelf: ShelfState;
  readonly exporting: ExportState;
  readonly thumbnails: ThumbnailQueue;
  readonly teaching: TeachingState;
  readonly use: UseState;

  device = $state.raw<DeviceReport | undefined>();
  cohort = $state.raw<CohortSummary | undefined>();
  model = $state.raw<ModelSummary | undefined>();
  /** Whether `model` was opened rather than trained here. */
  stored = $state(false);
  /** The last training that was cancelled, or whose tab was closed. */
  interrupted = $state.raw<InterruptedTraining | undefined>();
  /** Why a table or another preprocessing could not be used. */
  dataProblem = $state.raw<Problem | undefined>();
  /** Whether decoded scans were removed on request. */
  emptied = $state(false);
  /** Step to bring into view; the page clears it once it has. */
  goTo = $state<StepName | undefined>();

  /** Whether a network was trained here that is neither kept nor downloaded. */
  readonly unsaved = $derived.by(
    () =>
      this.model !== undefined &&
      !this.stored &&
      this.shelf.open === undefined &&
      this.exporting.saved.maps === undefined,
  );
  readonly busy = $derived.by(() => this.job.running !== undefined);
  /** Where a training stands, for the title of the tab. */
  readonly place = $derived.by(() => {
    const { epoch, epochs, share, foldAt, folds } = this.training;
    return { epoch, epochs, share, foldAt, folds, rests: this.run.rest === 'holds' };
  });
  /** Why training cannot start; undefined when it can. */
  readonly blocked = $derived.by(() =>
    whyNotTrain(this.device, this.experiment, [...this.config.invalid.keys()]),
  );

  readonly #session: Session;

  constructor(session: Session, options: HashOptions) {
    this.#session = session;
    this.options = options;
    this.job = new JobState(() => session.cancel());
    this.experiment = new ExperimentState(session, options);
    this.probe = new ProbeState(session, this.experiment, this.job);
    this.run = new RunState(session, this.training);
    this.evaluate = new EvaluateState(session);
    this.config = new ConfigState(session, this.experiment);
    this.scan = new ScanState(session);
    this.thumbnails = new ThumbnailQueue((key) => {
      const [participant = '', visit = ''] = key.split('/');
      return session.thumbnail(participant, visit);
    });
    this.leak = new LeakState(session, () => this.experiment.ask());
    this.quality = new QualityState(session, this.experiment);
    this.teaching = new TeachingState(this, session);
    this.use = new UseState(this, session);
    this.exporting = new ExportState(session, this.job);
    this.shelf = new ShelfState(session, this.job, {
      opened: (model) => this.#opened(model),
      renamed: (name) => {
        if (this.model !== undefined) this.model = { ...this.model, name };
      },
      removed: () => {
        this.model = undefined;
        this.training.start(0, 0);
      },
      duplicated: (settings, name) => this.#duplicate(settings, name),
      compared: (others) => {
        this.evaluate.others = others;
        this.goTo = 'evaluate';
      },
    });
  }

  async askDevice(): Promise<void> {
    try {
      this.device = await this.#session.device();
      await this.#askInterrupted();
    } catch (thrown) {
      this.job.fail('open', thrown);
    }
  }

  async makeSample(sample = this.options.sample): Promise<void> {
    this.#forgetOpening();
    const cohort = await this.job.run('sample', (onEvent) =>
      this.#session.makeSample(sample, onEvent),
    );
    if (cohort !== undefined) this.#useCohort(cohort);
  }

  async open(opened: Opened): Promise<void> {
    if (opened.kind === 'table') await this.useTable(opened.file);
    else if (opened.kind === 'toml') await this.#useToml(opened.file);
    else if (opened.kind === 'caps') await this.openFolder(opened.source);
    else await this.openMaps(opened.source);
  }

  /** The address was changed by hand, or a link was followed: its options are used, nothing starts. */
  followAddress(options: HashOptions): void {
    if (this.busy) return;
    this.options = options;
    this.experiment.options = options;
    this.config.useLink(options);
    if (options.teaching !== undefined) this.teaching.switchTo(options.teaching);
    if (options.step !== undefined) this.goTo = options.step;
  }

  /** @param part - of a folder that holds several datasets */
  async openFolder(source: TreeSource, part?: Pick<FolderPart, 'path' | 'kind'>): Promise<void> {
    this.#forgetOpening();
    this.folder.asked(source, part);
    const cohort = await this.job.run('open', (onEvent) =>
      this.#session.openFolder(source, onEvent, part),
    );
    if (cohort === undefined) return;
    this.folder.opened();
    this.scan.problem = undefined;
    this.#useCohort(cohort);
  }

  /** The folder that is open, as it is now. */
  async reread(): Promise<void> {
    const { source, part } = this.folder;
    if (source !== undefined) await this.openFolder(source, part);
  }

  /** The browser lets the folder be read again: what could not be done for want of it goes on. */
  async accessRegained(): Promise<void> {
    const failed = this.job.failures;
    const isLost = (name: 'open' | 'train' | 'look') => failed[name]?.code === 'FOLDER_ACCESS';
    const [opening, training] = [isLost('open'), isLost('train')];
    this.job.forget('open', 'train', 'look');
    if (this.cohort === undefined || opening) return this.reread();
    if (training && this.interrupted?.fits === true) return this.resume();
    void this.experiment.ask();
    const { row } = this.scan;
    await (row === undefined ? this.scan.start(this.cohort) : this.scan.select(row));
  }

  async openMaps(source: TreeSource): Promise<void> {
    this.#forgetOpening();
    await this.shelf.takeIn(source);
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
    const perImage = choice.config.multi_network ? 1 : (plan?.elements ?? 1);
    const batches = folds.map((fold) =>
      Math.ceil(((plan?.folds[fold]?.train.length ?? 0) * perImage) / choice.config.batch_size),
    );
    const all = batches.reduce((sum, some) => sum + some, 0);
    this.training.start(choice.config.epochs, all, folds);
    this.run.begin();
    const { iKnow } = this.experiment;
    const mistake = this.teaching.trainedWith;
    this.model = undefined;
    const model = await this.job.run(
      'train',
      (onEvent) => this.#session.train(choice, onEvent, { iKnow, mistake }),
      (event) => this.#hear(event),
    );
    await this.#trained(model);
  }

  /** Of a training. */
  #hear(event: JobEvent): void {
    this.training.hear(event);
    this.run.hear(event);
  }

  /** Goes on with the training that was interrupted last. @param id - of another one */
  async resume(id?: string): Promise<void> {
    const left =
      id === undefined
        ? this.interrupted
        : this.shelf.experiments.find((one) => one.id === id)?.left;
    if (left === undefined || this.busy) return;
    if (id !== undefined) this.goTo = 'train';
    const all = left.batchesPerEpoch * left.splits.length;
    this.training.start(left.epochs, all, left.splits);
    this.run.begin();
    this.model = undefined;
    const model = await this.job.run(
      'train',
      (onEvent) => this.#session.resume(onEvent, id),
      (event) => this.#hear(event),
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

  /** @param sanityCheck - the same map, made again with randomised weights as well */
  async explain(sanityCheck = false): Promise<void> {
    const { request } = this.look;
    if (request === undefined) return;
    const asked = sanityCheck ? { ...request, sanityCheck } : request;
    const explanation = await this.job.run('look', (onEvent) =>
      this.#session.explain(asked, onEvent),
    );
    if (explanation === undefined) return;
    this.look.show(request, explanation);
    // The map is kept in the MAPS.
    void this.#askKept();
  }

  /** From a row of predictions to its map: there, and computed. */
  async showMap(row: PredictionRow, selectionMetric: string): Promise<void> {
    if (this.model === undefined) return;
    this.look.selectionMetric = selectionMetric;
    this.look.select(row, this.model);
    this.goTo = 'interpret';
    if (this.cohort !== undefined && !this.busy) await this.explain();
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
    this.run.end();
    await this.#askInterrupted();
    if (model === undefined) return;
    this.stored = false;
    this.#useModel(model);
    this.goTo = 'evaluate';
  }

  /** A finished experiment of the shelf. */
  #opened(model: ModelSummary): void {
    this.stored = true;
    this.training.start(0, 0);
    this.#useModel(model);
    this.goTo = this.use.active ? 'model' : 'evaluate';
    void this.use.modelOpened(model);
  }

  #duplicate(settings: KeptSettings, name: string): void {
    const { choice } = this.experiment;
    if (choice === undefined || this.cohort === undefined) return;
    const asked = duplicated(choice, this.cohort, settings);
    this.experiment.replace(asked.choice, t.shelf.duplicated(name));
    [this.shelf.problem] = asked.faults.map(({ problem }) => problem);
    this.goTo = 'network';
  }

  /** The open model, now with a data group more. */
  usePredictions({ model }: ScanPredictions): void {
    this.model = model;
    this.look.start(model);
    void this.#askKept();
  }

  /** What cannot be asked for is not offered. */
  async #askInterrupted(): Promise<void> {
    this.interrupted = await this.#session.interrupted().catch(() => undefined);
    await this.#askKept();
  }

  /** The list of experiments, and what is inside the one that is open. */
  async #askKept(): Promise<void> {
    await this.shelf.list();
    await this.exporting.start(this.model, this.shelf.open);
  }

  /** What went wrong with an earlier folder says nothing about the next one. */
  #forgetOpening(): void {
    if (!this.busy) this.job.forget('sample', 'open', 'maps');
  }

  async #adjust(ask: () => Promise<CohortSummary>): Promise<void> {
    this.dataProblem = undefined;
    try {
      const cohort = await ask();
      this.thumbnails.forget();
      this.quality.forget();
      this.cohort = cohort;
      this.experiment.start(cohort, true);
      this.config.start(cohort, false);
      this.#compareFew(cohort);
      void this.use.checkScans();
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
    this.job.forget('probe', 'train', 'look');
    this.probe.forget();
    this.thumbnails.forget();
    this.quality.forget();
    this.cohort = cohort;
    this.dataProblem = undefined;
    this.experiment.start(cohort, false);
    this.config.start(cohort, true);
    if (!this.stored && !this.use.active) {
      this.model = undefined;
      this.training.start(0, 0);
    }
    this.goTo = this.use.active ? 'scans' : this.#firstStep();
    void this.use.checkScans();
    void this.#askInterrupted();
    this.#compareFew(cohort);
    void this.scan.start(cohort);
  }

  async #useToml(file: File): Promise<void> {
    await this.config.openToml(file);
    if (this.cohort !== undefined) this.goTo = 'network';
  }

  /** Where the address points to, once, if that is open by now. */
  #firstStep(): StepName {
    const { step = 'data' } = this.options;
    this.options = withoutStep(this.options);
    return stepState(step, this) === 'closed' || step === 'start' ? 'data' : step;
  }

  #useModel(model: ModelSummary): void {
    this.job.forget('look', 'keep');
    this.model = model;
    this.evaluate.start();
    this.exporting.forget();
    void this.#askKept();
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
