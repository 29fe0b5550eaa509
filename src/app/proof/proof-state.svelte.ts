/** The state of the proof: every attempt with its outcome, the headers in force, and what is kept. */
import { SvelteMap } from 'svelte/reactivity';
import { ask } from '../../platform/browser/offline/ask.ts';
import type { KeptState } from '../../platform/browser/offline/offline-build.ts';
import { tryAll } from '../../platform/browser/proof/channels.ts';
import { Violations, type Outcome } from '../../platform/browser/proof/outcome.ts';
import { workerChannels, type WorkerChannel } from '../../platform/browser/proof/worker-proof.ts';
import { headerFacts, type HeaderFact } from './headers.ts';
import { pageAttempts, type PageChannel } from './page-channels.ts';
import { verdictOf } from './verdict.ts';
import { runWorker, workerKinds, type WorkerKind } from './worker-runs.ts';

export class ProofState {
  readonly target: string;
  /** Names of the page's attempts, in the order they are made. */
  readonly channels: readonly PageChannel[];
  readonly page = new SvelteMap<PageChannel, Outcome>();
  readonly workers = new SvelteMap<`${WorkerKind} ${WorkerChannel}`, Outcome>();
  /** Kinds of worker that this browser did not start, or that broke off. */
  readonly missing = new SvelteMap<WorkerKind, true>();
  headers = $state.raw<readonly HeaderFact[]>([]);
  kept = $state.raw<KeptState | undefined>();
  running = $state(false);

  /** Of every attempt of page and workers; undefined for those to come. */
  readonly outcomes = $derived.by(() => [
    ...this.channels.map((channel) => this.page.get(channel)),
    ...workerKinds
      .filter((kind) => !this.missing.has(kind))
      .flatMap((kind) => workerChannels.map((one) => this.workers.get(`${kind} ${one}`))),
  ]);
  readonly verdict = $derived.by(() => verdictOf(this.outcomes));

  readonly #attempts: ReturnType<typeof pageAttempts>;
  readonly #violations = new Violations(document);
  readonly #place: HTMLElement;
  /** Part of every address, so that an event of one run is not taken for one of the next. */
  #runs = 0;

  /** @param place - an element for what the attempts put into the page */
  constructor(target: string, place: HTMLElement) {
    this.target = target;
    this.#place = place;
    this.#attempts = pageAttempts(place);
    this.channels = Object.keys(this.#attempts) as PageChannel[];
  }

  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.#runs += 1;
    this.#place.replaceChildren();
    this.page.clear();
    this.workers.clear();
    this.missing.clear();
    try {
      await this.readHeaders();
      await Promise.all([this.#runPage(), this.#runWorkers()]);
    } finally {
      // Without what the link that was followed has left.
      history.replaceState(null, '', location.href.replace(/#.*/, ''));
      this.running = false;
    }
  }

  async readHeaders(): Promise<void> {
    try {
      this.headers = headerFacts((await fetch(location.href, { cache: 'no-store' })).headers);
    } catch {
      this.headers = headerFacts(new Headers());
    }
  }

  /** What the service worker keeps; undefined where none is in place. */
  async readKept(): Promise<void> {
    const { serviceWorker } = navigator as Partial<Navigator>;
    const worker = serviceWorker?.controller;
    this.kept = worker === null || worker === undefined ? undefined : await ask(worker, 'state');
  }

  async #runPage(): Promise<void> {
    const { target } = this;
    const violations = this.#violations;
    for await (const { channel, outcome } of tryAll(this.#attempts, {
      ...{ target, from: `page-${this.#runs}`, violations },
    })) {
      this.page.set(channel, outcome);
    }
  }

  async #runWorkers(): Promise<void> {
    for (const kind of workerKinds) {
      const from = `${kind}-${this.#runs}`;
      const isWhole = await runWorker(kind, { target: this.target, from }, (answer) =>
        this.workers.set(`${kind} ${answer.channel}`, answer.outcome),
      );
      if (!isWhole) this.missing.set(kind, true);
    }
  }
}
