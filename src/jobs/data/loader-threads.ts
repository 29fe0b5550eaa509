/**
 * Loading threads from outside. Each volume belongs to one thread, so that it is held in memory once;
 * a thread is given two elements at a time, so that one is decoded while the other is being read,
 * and what is cancelled meanwhile never reaches it.
 */
import { wrap, type Endpoint, type Remote } from 'comlink';
import { CapsuleError } from '../../core/errors.ts';
import type { PortableFile } from '../../core/files/file-tree.ts';
import { atMost } from '../../engine/data/read-ahead.ts';
import type { Geometry, LoadedElement, VolumePlace } from './element-reader.ts';
import type { Answer, LoaderService, LoaderSettings } from './loader-service.ts';
import { isSame, type Recipe } from './recipe.ts';

/** A thread that has been started and serves a `LoaderService`. */
export interface LoaderThread {
  readonly endpoint: Endpoint;
  /** Rejects when the thread did not start or broke off; never resolves. */
  readonly failure: Promise<never>;
  end(): Promise<void> | void;
}

/** What is thrown when a thread is gone: its work has to be done elsewhere. */
export class ThreadGone extends Error {
  override readonly name = 'ThreadGone';
}

const AT_ONCE = 2;
/** A thread that says nothing for so long while it starts never will. */
const START_MILLISECONDS = 20_000;

/** Comlink's types take a promise of two kinds of answers for two kinds of promises. */
type Asked<Value> = Promise<Answer<Value>>;

/** One thread and what it has been asked. */
class Lane {
  readonly #thread: LoaderThread;
  readonly remote: Remote<LoaderService>;
  readonly #inTurn = atMost(AT_ONCE);
  /** A race against the thread's failure for each question would keep every answer in memory. */
  readonly #waiting = new Set<(gone: Error) => void>();
  #gone: Error | undefined;

  constructor(thread: LoaderThread) {
    this.#thread = thread;
    this.remote = wrap<LoaderService>(thread.endpoint);
    thread.failure.catch((cause: unknown) =>
      this.#leave(new ThreadGone('a loading thread is gone', { cause })),
    );
  }

  async end(reason: Error): Promise<void> {
    this.#leave(reason);
    await this.#thread.end();
  }

  /** Nobody is left waiting for a thread that will not answer. */
  #leave(reason: Error): void {
    this.#gone ??= reason;
    for (const fail of this.#waiting) fail(this.#gone);
  }

  /** @throws ThreadGone; what the thread answered; CANCELLED when it was not asked */
  ask<Value>(
    question: (remote: Remote<LoaderService>) => Promise<Value>,
    stopped?: AbortSignal,
  ): Promise<Value> {
    return this.#inTurn(async () => {
      if (this.#gone !== undefined) throw this.#gone;
      let waiting: ((gone: Error) => void) | undefined;
      try {
        return await new Promise<Value>((resolve, reject) => {
          this.#waiting.add((waiting = reject));
          question(this.remote).then(resolve, reject);
        });
      } finally {
        if (waiting !== undefined) this.#waiting.delete(waiting);
      }
    }, stopped);
  }
}

export class LoaderThreads {
  readonly #lanes: readonly Lane[];
  /** What the threads have learnt, by its number. */
  readonly #recipes: Recipe[] = [];
  readonly #ids = new WeakMap<Recipe, number>();

  private constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  /** @throws whatever keeps one of them from starting; none is left running then */
  static async start(
    count: number,
    startThread: () => LoaderThread,
    settings: LoaderSettings,
  ): Promise<LoaderThreads> {
    const lanes: Lane[] = [];
    try {
      for (let index = 0; index < count; index++) {
        lanes.push(new Lane(startThread()));
      }
      const share = { ...settings, budget: settings.budget / count };
      await Promise.all(
        lanes.map((lane) => Promise.race([lane.ask((remote) => remote.open(share)), tooLong()])),
      );
      return new LoaderThreads(lanes);
    } catch (thrown) {
      await Promise.all(lanes.map((lane) => lane.end(new ThreadGone())));
      throw thrown;
    }
  }

  expect(paths: readonly string[]): void {
    for (const lane of this.#lanes) {
      const own = paths.filter((path) => this.#laneOf(path) === lane);
      // A thread that is gone says so when it is asked for something.
      lane.remote.expect(own).catch(() => undefined);
    }
  }

  inspect(place: VolumePlace, file: PortableFile, stopped?: AbortSignal): Promise<Geometry> {
    return answered(
      this.#laneOf(place.path).ask(
        (remote) => remote.inspect(place, file) as Asked<Geometry>,
        stopped,
      ),
    );
  }

  load(
    recipe: Recipe,
    place: VolumePlace,
    file: PortableFile,
    part: number,
    stopped?: AbortSignal,
  ): Promise<LoadedElement> {
    const id = this.#teach(recipe);
    const lane = this.#laneOf(place.path);
    return answered(
      lane.ask((remote) => remote.load(id, place, file, part) as Asked<LoadedElement>, stopped),
    );
  }

  /** Waits for what is being written to the cache. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#lanes.map((lane) => lane.ask((remote) => remote.settle())));
  }

  /** @param reason - what those who still wait are told; CANCELLED when absent */
  async end(reason: Error = new CapsuleError('CANCELLED')): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.end(reason)));
  }

  #teach(recipe: Recipe): number {
    // Each job makes its recipe anew, mostly the same as before.
    const known = this.#ids.get(recipe) ?? this.#recipes.findIndex((one) => isSame(one, recipe));
    const id = known === -1 ? this.#recipes.push(recipe) - 1 : known;
    this.#ids.set(recipe, id);
    if (known !== -1) return id;
    for (const { remote } of this.#lanes) remote.learn(id, recipe).catch(() => undefined);
    return id;
  }

  #laneOf(path: string): Lane {
    let sum = 0;
    for (let at = 0; at < path.length; at++) sum = (Math.imul(sum, 31) + path.charCodeAt(at)) >>> 0;
    return this.#lanes[sum % this.#lanes.length] as Lane;
  }
}

/** @throws CapsuleError that the thread answered */
async function answered<Value>(asked: Asked<Value>): Promise<Value> {
  const answer = await asked;
  if (answer.ok) return answer.value;
  throw new CapsuleError(answer.problem.code, answer.problem);
}

function tooLong(): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${START_MILLISECONDS / 1000} s`)),
      START_MILLISECONDS,
    );
    // On Node a timer keeps the program alive.
    (timer as unknown as { unref?: () => void }).unref?.();
  });
}
