/**
 * Volumes held in memory as far as a budget of bytes allows. Those that a job expects stay once they
 * are in: an epoch visits all volumes before it comes back to one, and giving up the least recently
 * used would give up each just before it is needed. What earlier jobs left goes first, oldest use
 * first.
 *
 * A network that is fed whole images needs the same numbers in each epoch: a volume is held as the
 * element that came of it once there is one, which is as large and need not be normalised again.
 */
import type { Affine, Shape3, Volume } from '../../core/volume.ts';
import type { CutElement, Recipe } from './recipe.ts';

export interface HeldVolume {
  readonly shape: Shape3;
  readonly affine: Affine;
  /** Absent once the volume has become an element. */
  readonly volume?: Volume | undefined;
  readonly element?: { readonly recipe: Recipe; readonly cut: CutElement } | undefined;
}

export class VolumeMemory {
  readonly #budget: number;
  /** In the order of their last use. */
  readonly #kept = new Map<string, HeldVolume>();
  #expected = new Set<string>();
  #bytes = 0;
  #full = false;

  /** @param budget - bytes of float32 voxels */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Whether a volume was refused for want of room since the last `expect`. */
  get isFull(): boolean {
    return this.#full;
  }

  /** @param paths - of the volumes that a job is going to use */
  expect(paths: readonly string[]): void {
    this.#expected = new Set(paths);
    this.#full = false;
  }

  get(path: string): HeldVolume | undefined {
    const held = this.#kept.get(path);
    if (held === undefined) return undefined;
    this.#kept.delete(path);
    this.#kept.set(path, held);
    return held;
  }

  /** Keeps a volume when there is room, or when others can go for it. */
  offer(path: string, volume: Volume): void {
    const { shape, affine } = volume;
    const known = this.#kept.get(path);
    if (known !== undefined && bytesOf(known) !== volume.data.byteLength) this.#drop(path);
    else if (known !== undefined) {
      this.#kept.set(path, { shape, affine, volume });
      return;
    }
    const bytes = volume.data.byteLength;
    const fits = () => this.#bytes + bytes <= this.#budget;
    for (const other of this.#kept.keys()) {
      if (fits() || bytes > this.#budget) break;
      if (!this.#expected.has(other)) this.#drop(other);
    }
    this.#full ||= !fits();
    if (!fits()) return;
    this.#kept.set(path, { shape, affine, volume });
    this.#bytes += bytes;
  }

  /** Holds a volume as the one element that came of it. @returns whether it does */
  finish(path: string, recipe: Recipe, cut: CutElement): boolean {
    const held = this.#kept.get(path);
    if (held === undefined || bytesOf(held) !== cut.data.byteLength) return false;
    const { shape, affine } = held;
    this.#kept.set(path, { shape, affine, element: { recipe, cut } });
    return true;
  }

  #drop(path: string): void {
    const held = this.#kept.get(path);
    if (held !== undefined) this.#bytes -= bytesOf(held);
    this.#kept.delete(path);
  }
}

const bytesOf = ({ shape }: HeldVolume): number => 4 * shape[0] * shape[1] * shape[2];
