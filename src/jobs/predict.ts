/**
 * `capsule predict`: the models of a MAPS applied to a data group, its tables written into the MAPS.
 * A new group is defined first, and refused when training has seen one of its participants.
 */
import type { WritableTree } from '../core/files/file-tree.ts';
import { isTrainingGroup } from '../core/maps/layout.ts';
import { openMaps, type Maps } from '../core/maps/reader.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import { CapsuleError } from '../core/errors.ts';
import type { MapsSplit } from '../core/maps/split-reader.ts';
import type { Cohort } from './data/cohort.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import { ensembles, sayingOf, type SplitSaying } from './predicting/over-splits.ts';
import { Predictor, refuseOtherOutputs } from './predicting/predictor.ts';
import type { CapsSource } from './shared/caps-source.ts';
import type { JobContext } from './shared/context.ts';
import { defineGroup, openGroup } from './shared/group-cohort.ts';
import { sessionsOfGroup, type NewGroup } from './shared/groups.ts';
import { metricsOf, modelForGroup, modelOf } from './shared/model.ts';
import { asOnlyWriterOf } from './shared/one-writer.ts';

export interface PredictRequest extends CapsSource {
  readonly maps: WritableTree;
  readonly group: string;
  /** Defines the group; absent for one that the MAPS has. */
  readonly definition?: NewGroup;
  /** Removes all that is known of the group first; with a definition, it replaces the old one. */
  readonly overwrite?: boolean;
  /** All that there are when empty. */
  readonly selectionMetrics: readonly string[];
  /** Splits to use; all when empty. */
  readonly splits: readonly number[];
  readonly batchSize: number;
  /** Half precision, where the network and the device have it. */
  readonly amp?: boolean;
  /** False ignores the labels that a group has: predictions only. */
  readonly useLabels?: boolean;
  /** Column of the group's table that predictions are compared with; the training's when absent. */
  readonly label?: string;
  /** Of a reconstruction: writes each element, and what was made of it, as tensors or as NIfTI. */
  readonly saveTensor?: boolean;
  readonly saveNifti?: boolean;
  /** Of an autoencoder: writes the code of each element. */
  readonly saveLatent?: boolean;
  readonly unreadable: 'stop' | 'leave-out';
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
}

/** @throws CapsuleError MAPS_*, LEAKAGE_PARTICIPANTS, CONFIG_VALUE, those of volumes and of the device */
export async function* predict(request: PredictRequest, context: JobContext): Job<void> {
  yield* asOnlyWriterOf(request.maps, () => predictAlone(request, context));
}

async function* predictAlone(request: PredictRequest, context: JobContext): Job<void> {
  const { group, definition, overwrite = false, label } = request;
  let maps = await openMaps(request.maps);
  const model = modelForGroup(modelOf(maps), group);
  refuseOtherOutputs(request, model);
  const splits = chosenSplits(maps, request.splits);
  for (const split of splits) metricsOf(split, request.selectionMetrics);
  const writer = new MapsWriter(request.maps);
  let cohort: Cohort | undefined;
  if (definition !== undefined) {
    const made = { name: group, group: { ...definition, overwrite } };
    const of = { maps, tree: request.maps, model, ...made };
    ({ maps, cohort } = yield* defineGroup(of, request, context));
  } else if (overwrite) {
    await writer.removeResults(group);
  }
  const sayings: SplitSaying[] = [];
  for (const split of splits) {
    const known = await sessionsOfGroup(maps, model, group, split, label);
    const { sessions } = known;
    const labelled = known.labelled && request.useLabels !== false;
    if (known.stranger !== undefined && request.useLabels !== false) {
      yield { kind: 'log', message: known.stranger };
    }
    // Of any other group the volumes are the same in every split.
    if (cohort === undefined || isTrainingGroup(group)) {
      cohort = yield* openGroup(request, model, sessions, context);
    }
    const of = { request, context, maps, model, cohort, writer, split, sessions, labelled };
    const predictor = new Predictor(of);
    for (const metric of metricsOf(split, request.selectionMetrics)) {
      const results = yield* predictor.apply(metric);
      sayings.push(sayingOf(split.name, metric, results));
    }
  }
  // Training and validation sets differ between splits: someone's training is another's validation.
  if (isTrainingGroup(group)) return;
  for (const { metric, results } of ensembles(model.task, sayings, model.config.seed)) {
    await writer.writeEnsemble(metric, group, results);
  }
}

/** @throws CapsuleError MAPS_UNFINISHED without a whole split, MAPS_SPLIT for one that is not there or not whole */
export function chosenSplits(maps: Maps, numbers: readonly number[]): readonly MapsSplit[] {
  const whole = maps.wholeSplits();
  if (numbers.length === 0) return whole;
  return numbers.map((number) => {
    const split = whole.find(({ index }) => index === number);
    if (split !== undefined) return split;
    throw new CapsuleError('MAPS_SPLIT', {
      expected: `one of ${whole.map(({ name }) => name).join(', ')}`,
      found: `split-${number}`,
    });
  });
}
