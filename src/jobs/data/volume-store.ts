/**
 * The volumes of a CAPS, whoever reads them: loading threads where the platform has them and the
 * files can be had from there, else this thread. Held in memory as far as a budget allows, beyond it
 * in the cache of the platform; see `element-reader.ts`. A thread that cannot start or breaks off is
 * a loss of speed, nothing else: the same code goes on here.
 */
import { CapsuleError, describe, type Problem, type Where } from '../../core/errors.ts';
import type { CacheFolder, CacheSettings } from '../../core/files/cache-folder.ts';
import type { FileTree, SourceFile } from '../../core/files/file-tree.ts';
import { needFile } from '../../core/files/read.ts';
import type { Volume } from '../../core/volume.ts';
import { atMost } from '../../engine/data/read-ahead.ts';
import type { ElementReader, Geometry, LoadedElement, VolumePlace } from './element-reader.ts';
import { openReader } from './loader-service.ts';
import { LoaderThreads, ThreadGone, type LoaderThread } from './loader-threads.ts';
import type { Recipe } from './recipe.ts';
import { emptyCache } from './volume-cache.ts';

/** What a platform offers for one cohort. */
export interface Loading {
  /** How many threads shall read; 0 for none beside this one. */
  readonly threads: number;
  startThread(): LoaderThread;
  /** Where decoded volumes may be kept; absent for nowhere. */
  readonly cache?: CacheSettings | undefined;
  openCache(settings: CacheSettings): Promise<CacheFolder>;
  /** The cohort is closed: what belongs to it alone goes. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Bytes of volumes held in memory; forty cropped t1-linear volumes of 25 MB when absent. */
  readonly budget?: number | undefined;
  readonly loading?: Loading | undefined;
}

const DEFAULT_BUDGET = 1e9;
/** Volumes that are decoded at once in this thread, each three times its size on the way. */
const AT_ONCE_HERE = 2;

export class VolumeStore {
  readonly #caps: FileTree;
  readonly #budget: number;
  readonly #loading: Loading | undefined;
  readonly #inTurn = atMost(AT_ONCE_HERE);
  #threads: Promise<LoaderThreads | undefined> | undefined;
  #here: Promise<ElementReader> | undefined;
  #expected: readonly string[] = [];
  /** Threads that broke off: those who waited for them say so one by one. */
  readonly #given = new WeakSet<LoaderThreads>();
  #remark: string | undefined;
  #lost: Problem | undefined;

  constructor(caps: FileTree, { budget = DEFAULT_BUDGET, loading }: StoreOptions = {}) {
    this.#caps = caps;
    this.#budget = budget;
    this.#loading = loading;
  }

  /**
   * Prepares for a job: starts threads, and makes memory for these volumes.
   * @returns a line for the log, once, when threads should have started and did not
   */
  async expect(places: readonly VolumePlace[]): Promise<string | undefined> {
    this.#expected = places.map(({ path }) => path);
    const [first] = this.#expected;
    const file = first === undefined ? undefined : await this.#caps.file(first);
    if (file?.portable !== undefined) this.#threads ??= this.#start();
    (await this.#threads)?.expect(this.#expected);
    (await this.#here)?.expect(this.#expected);
    const remark = this.#remark;
    this.#remark = undefined;
    return remark;
  }

  /**
   * Reads a volume whole while memory has room for it, else its header.
   * @throws CapsuleError NIFTI_*, FILE_*, with participant, session and file
   */
  inspect(place: VolumePlace, stopped?: AbortSignal): Promise<Geometry> {
    return this.#do(
      place,
      (threads, file) => threads.inspect(place, file, stopped),
      (reader, file) => reader.inspect(place, file),
      stopped,
    );
  }

  /** @throws CapsuleError NIFTI_*, FILE_*, with participant, session and file; CANCELLED */
  async load(
    recipe: Recipe,
    place: VolumePlace,
    part: number,
    stopped?: AbortSignal,
  ): Promise<LoadedElement> {
    const loaded = await this.#do(
      place,
      (threads, file) => threads.load(recipe, place, file, part, stopped),
      (reader, file) => reader.load(recipe, place, file, part),
      stopped,
    );
    const lost = this.#lost;
    this.#lost = undefined;
    return lost === undefined ? loaded : { ...loaded, problems: [...loaded.problems, lost] };
  }

  /** Shape and affine alone. */
  async geometry(place: VolumePlace): Promise<Geometry> {
    return (await this.#reader()).geometry(place, await this.#file(place));
  }

  /**
   * A whole volume, for looking at it.
   * @param path - below the CAPS root
   * @throws CapsuleError NIFTI_*, FILE_NOT_FOUND, FILE_UNREADABLE
   */
  async read(path: string, where: Where = {}): Promise<Volume> {
    const { participant = '', session = '' } = where;
    const place = { participant, session, path };
    return (await this.#reader()).volume(place, await this.#file(place));
  }

  /** Removes what is kept of the volumes outside memory; it is made again when it is needed. */
  async empty(): Promise<void> {
    const loading = this.#loading;
    if (loading?.cache !== undefined) await emptyCache(await loading.openCache(loading.cache));
  }

  /** Ends the threads, once what they write is written; the store is not used afterwards. */
  async close(): Promise<void> {
    const threads = await this.#threads;
    const here = await this.#here;
    await Promise.all([threads?.settle(), here?.settle()]);
    await threads?.end();
    await this.#loading?.close();
  }

  async #do<Value>(
    place: VolumePlace,
    there: (threads: LoaderThreads, file: NonNullable<SourceFile['portable']>) => Promise<Value>,
    here: (reader: ElementReader, file: SourceFile) => Promise<Value>,
    stopped: AbortSignal | undefined,
  ): Promise<Value> {
    const file = await this.#file(place);
    const threads = await this.#threads;
    if (threads !== undefined && file.portable !== undefined) {
      try {
        return await there(threads, file.portable);
      } catch (thrown) {
        if (!(thrown instanceof ThreadGone)) throw thrown;
        this.#giveUp(threads, thrown);
      }
    }
    const reader = await this.#reader();
    return this.#inTurn(() => here(reader, file), stopped);
  }

  async #start(): Promise<LoaderThreads | undefined> {
    const loading = this.#loading;
    if (loading === undefined || loading.threads === 0) return undefined;
    const settings = { budget: this.#budget, cache: loading.cache };
    try {
      return await LoaderThreads.start(loading.threads, () => loading.startThread(), settings);
    } catch (thrown) {
      const reason = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
      const said = reason instanceof Error ? reason.message : String(reason);
      this.#remark = `No thread for reading could be started (${said}): volumes are read beside the training.`;
      return undefined;
    }
  }

  #giveUp(threads: LoaderThreads, gone: ThreadGone): void {
    if (this.#given.has(threads)) return;
    this.#given.add(threads);
    this.#threads = undefined;
    // The one there may be holds nothing: the threads did.
    this.#here = undefined;
    void threads.end(gone);
    const { cause } = gone;
    this.#lost = describe('LOADER_GONE', {
      found: cause instanceof Error ? cause.message : String(cause),
    });
  }

  /** The reader of this thread; where threads hold volumes, it holds none. */
  async #reader(): Promise<ElementReader> {
    const budget = (await this.#threads) === undefined ? this.#budget : 0;
    this.#here ??= this.#openHere(budget);
    return this.#here;
  }

  async #openHere(budget: number): Promise<ElementReader> {
    const loading = this.#loading;
    const platform = loading ?? { openCache: () => Promise.reject(new Error('no cache')) };
    const reader = await openReader({ budget, cache: loading?.cache }, platform);
    reader.expect(this.#expected);
    return reader;
  }

  async #file({ path, participant, session }: VolumePlace): Promise<SourceFile> {
    try {
      return await needFile(this.#caps, path);
    } catch (thrown) {
      if (!(thrown instanceof CapsuleError)) throw thrown;
      throw thrown.at({ participant, session, file: path });
    }
  }
}
