/**
 * `capsule train resume`: finishes the training of a MAPS that was interrupted. Splits that were saved
 * go on from there, splits that were not begun are trained, finished ones stay as they are. Sets,
 * options and network are those of the MAPS; only the volumes come from outside.
 */
import { SINGLE } from '../core/caps/cohorts.ts';
import { CapsuleError } from '../core/errors.ts';
import type { WritableTree } from '../core/files/file-tree.ts';
import { splitName } from '../core/maps/layout.ts';
import { openMaps, type Maps } from '../core/maps/reader.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import type { LabelledSession } from '../core/split/cohort-table.ts';
import type { Split } from '../core/split/read-split.ts';
import { openCohort } from './data/cohort.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import { capsOf, type CapsSource } from './shared/caps-source.ts';
import type { JobContext } from './shared/context.ts';
import { modelOf, refuseOtherShape } from './shared/model.ts';
import { chooseMemory, type MemoryChoice } from './training/experiment-memory.ts';
import { trainSplits, type TrainOutcome } from './training/train-splits.ts';
import { openTransfer, type Transfer } from './training/transfer.ts';

export interface ResumeRequest extends CapsSource {
  readonly maps: WritableTree;
  /** Splits to finish; all that are not when empty. */
  readonly splits: readonly number[];
  /** The MAPS, or the file, whose weights start the splits that were not begun, where the training has one. */
  readonly transfer?: Transfer;
  readonly store?: VolumeStore | undefined;
  readonly compat?: '1.6.1' | undefined;
  readonly checkpointSeconds?: number | undefined;
  readonly memory?: MemoryChoice;
}

/** @throws CapsuleError MAPS_*, SPLIT_MISSING, CONFIG_MISSING, those of volumes and the device; CANCELLED */
export async function* resume(request: ResumeRequest, context: JobContext): Job<TrainOutcome> {
  const maps = await openMaps(request.maps);
  const model = modelOf(maps);
  const { config, extraction, task, plan } = model;
  const wanted = unfinished(maps, request.splits);
  if (wanted.length === 0) {
    yield { kind: 'log', message: 'Every split is finished: there is nothing to go on with.' };
    return { bestEpochs: new Map(), leftOut: [] };
  }
  const source = await sourceOf(request, maps, wanted);
  const splits = new Map<number, Split>();
  for (const index of wanted) splits.set(index, await setsOf(maps, index));
  const sessions = [...splits.values()].flatMap(({ train, validation }) => [
    ...train,
    ...validation,
  ]);
  // Without one of its sessions it would be another training.
  const volumes = { ...capsOf(request), extraction, sessions, unreadable: 'stop' as const };
  const cohort = yield* openCohort({ ...volumes, store: request.store }, context);
  refuseOtherShape(model, cohort.inputSize);
  const memory = yield* chooseMemory(request.memory, model, context);
  const experiment = { config, cohort, task, plan, loss: task.loss(plan), splits, source };
  const writer = new MapsWriter(request.maps);
  return yield* trainSplits({ ...request, experiment, memory, writer, isResumed: true }, context);
}

/** @throws CapsuleError SPLIT_MISSING */
function unfinished(maps: Maps, asked: readonly number[]): number[] {
  const planned = maps.plannedSplits;
  const stranger = asked.find((index) => !planned.includes(index));
  if (stranger !== undefined) {
    throw new CapsuleError('SPLIT_MISSING', {
      file: maps.name,
      expected: planned.map(splitName).join(', '),
      found: splitName(stranger),
    });
  }
  const isWhole = (index: number) => {
    return maps.splits.some((split) => split.index === index && split.whole);
  };
  return planned.filter(
    (index) => (asked.length === 0 || asked.includes(index)) && !isWhole(index),
  );
}

/** @throws CapsuleError CONFIG_MISSING where a split that was not begun needs its weights */
async function sourceOf({ transfer }: ResumeRequest, maps: Maps, wanted: readonly number[]) {
  if (transfer !== undefined) return openTransfer(transfer);
  const { transfer_path: path } = maps.parameters.config;
  const begun = new Set(maps.splits.map(({ index }) => index));
  if (path === false || wanted.every((index) => begun.has(index))) return undefined;
  throw new CapsuleError('CONFIG_MISSING', {
    file: maps.name,
    expected: `the weights that its networks start from, "${path}"`,
  });
}

/** As they were when the MAPS was made. */
async function setsOf(maps: Maps, index: number): Promise<Split> {
  const name = splitName(index);
  const set = async (group: 'train' | 'validation') => {
    const { rows } = await maps.group(group, { name });
    return rows.map(({ participant, session, cohort, label }): LabelledSession => {
      const of = cohort === SINGLE ? {} : { cohort };
      return { participant, session, label: String(label ?? ''), ...of };
    });
  };
  const [train, validation] = await Promise.all([set('train'), set('validation')]);
  const file = (group: string) => `groups/${group}/${name}/data.tsv`;
  return { train, validation, files: { train: file('train'), validation: file('validation') } };
}
