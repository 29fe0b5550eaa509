/** What lies under a map on the page: the scan, or the mean scan of a group. */
import { indexCaps } from '../../core/caps/index.ts';
import { normalise } from '../../core/caps/normalise.ts';
import { volumesOf } from '../../core/caps/volumes.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import type { Volume } from '../../core/volume.ts';
import type { VolumeStore } from '../data/volume-store.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import type { Model } from '../shared/model.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';

/** Scans in the mean that lies under the mean map of a group, at most. */
const MEAN_SCANS = 12;

export interface ScansUnder {
  readonly caps: FileTree;
  readonly store: VolumeStore;
  readonly model: Pick<Model, 'extraction'>;
  readonly sessions: readonly SessionKey[];
}

/** The scan, intensities 0 to 1; of several sessions the mean of those of one shape, evenly chosen. */
export async function* scanUnder(
  { caps, store, model, sessions }: ScansUnder,
  { clock, signal }: JobContext,
): Job<{ volume: Volume; scans: number }> {
  const { pattern } = model.extraction.fileType;
  const { paths } = volumesOf(await indexCaps(caps), pattern, sessions);
  const there = sessions.filter((key) => paths.has(sessionName(key)));
  const every = Math.max(1, Math.ceil(there.length / MEAN_SCANS));
  const chosen = there.filter((_key, place) => place % every === 0);
  const meter = new ProgressMeter(clock, 'scans', chosen.length);
  let mean: Volume | undefined;
  let scans = 0;
  for (const [done, key] of chosen.entries()) {
    if (signal.aborted) throw new CapsuleError('CANCELLED');
    if (chosen.length > 1) yield meter.event('Reading the scans under the map', done);
    const path = paths.get(sessionName(key)) ?? '';
    const volume = await store.read(path, { participant: key.participant, session: key.session });
    const { data } = normalise(volume.data);
    if (mean !== undefined && mean.shape.join() !== volume.shape.join()) continue;
    mean ??= { ...volume, data: new Float32Array(data.length) };
    for (let at = 0; at < data.length; at++) mean.data[at] = (mean.data[at] ?? 0) + (data[at] ?? 0);
    scans += 1;
  }
  if (mean === undefined) throw new CapsuleError('CAPS_NO_VOLUME', { found: 'no volume' });
  return { volume: { ...mean, data: mean.data.map((sum) => sum / scans) }, scans };
}
