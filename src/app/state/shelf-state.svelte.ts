/**
 * The experiments that are kept: listed, opened, renamed, duplicated, removed, compared, taken out and
 * in. What becomes of the page when one is opened is told to its state by `Followers`.
 */
import type { Problem } from '../../core/errors.ts';
import type {
  KeptExperiment,
  KeptSettings,
  ModelSummary,
  SavedFile,
  Session,
  TreeSource,
} from '../../jobs/session-api.ts';
import { askStorage, askToKeep, type BrowserStorage } from '../lib/browser-storage.ts';
import { problemOf } from '../lib/problems.ts';
import { saveBlob } from '../lib/save.ts';
import type { JobState } from './job-state.svelte.ts';

/** What the rest of the page does after the shelf. */
export interface Followers {
  /** A finished experiment is the model now. */
  readonly opened: (model: ModelSummary) => void;
  /** The model that is open has another name. */
  readonly renamed: (name: string) => void;
  /** The model that was open is no more. */
  readonly removed: () => void;
  readonly duplicated: (settings: KeptSettings, name: string) => void;
  /** Beside the model that is open. */
  readonly compared: (others: readonly ModelSummary[]) => void;
}

export class ShelfState {
  experiments = $state.raw<readonly KeptExperiment[]>([]);
  /** Ids of those that were chosen to be compared. */
  chosen = $state.raw<readonly string[]>([]);
  /** Id of the one that someone is asked about before it goes. */
  asked = $state('');
  /** Id of the one whose name is being typed. */
  renaming = $state('');
  problem = $state.raw<Problem | undefined>();
  /** MAPS of the last file that could not be taken in. */
  refused = $state.raw<readonly Problem[]>([]);
  /** What was done last, for those who do not see the list change. */
  told = $state('');
  storage = $state.raw<BrowserStorage | undefined>();
  /** Whether the browser was asked to keep the storage and would not. */
  notKept = $state(false);
  /** With what tells of single people, when everything leaves. */
  withParticipants = $state(false);
  saved = $state.raw<SavedFile | undefined>();

  readonly open = $derived(this.experiments.find(({ open }) => open));
  readonly finished = $derived(this.experiments.filter(({ state }) => state !== 'interrupted'));
  readonly bytes = $derived(this.experiments.reduce((sum, { bytes }) => sum + bytes, 0));

  readonly #session: Session;
  readonly #job: JobState;
  readonly #followers: Followers;
  #listed = 0;
  #listing: Promise<void> | undefined;

  constructor(session: Session, job: JobState, followers: Followers) {
    this.#session = session;
    this.#job = job;
    this.#followers = followers;
  }

  /** Asks for the list again, and waits for the newest answer there is. */
  async list(): Promise<void> {
    this.#listing = this.#ask();
    for (let waited; waited !== this.#listing;) {
      waited = this.#listing;
      await waited;
    }
  }

  /** What cannot be listed is not offered. */
  async #ask(): Promise<void> {
    this.#listed += 1;
    const asked = this.#listed;
    const [found, storage] = await Promise.all([
      this.#session.experiments().catch(() => undefined),
      askStorage(),
    ]);
    if (asked !== this.#listed) return;
    this.storage = storage;
    if (found === undefined) return;
    this.experiments = found;
    this.chosen = this.chosen.filter((id) => found.some((one) => one.id === id));
  }

  async use(id: string): Promise<boolean> {
    const model = await this.#job.run('maps', () => this.#session.openExperiment(id));
    if (model !== undefined) this.#followers.opened(model);
    await this.list();
    return model !== undefined;
  }

  /** A MAPS, or a file of many. */
  async takeIn(source: TreeSource): Promise<void> {
    this.refused = [];
    const taken = await this.#job.run('maps', (onEvent) =>
      this.#session.importMaps(source, onEvent),
    );
    await this.list();
    if (taken === undefined) return;
    this.refused = taken.refused;
    if (taken.model !== undefined) this.#followers.opened(taken.model);
  }

  /** @returns whether the name was taken */
  async rename(id: string, name: string): Promise<boolean> {
    const isDone = await this.#attempt(() => this.#session.renameExperiment(id, name));
    if (!isDone) return false;
    this.renaming = '';
    const kept = this.experiments.find((one) => one.id === id);
    if (kept?.open) this.#followers.renamed(kept.name);
    return true;
  }

  /** @param told - what to say once it is gone */
  async remove(id: string, told: string): Promise<void> {
    const isOpen = this.open?.id === id;
    const isDone = await this.#attempt(() => this.#session.removeExperiment(id));
    this.asked = '';
    if (!isDone) return;
    this.told = told;
    if (isOpen) this.#followers.removed();
  }

  async duplicate({ id, name }: KeptExperiment): Promise<void> {
    await this.#attempt(async () => {
      this.#followers.duplicated(await this.#session.experimentSettings(id), name);
    });
  }

  choose(id: string, isOn: boolean): void {
    const others = this.chosen.filter((other) => other !== id);
    this.chosen = isOn ? [...others, id] : others;
  }

  /** The one that is open, or the first that was chosen, with the others beside it. */
  async compare(): Promise<void> {
    const ids = [...this.chosen];
    const open = ids.find((id) => id === this.open?.id) ?? ids[0];
    if (open === undefined) return;
    if (open !== this.open?.id && !(await this.use(open))) return;
    await this.#attempt(async () => {
      const kept = await this.#session.keptModels(ids.filter((id) => id !== open));
      this.#followers.compared(kept.map(({ model }) => model));
    });
  }

  async save(): Promise<void> {
    const { withParticipants } = this;
    const saved = await this.#job.run('shelf', (onEvent) =>
      this.#session.exportShelf(onEvent, { withParticipants }),
    );
    if (saved === undefined) return;
    this.saved = saved;
    saveBlob(saved.name, saved.blob);
  }

  async askToKeep(): Promise<void> {
    this.notKept = !(await askToKeep());
    this.storage = await askStorage();
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.problem = problemOf(thrown);
      return false;
    } finally {
      await this.list();
    }
  }
}
