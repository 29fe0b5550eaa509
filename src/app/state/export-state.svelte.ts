/**
 * What can leave of the model that is open: what is inside its MAPS, which choices are made about
 * people, and what was saved. Nothing is saved before it was told what it says about people.
 */
import type { Problem } from '../../core/errors.ts';
import type {
  FileRequest,
  KeptExperiment,
  MapsContents,
  ModelSummary,
  Session,
} from '../../jobs/session-api.ts';
import { problemOf } from '../lib/problems.ts';
import { saveBlob } from '../lib/save.ts';
import type { JobState } from './job-state.svelte.ts';

export type ExportKind = FileRequest['kind'] | 'maps';

export class ExportState {
  contents = $state.raw<MapsContents | undefined>();
  /** Text of the model card, of the split and the metric that are chosen. */
  card = $state('');
  cardProblem = $state.raw<Problem | undefined>();
  withParticipants = $state(false);
  isSample = $state(false);
  forSpreadsheets = $state(false);
  metric = $state('');
  /** What is being made. */
  making = $state<ExportKind | undefined>();
  /** What was saved last, by kind: name and size. */
  saved = $state.raw<Partial<Record<ExportKind, { name: string; bytes: number }>>>({});

  readonly #session: Session;
  readonly #job: JobState;
  #model: ModelSummary | undefined;
  #id: string | undefined;
  #asked = 0;

  constructor(session: Session, job: JobState) {
    this.#session = session;
    this.#job = job;
  }

  /** @param kept - what the shelf knows of it: sample brains are nobody's */
  async start(model: ModelSummary | undefined, kept: KeptExperiment | undefined): Promise<void> {
    const isOther = this.#model === undefined || kept?.id !== this.#id;
    this.#model = model;
    this.#id = kept?.id;
    if (isOther) {
      this.saved = {};
      this.isSample = kept?.sample ?? false;
      this.withParticipants = this.isSample;
      this.metric = model?.selectionMetrics[0] ?? '';
    }
    await this.ask();
  }

  /** Another model comes: nothing leaves before what is in it is known. */
  forget(): void {
    this.#asked += 1;
    this.#model = undefined;
    this.contents = undefined;
    this.card = '';
  }

  /** Looks into the MAPS, and writes its card. */
  async ask(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.cardProblem = undefined;
    if (this.#model === undefined) return;
    try {
      const contents = await this.#session.contents();
      if (asked !== this.#asked) return;
      this.contents = contents;
      const { blob } = await this.#session.exportFile(this.#ofModel('card'), () => undefined);
      const text = await blob.text();
      if (asked === this.#asked) this.card = text;
    } catch (thrown) {
      if (asked === this.#asked) this.cardProblem = problemOf(thrown);
    }
  }

  useMetric(metric: string): void {
    this.metric = metric;
    void this.ask();
  }

  /** @returns whether it was saved */
  async save(kind: Exclude<ExportKind, 'map'>): Promise<boolean> {
    return this.#save(kind, kind === 'maps' ? undefined : this.#requestOf(kind));
  }

  saveMap(path: string): Promise<boolean> {
    return this.#save('map', { kind: 'map', path });
  }

  async #save(kind: ExportKind, request: FileRequest | undefined): Promise<boolean> {
    const { withParticipants } = this;
    this.making = kind;
    const file = await this.#job.run('keep', (onEvent) =>
      request === undefined
        ? this.#session.exportMaps(onEvent, { withParticipants })
        : this.#session.exportFile(request, onEvent),
    );
    this.making = undefined;
    if (file === undefined) return false;
    saveBlob(file.name, file.blob);
    this.saved = { ...this.saved, [kind]: { name: file.name, bytes: file.blob.size } };
    return true;
  }

  #requestOf(kind: Exclude<ExportKind, 'map' | 'maps'>): FileRequest {
    const { withParticipants, forSpreadsheets } = this;
    if (kind === 'toml') return { kind };
    if (kind === 'tables') return { kind, withParticipants, forSpreadsheets };
    return this.#ofModel(kind);
  }

  #ofModel(kind: 'card' | 'weights' | 'safetensors' | 'onnx'): FileRequest {
    return { kind, split: this.#model?.split, metric: this.metric || undefined };
  }
}
