/** One saliency map for the page: computed, kept in the MAPS, and given to the viewer with its scan. */
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import { percentile } from '../../core/metrics/bootstrap.ts';
import { argmax, softmax } from '../../core/metrics/softmax.ts';
import { transformPoint, type Vector3 } from '../../core/nifti/matrix.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { indexCaps } from '../../core/caps/index.ts';
import { volumesOf } from '../../core/caps/volumes.ts';
import { normalise } from '../../core/caps/normalise.ts';
import { sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import type { VolumeStore } from '../data/volume-store.ts';
import type { Job } from '../events.ts';
import { interpret, niftiOf, type SessionMap } from '../interpret.ts';
import type { Explanation, ExplainRequest } from '../session-api.ts';
import type { JobContext } from '../shared/context.ts';
import { sessionsOfGroup } from '../shared/groups.ts';
import { modelOf, refuseOtherThanClassifier, type Model } from '../shared/model.ts';
import { predictionRow } from './summary.ts';

/** @throws CapsuleError MAPS_GROUP when the session is in no group of the MAPS */
export async function* explainOne(
  tree: WritableTree,
  caps: FileTree,
  request: ExplainRequest,
  store: VolumeStore,
  context: JobContext,
): Job<Explanation> {
  const maps = await openMaps(tree);
  const model = modelOf(maps);
  refuseOtherThanClassifier(model, maps);
  const splits = maps.wholeSplits();
  const split = splits.find(({ index }) => index === request.split) ?? splits[0];
  const { group, code } = await groupOf(maps, model, request, split);
  const target = model.classes[request.targetClass] ?? String(request.targetClass);
  const [map] = yield* interpret(
    {
      ...{ maps: tree, caps, group, store, sessions: [request], unreadable: 'stop' },
      splits: split === undefined ? [] : [split.index],
      name: `gradients-${target.replace(/[^A-Za-z0-9]+/g, '-')}`,
      selectionMetrics: [request.selectionMetric],
      targetNode: request.targetClass,
      ...{ saveIndividual: true, saveNifti: true, overwriteName: false },
    },
    context,
  );
  if (map === undefined) throw new CapsuleError('CAPS_NO_VOLUME', sessionOf(request));
  const probabilities = Array.from(softmax(map.scores));
  return {
    map: niftiOf(map),
    scan: await scanOf(caps, store, model, request),
    ...peakOf(map),
    prediction: predictionRow(model, {
      ...{ ...sessionOf(request), part: 0, truth: code, predicted: argmax(map.scores) },
      probabilities,
    }),
  };
}

/** How far the colours reach, and where the map is largest. */
function peakOf({ values, grid }: SessionMap): Pick<Explanation, 'peak' | 'peakAt'> {
  const sizes = values.map(Math.abs);
  const highest = argmax(sizes);
  const [, ny, nz] = grid.shape;
  const voxel = [Math.floor(highest / (ny * nz)), Math.floor(highest / nz) % ny, highest % nz];
  const peakAt = transformPoint(grid.affine, voxel as unknown as Vector3);
  return { peak: percentile(sizes.sort(), 0.999), peakAt };
}

/** The group that a session belongs to: a test group before validation and training. */
async function groupOf(
  maps: Maps,
  model: Model,
  key: SessionKey,
  split: MapsSplit | undefined,
): Promise<{ group: string; code: number }> {
  for (const group of [...maps.groups].reverse()) {
    if (split === undefined) break;
    const { sessions } = await sessionsOfGroup(maps, model, group, split);
    const found = sessions.find((other) => sessionName(other) === sessionName(key));
    if (found !== undefined) return { group, code: found.code };
  }
  throw new CapsuleError('MAPS_GROUP', {
    ...sessionOf(key),
    expected: 'a session that the model was trained, validated or tested on',
    found: 'a session of no group',
  });
}

/** The whole scan, intensities 0 to 1, as the map is laid over it. */
async function scanOf(caps: FileTree, store: VolumeStore, model: Model, key: SessionKey) {
  const { pattern } = model.extraction.fileType;
  const path = volumesOf(await indexCaps(caps), pattern, [key]).paths.get(sessionName(key)) ?? '';
  const volume = await store.read(path, sessionOf(key));
  return niftiBytes({ ...volume, data: normalise(volume.data).data });
}

const sessionOf = ({ participant, session }: SessionKey): SessionKey => ({ participant, session });
