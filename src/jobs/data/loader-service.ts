/**
 * A loading thread from within: what it offers to the thread that drives the GPU, through Comlink.
 * Failures travel as data, so that a problem keeps participant, session and file; elements are
 * transferred, never copied.
 */
import { transfer } from 'comlink';
import { CapsuleError, describe, toProblem, type Problem } from '../../core/errors.ts';
import type { CacheFolder, CacheSettings } from '../../core/files/cache-folder.ts';
import type { PortableFile, SourceFile } from '../../core/files/file-tree.ts';
import {
  ElementReader,
  type Geometry,
  type LoadedElement,
  type VolumePlace,
} from './element-reader.ts';
import type { Recipe } from './recipe.ts';
import { VolumeCache } from './volume-cache.ts';

export type Answer<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem };

export interface LoaderSettings {
  /** Bytes of volumes held in memory. */
  readonly budget: number;
  readonly cache?: CacheSettings | undefined;
}

export interface LoaderService {
  /** To be called first, once. */
  open(settings: LoaderSettings): Promise<void>;
  expect(paths: readonly string[]): void;
  /** Recipes are sent once and then named by a number. */
  learn(id: number, recipe: Recipe): void;
  inspect(place: VolumePlace, file: PortableFile): Promise<Answer<Geometry>>;
  load(
    recipe: number,
    place: VolumePlace,
    file: PortableFile,
    part: number,
  ): Promise<Answer<LoadedElement>>;
  /** Waits for what is being written to the cache. */
  settle(): Promise<void>;
}

/** What a thread needs of its platform. */
export interface LoaderPlatform {
  openFile(path: string, file: PortableFile): SourceFile;
  openCache(settings: CacheSettings): Promise<CacheFolder>;
}

export function loaderService(platform: LoaderPlatform): LoaderService {
  const recipes = new Map<number, Recipe>();
  let reader: ElementReader | undefined;
  const opened = (): ElementReader => {
    if (reader === undefined) throw new CapsuleError('INTERNAL', { found: 'a closed loader' });
    return reader;
  };
  return Object.freeze<LoaderService>({
    async open(settings) {
      reader = await openReader(settings, platform);
    },
    expect: (paths) => opened().expect(paths),
    learn: (id, recipe) => void recipes.set(id, recipe),
    inspect: (place, file) =>
      answer(() => opened().inspect(place, platform.openFile(place.path, file))),
    async load(id, place, file, part) {
      const given = await answer(() => {
        const recipe = recipes.get(id);
        if (recipe === undefined) throw new CapsuleError('INTERNAL', { found: `recipe ${id}` });
        return opened().load(recipe, place, platform.openFile(place.path, file), part);
      });
      if (!given.ok) return given;
      const { data, isHeld, problems } = given.value;
      const own = isHeld ? data.slice() : data;
      return transfer({ ok: true, value: { data: own, isHeld: false, problems } }, [own.buffer]);
    },
    settle: () => opened().settle(),
  });
}

/** A cache that cannot be opened is none: reading goes on without, and says so when it is missed. */
export async function openReader(
  { budget, cache }: LoaderSettings,
  { openCache }: Pick<LoaderPlatform, 'openCache'>,
): Promise<ElementReader> {
  if (cache === undefined) return new ElementReader({ budget });
  try {
    return new ElementReader({ budget, cache: new VolumeCache(await openCache(cache)) });
  } catch (thrown) {
    const { code, file = '' } = toProblem(thrown);
    const noCache = describe('CACHE_CLOSED', { found: `${code} ${file}`.trim() });
    return new ElementReader({ budget, noCache });
  }
}

async function answer<Value>(work: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    return { ok: false, problem: toProblem(thrown) };
  }
}
