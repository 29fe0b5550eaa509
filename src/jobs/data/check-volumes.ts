/**
 * Looks at the volumes of an experiment before it starts: each is read (the first gigabyte whole,
 * which also fills the store; of the rest the header), so that a damaged or odd one is known by name
 * before hours of training, and not in the middle of them.
 */
import { CapsuleError, describe, toProblem, type Problem } from '../../core/errors.ts';
import { needFile } from '../../core/files/read.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { readHeader } from '../../core/nifti/read.ts';
import { sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import type { Shape3 } from '../../core/volume.ts';
import { throwIfCancelled } from '../../engine/cancel.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { VolumeStore } from './volume-store.ts';

export interface VolumePlace extends SessionKey {
  /** Below the CAPS root. */
  readonly path: string;
}

export interface CheckedVolumes {
  /** The shape that most volumes have. */
  readonly shape: Shape3;
  /** What is wrong, by `participant/session`. */
  readonly faults: ReadonlyMap<string, Problem>;
}

/** @throws CapsuleError CAPS_NO_VOLUME when not one volume can be used */
export async function* checkVolumes(
  caps: FileTree,
  store: VolumeStore,
  places: readonly VolumePlace[],
  { clock, signal }: JobContext,
): Job<CheckedVolumes> {
  const meter = new ProgressMeter(clock, 'volumes', places.length);
  const faults = new Map<string, Problem>();
  const shapes = new Map<string, Shape3>();
  for (const [done, place] of places.entries()) {
    throwIfCancelled(signal);
    yield meter.event('Reading volumes', done);
    const { participant, session, path } = place;
    const where = { participant, session };
    try {
      const shape = store.isFull
        ? (await readHeader(await needFile(caps, path), where)).header.shape
        : (await store.read(path, where)).shape;
      shapes.set(sessionName(place), shape);
    } catch (thrown) {
      faults.set(sessionName(place), toProblem(thrown, { ...where, file: path }));
    }
  }
  yield meter.event('Reading volumes', places.length);
  const shape = mostFrequent([...shapes.values()]);
  if (shape === undefined) {
    const [first] = faults.values();
    throw first === undefined
      ? new CapsuleError('CAPS_NO_VOLUME')
      : new CapsuleError(first.code, first);
  }
  for (const place of places) {
    const found = shapes.get(sessionName(place));
    if (found === undefined || found.join() === shape.join()) continue;
    const { participant, session, path } = place;
    faults.set(
      sessionName(place),
      describe('CAPS_SHAPES_DIFFER', {
        ...{ participant, session, file: path },
        expected: `${shape.join(' x ')}, as most volumes`,
        found: found.join(' x '),
      }),
    );
  }
  return { shape, faults };
}

function mostFrequent(shapes: readonly Shape3[]): Shape3 | undefined {
  const counts = new Map<string, { shape: Shape3; count: number }>();
  for (const shape of shapes) {
    const entry = counts.get(shape.join()) ?? { shape, count: 0 };
    entry.count += 1;
    counts.set(shape.join(), entry);
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.shape;
}
