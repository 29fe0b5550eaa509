/**
 * Volumes of a CAPS, read when they are needed and kept as long as a budget of bytes allows; the
 * least recently used goes first. A cohort larger than the budget is read again in each epoch,
 * never held whole.
 */
import type { Where } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { needFile } from '../../core/files/read.ts';
import { readVolume } from '../../core/nifti/read.ts';
import type { Volume } from '../../core/volume.ts';

/** Bytes of float32 voxels: forty cropped t1-linear volumes of 25 MB. */
const DEFAULT_BUDGET = 1e9;

export class VolumeStore {
  readonly #caps: FileTree;
  readonly #budget: number;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Promise<Volume>>();
  #bytes = 0;

  constructor(caps: FileTree, budget = DEFAULT_BUDGET) {
    this.#caps = caps;
    this.#budget = budget;
  }

  /** Whether the budget is used up: what is read from now on pushes something else out. */
  get isFull(): boolean {
    return this.#bytes >= this.#budget;
  }

  /**
   * @param path - below the CAPS root
   * @param where - participant and session, for messages
   * @throws CapsuleError NIFTI_*, FILE_NOT_FOUND, FILE_UNREADABLE
   */
  read(path: string, where: Where = {}): Promise<Volume> {
    const known = this.#kept.get(path);
    if (known !== undefined) {
      this.#kept.delete(path);
      this.#kept.set(path, known);
      return known;
    }
    const reading = this.#load(path, where);
    this.#kept.set(path, reading);
    // A volume that cannot be read is not kept: the file may be repaired and tried again.
    reading.catch(() => this.#kept.delete(path));
    return reading;
  }

  async #load(path: string, where: Where): Promise<Volume> {
    const { volume } = await readVolume(await needFile(this.#caps, path), where);
    this.#bytes += volume.data.byteLength;
    await this.#makeRoom(path);
    return volume;
  }

  async #makeRoom(newest: string): Promise<void> {
    for (const [path, reading] of this.#kept) {
      if (this.#bytes <= this.#budget) break;
      if (path === newest) continue;
      this.#kept.delete(path);
      this.#bytes -= (await reading).data.byteLength;
    }
  }
}
