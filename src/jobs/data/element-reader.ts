/**
 * From a file to an element: the volume from memory, else the finished element from the cache, else
 * the volume from its file, decoded. One of these does the work in whatever thread it stands; it
 * knows no cohort, no order and no network.
 *
 * What memory holds is not written to the cache: a cohort that fits leaves nothing on the disk.
 */
import { readCapsGeometry, readCapsVolume } from '../../core/caps/volume-file.ts';
import { CapsuleError, toProblem, type Problem, type Where } from '../../core/errors.ts';
import type { SourceFile } from '../../core/files/file-tree.ts';
import { memoryFile } from '../../core/files/memory-tree.ts';
import type { SessionKey } from '../../core/tsv/sessions.ts';
import type { Affine, Shape3, Volume } from '../../core/volume.ts';
import { packEntry, type EntryKind } from './cache-entry.ts';
import { ContentHashes } from './content-hash.ts';
import { hex, sha256 } from '../../core/files/sha256.ts';
import {
  copiesOf,
  cutElement,
  digestOf,
  isSame,
  partsOf,
  type CutElement,
  type Recipe,
} from './recipe.ts';
import type { VolumeCache } from './volume-cache.ts';
import { VolumeMemory } from './volume-memory.ts';

/** Whose volume it is and where it stands. */
export interface VolumePlace extends SessionKey {
  /** Below the CAPS root. */
  readonly path: string;
}

export interface Geometry {
  readonly shape: Shape3;
  readonly affine: Affine;
}

export interface LoadedElement {
  /** `[...spatial, channels]`; not to be changed. */
  readonly data: Float32Array<ArrayBuffer>;
  /** Whether memory goes on holding `data`: to give it away is to copy it. */
  readonly isHeld: boolean;
  /** What is odd about its voxels, or about the cache. */
  readonly problems: readonly Problem[];
}

export interface ReaderOptions {
  /** Bytes of volumes held in memory. */
  readonly budget: number;
  readonly cache?: VolumeCache | undefined;
  /** Why there is no cache although there should be one; told once when it is missed. */
  readonly noCache?: Problem | undefined;
}

/** Parts that overlap take more room than their volume; beyond this they are cut anew each time. */
const MOST_TIMES_VOLUME = 4;

export class ElementReader {
  readonly #memory: VolumeMemory;
  readonly #cache: VolumeCache | undefined;
  readonly #hashes = new ContentHashes();
  readonly #digests = new WeakMap<Recipe, Promise<Uint8Array<ArrayBuffer>>>();
  /** Volumes on their way from their files: parts of one volume are often wanted together. */
  readonly #reading = new Map<string, Promise<Volume>>();

  #noCache: Problem | undefined;

  constructor({ budget, cache, noCache }: ReaderOptions) {
    this.#memory = new VolumeMemory(budget);
    this.#cache = cache;
    this.#noCache = noCache;
  }

  /** @param paths - of the volumes that a job is going to use */
  expect(paths: readonly string[]): void {
    this.#memory.expect(paths);
  }

  /**
   * Reads a volume whole while memory has room for it, else its header.
   * @throws CapsuleError NIFTI_*, FILE_*
   */
  async inspect(place: VolumePlace, file: SourceFile): Promise<Geometry> {
    const { shape, affine } = this.#memory.isFull
      ? await this.geometry(place, file)
      : await this.volume(place, file);
    return { shape, affine };
  }

  /** From the header alone. */
  async geometry(place: VolumePlace, file: SourceFile): Promise<Geometry> {
    const held = this.#memory.get(place.path);
    if (held !== undefined) return { shape: held.shape, affine: held.affine };
    return placed(place, async () => {
      const { shape, affine } = await readCapsGeometry(file, personOf(place));
      return { shape, affine };
    });
  }

  /** The whole volume, which memory may keep. */
  async volume(place: VolumePlace, file: SourceFile): Promise<Volume> {
    return this.#memory.get(place.path)?.volume ?? (await this.#decode(place, file));
  }

  /**
   * @param part - which element of its volume
   * @throws CapsuleError NIFTI_*, FILE_*, with participant, session and file
   */
  async load(
    recipe: Recipe,
    place: VolumePlace,
    file: SourceFile,
    part: number,
  ): Promise<LoadedElement> {
    const { path } = place;
    const { data, problem } = await this.#element(recipe, place, file, part);
    const closed = this.#cache?.takeProblem() ?? this.#missedCache();
    const isHeld = this.#memory.get(path)?.element?.cut.data === data;
    return { data, isHeld, problems: [problem, closed].filter((found) => found !== undefined) };
  }

  /** Waits for what is being written to the cache. */
  async settle(): Promise<void> {
    await this.#cache?.settle();
  }

  #missedCache(): Problem | undefined {
    if (!this.#memory.isFull) return undefined;
    const problem = this.#noCache;
    this.#noCache = undefined;
    return problem;
  }

  async #element(
    recipe: Recipe,
    place: VolumePlace,
    file: SourceFile,
    part: number,
  ): Promise<CutElement> {
    const where = whereOf(place);
    const held = this.#memory.get(place.path);
    if (held?.element !== undefined && isSame(held.element.recipe, recipe)) {
      return held.element.cut;
    }
    if (held !== undefined) {
      const volume = held.volume ?? (await this.#decode(place, file));
      const cut = cutElement(volume, recipe, part, where);
      if (recipe.extraction.mode === 'image') this.#memory.finish(place.path, recipe, cut);
      return cut;
    }
    const cache = this.#memory.isFull ? this.#cache : undefined;
    if (cache === undefined || !isStorable(recipe)) {
      return cutElement(await this.#decode(place, file), recipe, part, where);
    }
    const hashed = await placed(place, () => this.#hashes.of(file));
    if (hashed === undefined) {
      return cutElement(await this.#decode(place, file), recipe, part, where);
    }
    const known = await this.#kindOf(recipe, hashed.hash);
    const found = await cache.read(known, part, where);
    if (found !== undefined) return found;
    if (!cache.wants(known)) {
      return cutElement(await this.#decode(place, file), recipe, part, where);
    }
    // The very bytes that were hashed, so that an entry never holds another content than its name.
    const { bytes, hash } =
      hashed.bytes === undefined
        ? await placed(place, () => this.#hashes.withContent(file))
        : { ...hashed, bytes: hashed.bytes };
    const kind = await this.#kindOf(recipe, hash);
    const volume = await this.#decode(place, memoryFile(file.path, bytes), hex(hash));
    if (!hasShape(volume, recipe) || !cache.wants(kind)) {
      return cutElement(volume, recipe, part, where);
    }
    const elements = Array.from({ length: kind.parts }, (_, other) =>
      cutElement(volume, recipe, other, where),
    );
    await cache.write(kind, packEntry(kind, elements));
    return elements[part] as CutElement;
  }

  /** @param content - hash of the bytes, where they are known */
  #decode(place: VolumePlace, file: SourceFile, content = ''): Promise<Volume> {
    const name = `${content} ${place.path}`;
    const known = this.#reading.get(name);
    if (known !== undefined) return known;
    const reading = placed(place, async () => {
      const volume = await readCapsVolume(file, personOf(place));
      this.#memory.offer(place.path, volume);
      return volume;
    }).finally(() => this.#reading.delete(name));
    this.#reading.set(name, reading);
    return reading;
  }

  async #kindOf(recipe: Recipe, content: Uint8Array<ArrayBuffer>): Promise<EntryKind> {
    let digest = this.#digests.get(recipe);
    if (digest === undefined) this.#digests.set(recipe, (digest = digestOf(recipe)));
    const both = new Uint8Array(64);
    both.set(content);
    both.set(await digest, 32);
    const shape = recipe.volumeShape;
    return { key: await sha256(both), parts: partsOf(recipe), copies: copiesOf(recipe), shape };
  }
}

/** Whether all parts together are worth their room. */
function isStorable(recipe: Recipe): boolean {
  const { extraction, masks, volumeShape } = recipe;
  const voxels = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);
  const volume = voxels(volumeShape);
  const numbers = {
    image: () => volume,
    patch: () => partsOf(recipe) * (extraction.mode === 'patch' ? extraction.patchSize ** 3 : 0),
    slice: () => volume,
    roi: () =>
      masks.reduce(
        (sum, { planes, shape }) =>
          sum +
          voxels(
            extraction.mode === 'roi' && extraction.uncropped
              ? shape
              : planes.map(({ length }) => length),
          ),
        0,
      ),
  };
  return numbers[extraction.mode]() <= MOST_TIMES_VOLUME * volume;
}

const hasShape = ({ shape }: Volume, { volumeShape }: Recipe): boolean =>
  shape.every((length, axis) => length === volumeShape[axis]);

const personOf = ({ participant, session }: SessionKey) => ({ participant, session });

const whereOf = (place: VolumePlace) => ({ ...personOf(place), file: place.path });

/** Says of a failure whose volume it was. */
async function placed<Result>(place: VolumePlace, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const where: Where = whereOf(place);
    if (thrown instanceof CapsuleError) throw thrown.at(where);
    const problem = toProblem(thrown, where);
    throw new CapsuleError(problem.code, problem, { cause: thrown });
  }
}
