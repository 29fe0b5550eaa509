/**
 * Using a model that somebody trained: whether the page is in that journey, what the model is, whether
 * the scans fit it, and what it says of them. Training steps are not shown meanwhile; what was opened
 * stays open on the way back.
 */
import type { Problem } from '../../core/errors.ts';
import type {
  CheckedScan,
  ModelFacts,
  ModelSummary,
  ScanCheck,
  ScanPrediction,
  ScanPredictions,
  Session,
  TreeSource,
} from '../../jobs/session-api.ts';
import { saveBlob } from '../lib/save.ts';
import { problemOf } from '../lib/problems.ts';
import type { AppState } from './app-state.svelte.ts';

export const keyOfScan = ({ participant, session }: CheckedScan | ScanPrediction): string =>
  `${participant}/${session}`;

export class UseState {
  active = $state(false);
  facts = $state.raw<ModelFacts | undefined>();
  check = $state.raw<ScanCheck | undefined>();
  result = $state.raw<ScanPredictions | undefined>();
  /** What could not be told of the model, or saved. */
  problem = $state.raw<Problem | undefined>();

  /** Name of the data group that the scans become. */
  group = $state('');
  selectionMetric = $state('');
  /** All splits when undefined. */
  split = $state<number | undefined>();
  /** Whether those are predicted, too, whom the model has seen. */
  withSeen = $state(false);
  /** Of the result's rows: `participant/session`. */
  chosen = $state('');

  readonly fitting = $derived(this.check?.scans.filter(({ fault }) => fault === undefined) ?? []);
  readonly seen = $derived(this.fitting.filter(({ seen }) => seen !== undefined));
  readonly asked = $derived(
    this.withSeen ? this.fitting : this.fitting.filter(({ seen }) => seen === undefined),
  );
  readonly row = $derived(this.result?.rows.find((row) => keyOfScan(row) === this.chosen));

  readonly #session: Session;
  readonly #app: AppState;

  constructor(app: AppState, session: Session) {
    this.#app = app;
    this.#session = session;
  }

  /** Begins with the model that is open, or goes on to open one. */
  async begin(source?: TreeSource): Promise<void> {
    this.active = true;
    if (source === undefined) {
      const { model } = this.#app;
      if (model === undefined) return;
      this.#app.goTo = 'model';
      await this.modelOpened(model);
      return;
    }
    await this.#app.openMaps(source);
    // What is no MAPS opens no journey.
    if (this.#app.model === undefined) this.active = false;
  }

  /** Back to training; what is open stays so. */
  leave(): void {
    this.active = false;
    this.#app.goTo = this.#app.cohort === undefined ? 'start' : 'data';
  }

  async modelOpened(model: ModelSummary): Promise<void> {
    if (!this.active) return;
    this.facts = undefined;
    this.check = undefined;
    this.result = undefined;
    this.selectionMetric = model.selectionMetrics[0] ?? '';
    // Volumes that several networks make are not put together.
    this.split = model.task === 'reconstruction' ? (model.splits?.[0] ?? undefined) : undefined;
    this.problem = undefined;
    try {
      this.facts = await this.#session.modelFacts();
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
    if (this.#app.cohort !== undefined) await this.checkScans();
  }

  /** Of the folder that is open; another one was opened, or another table. */
  async checkScans(): Promise<void> {
    if (!this.active || this.#app.model === undefined) return;
    this.check = undefined;
    this.result = undefined;
    const check = await this.#app.job.run('check', (onEvent) => this.#session.checkScans(onEvent));
    if (check === undefined) return;
    this.check = check;
    this.group = check.group;
    this.withSeen = false;
  }

  async predict(): Promise<void> {
    const { group, selectionMetric, split, asked, withSeen } = this;
    const sessions = asked.map(({ participant, session }) => ({ participant, session }));
    const request = {
      ...{ group: group.trim(), selectionMetric, sessions, withSeen },
      splits: split === undefined ? [] : [split],
    };
    const result = await this.#app.job.run('predict', (onEvent) =>
      this.#session.predictScans(request, onEvent),
    );
    if (result === undefined) return;
    this.result = result;
    this.#app.usePredictions(result);
    const [first] = result.rows;
    if (first !== undefined) this.choose(first);
  }

  /** Forgets the result, for another group of the same scans. */
  async again(): Promise<void> {
    await this.checkScans();
  }

  choose(row: ScanPrediction): void {
    this.chosen = keyOfScan(row);
    const { model, cohort, look, scan } = this.#app;
    if (model !== undefined) look.select(row, model);
    look.selectionMetric = this.result?.selectionMetric ?? look.selectionMetric;
    const there = cohort?.rows.find((one) => `${one.participant}/${one.session}` === this.chosen);
    if (there !== undefined) void scan.select(there);
  }

  /** The tables of the new group, under ClinicaDL's names. */
  async saveTables(): Promise<void> {
    const { result } = this;
    if (result === undefined) return;
    this.problem = undefined;
    try {
      const { name, blob } = await this.#session.exportFile(
        { kind: 'tables', withParticipants: true, group: result.group },
        () => undefined,
      );
      saveBlob(name, blob);
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }
}
