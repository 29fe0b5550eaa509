/** One reconstruction for the page: what the network made of a session, beside it, and their difference. */
import type { FileTree } from '../../core/files/file-tree.ts';
import { CapsuleError } from '../../core/errors.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import { percentile } from '../../core/metrics/bootstrap.ts';
import { RECONSTRUCTION_METRICS } from '../../core/metrics/reconstruction.ts';
import { transformPoint, type Vector3 } from '../../core/nifti/matrix.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import { evaluate, type MadeVolume } from '../../engine/evaluate.ts';
import type { CodedSession } from '../data/cohort.ts';
import { channelsFirst, type CapsElements } from '../data/elements.ts';
import type { VolumeStore } from '../data/volume-store.ts';
import type { Job } from '../events.ts';
import type { Reconstruction, ReconstructRequest } from '../session-api.ts';
import type { JobContext } from '../shared/context.ts';
import { openGroup } from '../shared/group-cohort.ts';
import { sessionsOfGroup } from '../shared/groups.ts';
import { loadNetwork, modelForGroup, modelOf, type Model } from '../shared/model.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';

/**
 * @throws CapsuleError CONFIG_NOT_YET for a network that makes no volumes; MAPS_GROUP when the session
 * is in no group of the MAPS; those of volumes and of the device
 */
export async function* reconstructOne(
  tree: FileTree,
  caps: FileTree,
  request: ReconstructRequest,
  store: VolumeStore,
  context: JobContext,
): Job<Reconstruction> {
  const maps = await openMaps(tree);
  const whole = modelOf(maps);
  refuseScores(whole, maps);
  const splits = maps.wholeSplits();
  const split = splits.find(({ index }) => index === request.split) ?? (splits[0] as MapsSplit);
  const { group, session } = await placeOf(maps, whole, split, request);
  const model = modelForGroup(whole, group);
  const volumes = { caps, store, unreadable: 'stop' } as const;
  const cohort = yield* openGroup(volumes, model, [session], context);
  const part = Math.max(0, Math.min(cohort.partsPerImage - 1, request.part ?? 0));
  const number = model.networks === undefined ? undefined : part;
  const elements = cohort.elements([session], model.config.normalize, undefined, number);
  const index = number === undefined ? part : 0;
  const { made, figures } = yield* passOf(
    model,
    split,
    request,
    { elements, index, number },
    context,
  );
  const named = RECONSTRUCTION_METRICS.map((name, at) => [name, figures[at] ?? NaN] as const);
  return {
    ...(await volumesOf(elements, made)),
    ...{ group, figures: Object.fromEntries(named), part, parts: cohort.partsPerImage },
  };
}

interface Asked {
  readonly elements: CapsElements;
  readonly index: number;
  /** Of the network, where there is one a part. */
  readonly number: number | undefined;
}

async function* passOf(
  model: Model,
  split: MapsSplit,
  { selectionMetric }: ReconstructRequest,
  { elements, index, number }: Asked,
  { device, signal, clock }: JobContext,
): Job<{ made: MadeVolume; figures: readonly number[] }> {
  const network = await loadNetwork(model, split, selectionMetric, number);
  const meter = new ProgressMeter(clock, 'volumes', 1);
  let made: MadeVolume | undefined;
  try {
    const evaluation = evaluate({
      ...{ device, network, source: elements, order: [index], batchSize: 1, signal },
      ...{ loss: model.task.loss(model.plan), seed: model.config.seed, labelled: false },
      onVolume: (volume) => Promise.resolve(void (made = volume)),
    });
    for (;;) {
      const step = await evaluation.next();
      if (step.done === true) {
        if (made === undefined) throw new CapsuleError('INTERNAL', { found: 'no volume was made' });
        return { made, figures: step.value.scores[0] ?? [] };
      }
      yield meter.event('Reconstructing', step.value);
    }
  } finally {
    network.dispose();
  }
}

/** As NIfTI files on the grid of the element; of several channels the first, as `save_nifti`. */
async function volumesOf(
  elements: CapsElements,
  { index, input, output }: MadeVolume,
): Promise<Pick<Reconstruction, 'input' | 'output' | 'error' | 'peak' | 'peakAt' | 'brightest'>> {
  const channels = elements.shape.at(-1) ?? 1;
  const grid = await elements.grid(index);
  const first = (values: Float32Array) =>
    channelsFirst(values, channels).slice(0, values.length / channels);
  const [before, after] = [first(input), first(output)];
  const error = Float32Array.from(after, (value, at) => value - (before[at] ?? 0));
  const sizes = error.map(Math.abs);
  const highest = sizes.reduce((best, size, at) => (size > (sizes[best] ?? 0) ? at : best), 0);
  const [, ny, nz] = grid.shape;
  const voxel: Vector3 = [
    Math.floor(highest / (ny * nz)),
    Math.floor(highest / nz) % ny,
    highest % nz,
  ];
  return {
    input: niftiBytes({ ...grid, data: before }),
    output: niftiBytes({ ...grid, data: after }),
    error: niftiBytes({ ...grid, data: error }),
    brightest: before.reduce((most, value) => Math.max(most, value), 0),
    peak: percentile(sizes.sort(), 0.999),
    peakAt: transformPoint(grid.affine, voxel),
  };
}

/** The group that a session belongs to: a test group before validation and training. */
async function placeOf(
  maps: Maps,
  model: Model,
  split: MapsSplit,
  { participant, session }: SessionKey,
): Promise<{ group: string; session: CodedSession }> {
  const wanted = sessionName({ participant, session });
  for (const group of [...maps.groups].reverse()) {
    const { sessions } = await sessionsOfGroup(maps, model, group, split);
    const found = sessions.find((other) => sessionName(other) === wanted);
    if (found !== undefined) return { group, session: found };
  }
  throw new CapsuleError('MAPS_GROUP', {
    ...{ participant, session },
    expected: 'a session that the model was trained, validated or tested on',
    found: 'a session of no group',
  });
}

function refuseScores({ task, plan }: Model, maps: Maps): void {
  if (task.kind === 'reconstruction') return;
  throw new CapsuleError('CONFIG_NOT_YET', {
    file: `${maps.name}/${MAPS_JSON}`,
    expected: 'a network that makes volumes',
    found: `a ${task.kind} by ${plan.name}`,
  });
}
