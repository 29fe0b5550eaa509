/**
 * Pictures of the batch that a training is about to see, made of the very numbers that the network gets,
 * read back from the device: after extraction, normalisation and augmentation. Only a batch that
 * somebody asked for is looked at.
 */
import { middlePlanes, type VoxelPlane } from '../../core/picture/middle-planes.ts';
import type { Affine, Shape3, Volume } from '../../core/volume.ts';
import type { Batch } from '../../engine/data/batches.ts';
import type { CapsElements } from '../data/elements.ts';
import type { BatchPicture, SamplePicture } from '../session-api.ts';
import type { Task } from '../shared/task.ts';
import type { WatchedEpoch } from '../training/onlooker.ts';

/** Elements of a batch that are shown. */
const MOST = 8;
const VOXELS: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

interface Waiting {
  readonly told: (picture: BatchPicture | undefined) => void;
  readonly failed: (reason: unknown) => void;
}

export class BatchView {
  #waiting: Waiting[] = [];

  /** @returns the next batch; undefined when there is none any more */
  ask(): Promise<BatchPicture | undefined> {
    return new Promise((told, failed) => this.#waiting.push({ told, failed }));
  }

  onBatch(part: Batch, of: WatchedEpoch): Promise<void> | undefined {
    return this.#waiting.length === 0 ? undefined : this.#show(part, of);
  }

  end(): void {
    for (const { told } of this.#waiting.splice(0)) told(undefined);
  }

  async #show(part: Batch, of: WatchedEpoch): Promise<void> {
    const waiting = this.#waiting.splice(0);
    try {
      const picture = await pictureOf(part, of);
      for (const { told } of waiting) told(picture);
    } catch (thrown) {
      // The training goes on without its picture.
      for (const { failed } of waiting) failed(thrown);
    }
  }
}

async function pictureOf(part: Batch, of: WatchedEpoch): Promise<BatchPicture> {
  const { set, task, split, network, epoch } = of;
  const shown = part.indices.slice(0, MOST);
  const values = (await part.input.data()) as Float32Array;
  const planes: VoxelPlane[][] = [];
  for (const [row, index] of shown.entries()) {
    planes.push(middlePlanes(await volumeOf(set, index, values, row)));
  }
  const [low, high] = rangeOf(planes.flat());
  const samples = shown.map((index, row): SamplePicture => {
    const { participant, session } = set.session(index);
    return {
      ...{ participant, session, label: labelOf(task, part.labels[row]) },
      ...(set.partsPerImage > 1 ? { part: set.partNumber(index) } : {}),
      planes: (planes[row] ?? []).map(({ values, ...plane }) => ({
        ...plane,
        pixels: Uint8Array.from(values, (value) => 255 * ((value - low) / (high - low || 1))),
      })),
    };
  });
  return {
    ...{ split, ...(network === undefined ? {} : { network }), epoch, iteration: part.iteration },
    ...{ samples, elements: part.indices.length, low, high },
  };
}

/** The first channel of an element, with its place in space where that can be told. */
async function volumeOf(
  set: CapsElements,
  index: number,
  values: Float32Array,
  row: number,
): Promise<Volume> {
  const channels = set.shape.at(-1) ?? 1;
  const size = set.shape.reduce((product, length) => product * length, 1);
  const own = values.slice(row * size, (row + 1) * size);
  const data = channels === 1 ? own : own.filter((_, at) => at % channels === 0);
  const spatial = set.shape.slice(0, -1);
  const plain = (spatial.length === 2 ? [...spatial, 1] : spatial) as unknown as Shape3;
  const grid = await set.grid(index).catch(() => undefined);
  const voxels = grid?.shape.reduce((product, length) => product * length, 1);
  // Where the file cannot be asked any more, the axes are taken as they are stored.
  const isKnown = grid !== undefined && voxels === data.length;
  return isKnown ? { data, ...grid } : { data, shape: plain, affine: VOXELS };
}

/** One scale for all samples: that one is darker than another is to be seen. */
function rangeOf(planes: readonly VoxelPlane[]): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of planes) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return Number.isFinite(low) ? [low, high] : [0, 1];
}

function labelOf({ kind, classes }: Task, code = NaN): string {
  if (kind === 'reconstruction' || !Number.isFinite(code)) return '';
  return kind === 'classification' ? (classes[code] ?? '') : String(code);
}
