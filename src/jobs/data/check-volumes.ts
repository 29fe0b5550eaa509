/**
 * Looks at the volumes of an experiment before it starts: each is read (the first gigabyte whole,
 * which also fills the memory; of the rest the header), so that a damaged or odd one is known by
 * name before hours of training, and not in the middle of them.
 */
import { cohortSessionName, type CohortSession } from '../../core/caps/cohorts.ts';
import { CapsuleError, describe, toProblem, type Problem } from '../../core/errors.ts';
import { isOfFolder } from '../../core/files/unchanged.ts';
import type { Shape3 } from '../../core/volume.ts';
import { throwIfCancelled } from '../../engine/cancel.ts';
import { readAhead } from '../../engine/data/read-ahead.ts';
import type { Job } from '../events.ts';
import type { PlainContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { VolumePlace } from './element-reader.ts';
import type { VolumeStore } from './volume-store.ts';

/** Volumes that are looked at at once: enough for four threads. */
const AT_ONCE = 8;

export interface CheckedVolumes {
  /** The shape that most volumes have. */
  readonly shape: Shape3;
  /** What is wrong, by `cohortSessionName`. */
  readonly faults: ReadonlyMap<string, Problem>;
}

/** @throws CapsuleError CAPS_NO_VOLUME when not one volume can be used */
export async function* checkVolumes(
  store: VolumeStore,
  places: readonly Place[],
  { clock, signal }: PlainContext,
): Job<CheckedVolumes> {
  const meter = new ProgressMeter(clock, 'volumes', places.length);
  const remark = await store.expect(places);
  if (remark !== undefined) yield { kind: 'log', message: remark };
  const faults = new Map<string, Problem>();
  const shapes = new Map<string, Shape3>();
  throwIfCancelled(signal);
  yield meter.event('Reading volumes', 0);
  const looks = readAhead({
    ...{ count: places.length, ahead: AT_ONCE, signal },
    read: (index, stopped) => look(store, places[index] as Place, stopped),
  });
  let done = 0;
  for await (const { place, shape, fault } of looks) {
    throwIfCancelled(signal);
    if (shape !== undefined) shapes.set(cohortSessionName(place), shape);
    if (fault !== undefined) faults.set(cohortSessionName(place), fault);
    done += 1;
    yield meter.event('Reading volumes', done);
  }
  const shape = mostFrequent([...shapes.values()]);
  if (shape === undefined) {
    const [first] = faults.values();
    throw first === undefined
      ? new CapsuleError('CAPS_NO_VOLUME')
      : new CapsuleError(first.code, first);
  }
  for (const place of places) {
    const found = shapes.get(cohortSessionName(place));
    if (found === undefined || found.join() === shape.join()) continue;
    const { participant, session, path } = place;
    faults.set(
      cohortSessionName(place),
      describe('CAPS_SHAPES_DIFFER', {
        ...{ participant, session, file: path },
        expected: `${shape.join(' x ')}, as most volumes`,
        found: found.join(' x '),
      }),
    );
  }
  return { shape, faults };
}

type Place = VolumePlace & CohortSession;

interface Look {
  readonly place: Place;
  readonly shape?: Shape3;
  readonly fault?: Problem;
}

async function look(store: VolumeStore, place: Place, stopped: AbortSignal): Promise<Look> {
  const { participant, session, path } = place;
  try {
    return { place, shape: (await store.inspect(place, stopped)).shape };
  } catch (thrown) {
    if (isOfFolder(thrown)) throw (thrown as CapsuleError).at({ participant, session, file: path });
    return { place, fault: toProblem(thrown, { participant, session, file: path }) };
  }
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
