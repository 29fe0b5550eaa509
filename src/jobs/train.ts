/**
 * `capsule train classification`: tables and a CAPS in, a MAPS out. Everything that can be wrong is
 * looked at before the MAPS is created; then the splits are trained one after the other.
 */
import { SINGLE } from '../core/caps/cohorts.ts';
import { extractionRecord, type Extraction } from '../core/caps/extraction.ts';
import { mapsJson, toMapsParameters } from '../core/config/maps-parameters.ts';
import type { Config } from '../core/config/schema.ts';
import { refuseUnsupported } from '../core/config/support.ts';
import { CapsuleError, type Problem } from '../core/errors.ts';
import type { FileTree, WritableTree } from '../core/files/file-tree.ts';
import { needFile } from '../core/files/read.ts';
import { modelPath, splitName } from '../core/maps/layout.ts';
import { openMaps, type Maps } from '../core/maps/reader.ts';
import type { GroupDefinition } from '../core/maps/writer.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import type { LabelledSession } from '../core/split/cohort-table.ts';
import { classNames, type LabelCode } from '../core/split/label-code.ts';
import type { Split } from '../core/split/read-split.ts';
import { readCheckpoint } from '../core/torch/checkpoint.ts';
import type { SessionKey } from '../core/tsv/sessions.ts';
import { estimateMemory, planMemory } from '../engine/memory.ts';
import { describeNetwork } from '../engine/networks/describe.ts';
import type { NetworkPlan } from '../engine/networks/network.ts';
import { findNetwork, planNetwork } from '../engine/networks/registry.ts';
import { auditTraining } from './audit/audit-training.ts';
import { openCohort, type CodedSession, type Cohort } from './data/cohort.ts';
import type { VolumeStore } from './data/volume-store.ts';
import type { Job } from './events.ts';
import { capsFolders, capsOf, type CapsSource } from './shared/caps-source.ts';
import type { JobContext } from './shared/context.ts';
import { informationDate } from './shared/dates.ts';
import { environmentText } from './shared/environment.ts';
import { memoryInWords } from './shared/memory-in-words.ts';
import { readSets, seenInTables, type SetsPlace } from './training/read-sets.ts';
import { partsOf } from './training/recovery.ts';
import { BestModels } from './training/selection.ts';
import { trainSplit } from './training/train-split.ts';

export interface TrainRequest extends CapsSource {
  readonly config: Config;
  readonly extraction: Extraction;
  /** A tree that holds the folder of the sets, and its parent where that is within reach. */
  readonly tables: FileTree;
  /** The sets' folder in that tree, '' for the tree itself. */
  readonly tablesFolder: string;
  /** Instead of these two: where the sets of each cohort are, when there are several. */
  readonly places?: readonly SetsPlace[];
  /** As the user named it: the folder of the sets, or the table of cohorts. */
  readonly tsvDirectory: string;
  readonly maps: WritableTree;
  readonly mapsDirectory: string;
  /** MAPS whose weights are the start (`transfer_path`). */
  readonly transfer?: FileTree;
  readonly unreadable: 'stop' | 'leave-out';
  /** Trains in spite of leakage; the MAPS then says so for ever. */
  readonly iKnow?: boolean;
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
  /** What Capsule runs in, for environment.txt. */
  readonly runtime: string;
  /** How memory is saved; chosen by the estimate when absent. */
  readonly memory?: MemoryChoice;
}

export interface MemoryChoice {
  /** Elements that go through the network at once. */
  readonly microBatchSize?: number;
  /** Whether convolutions are made again for the gradients instead of kept. */
  readonly checkpointed?: boolean;
}

export interface TrainOutcome {
  /** By split: epoch (0-based) that each selection metric chose. */
  readonly bestEpochs: ReadonlyMap<number, Record<string, number>>;
  /** Sessions that were left out, and why. */
  readonly leftOut: readonly Problem[];
}

/** @throws CapsuleError of configuration, tables, CAPS, network, device; CANCELLED */
export async function* train(request: TrainRequest, context: JobContext): Job<TrainOutcome> {
  const experiment = yield* prepare(request, context);
  const { config, cohort, plan, code, splits } = experiment;
  const memory = memoryOf(request.memory, experiment, context);
  yield { kind: 'log', message: memoryInWords(memory.estimate) };
  if (memory.microBatchSize < config.batch_size) {
    yield { kind: 'problem', problem: partsOf(memory.microBatchSize, config.batch_size) };
  }
  const writer = await createMaps(request, context, experiment, memory);
  const problems: Problem[] = [];
  const bestEpochs = new Map<number, Record<string, number>>();
  for (const [index, split] of splits) {
    const elements = (sessions: readonly LabelledSession[]) =>
      cohort.elements(coded(sessions, code), config.normalize, (problem) => problems.push(problem));
    const best = yield* trainSplit(
      {
        ...{ index, config, plan, problems, classes: classNames(code).length },
        ...{ train: elements(split.train), validation: elements(split.validation) },
        ...{ writer: writer.split(index), caps: capsFolders(request), memory },
        readBest: (metric) => readModel(request.maps, modelPath(splitName(index), metric)),
        ...(await startOf(experiment.source, index, config)),
      },
      context,
    );
    bestEpochs.set(index, best);
  }
  return { bestEpochs, leftOut: [...cohort.faults.values()] };
}

/** What the run needs, and how much of a batch goes through the network at once. */
function memoryOf(
  { microBatchSize, checkpointed = false }: MemoryChoice = {},
  { config, plan }: Experiment,
  { device }: JobContext,
) {
  const { amp, batch_size, accumulation_steps, optimizer } = config;
  const asked = {
    ...{
      device: device.report,
      optimizer,
      checkpointed,
      precision: amp ? ('half' as const) : ('f32' as const),
    },
    accumulates: accumulation_steps > 1,
  };
  const chosen = Math.min(batch_size, microBatchSize ?? batch_size);
  const estimate =
    microBatchSize === undefined
      ? planMemory(plan, { ...asked, batchSize: batch_size })
      : estimateMemory(plan, {
          ...{ ...asked, batchSize: chosen },
          accumulates: asked.accumulates || chosen < batch_size,
        });
  return { microBatchSize: estimate.microBatchSize, checkpointed, estimate };
}

interface Experiment {
  readonly config: Config;
  readonly cohort: Cohort;
  readonly plan: NetworkPlan;
  readonly code: LabelCode;
  readonly label: string;
  /** Every split of the folder; groups are defined for all of them. */
  readonly all: ReadonlyMap<number, Split>;
  /** Splits to train, without the sessions that cannot be used. */
  readonly splits: ReadonlyMap<number, Split>;
  /** Everyone whom the models will have seen. */
  readonly seen: readonly SessionKey[];
  readonly source: Maps | undefined;
  /** Text of leakage.json. */
  readonly leakage: string;
}

async function* prepare(request: TrainRequest, context: JobContext): Job<Experiment> {
  const { config, extraction, tables, tablesFolder } = request;
  findNetwork(config.architecture);
  refuseUnsupported(config);
  await MapsWriter.refuseNotEmpty(request.maps);
  // Says now, not after the first epoch, that a metric cannot select.
  new BestModels(config.selection_metrics);
  const places = request.places ?? [{ tables, tablesFolder }];
  const { label, code, all, chosen, sessions } = await readSets(config, places);
  const source = request.transfer === undefined ? undefined : await openMaps(request.transfer);
  const audited = await auditTraining({
    ...{ splits: all, label, diagnoses: config.diagnoses, tables, folder: tablesFolder, source },
    ...(request.places === undefined ? {} : { cohorts: request.places }),
    isKnown: request.iKnow === true,
  });
  for (const message of audited.messages) yield { kind: 'log', message };
  if (audited.problem !== undefined) yield { kind: 'problem', problem: audited.problem };
  const { unreadable, store } = request;
  const volumes = { ...capsOf(request), extraction, sessions, unreadable, store };
  const cohort = yield* openCohort(volumes, context);
  const splits = new Map(
    [...chosen].map(([index, split]) => [index, usable(split, index, cohort)]),
  );
  const classes = classNames(code).length;
  const plan = planNetwork(config.architecture, cohort.inputSize, classes, config.dropout);
  const nested = await seenInTables(places, [...all.values()]);
  const seen = [...nested, ...sessions, ...((await source?.trainValidation()) ?? [])];
  const resolved = { ...config, architecture: plan.name, label_code: code };
  const leakage = audited.record;
  return { config: resolved, cohort, plan, code, label, all, splits, seen, source, leakage };
}

/** @throws CapsuleError SPLIT_EMPTY when a set loses all its sessions */
function usable(split: Split, index: number, cohort: Cohort): Split {
  const keep = (sessions: readonly LabelledSession[], file: string) => {
    const kept = sessions.filter((session) => cohort.isUsable(session));
    if (kept.length > 0) return kept;
    throw new CapsuleError('SPLIT_EMPTY', {
      ...{ steps: [splitName(index)], file },
      found: `${sessions.length} sessions, none with a volume that can be used`,
    });
  };
  return {
    ...split,
    train: keep(split.train, split.files.train),
    validation: keep(split.validation, split.files.validation),
  };
}

async function createMaps(
  request: TrainRequest,
  { clock, device }: JobContext,
  { config, cohort, plan, code, label, all, splits, seen, leakage }: Experiment,
  memory: ReturnType<typeof memoryOf>,
): Promise<MapsWriter> {
  const parameters = toMapsParameters(config, {
    caps_directory: request.capsDirectory,
    tsv_path: request.tsvDirectory,
    preprocessing_dict: extractionRecord(request.extraction),
    num_networks: cohort.partsPerImage,
    output_size: classNames(code).length,
    input_size: cohort.inputSize,
  });
  const group = (sessions: readonly LabelledSession[]): GroupDefinition => ({
    rows: sessions.map((session) => ({ ...session, cohort: session.cohort ?? SINGLE })),
    label,
    capsDirectory: request.capsDirectory,
    multiCohort: request.cohorts !== undefined,
  });
  return MapsWriter.create(request.maps, {
    mapsJson: mapsJson(parameters, config.network_task),
    environment: environmentText(device.report, request.runtime, [
      ...(config.amp ? ['feature maps: 16-bit floats'] : []),
      ...(memory.checkpointed ? ['convolutions made again for the gradients'] : []),
      ...(memory.microBatchSize < config.batch_size
        ? [`batches of ${config.batch_size} in parts of ${memory.microBatchSize}`]
        : []),
    ]),
    date: informationDate(clock.now()),
    path: request.mapsDirectory,
    network: describeNetwork(plan),
    trainValidation: seen,
    leakage,
    splits: [...new Map([...all, ...splits])].map(([index, split]) => ({
      index,
      train: group(split.train),
      validation: group(split.validation),
    })),
  });
}

/** The source's weights of the same split, as ClinicaDL's transfer learning takes them. */
async function startOf(source: Maps | undefined, index: number, config: Config) {
  if (source === undefined) return {};
  const metric = config.transfer_selection_metric;
  const split = source.wholeSplits().find((candidate) => candidate.index === index);
  if (split === undefined) {
    throw new CapsuleError('MAPS_UNFINISHED', {
      ...{ file: source.name, steps: [splitName(index)] },
      expected: 'the same split in the MAPS that weights are taken from',
    });
  }
  const file = modelPath(split.name, metric);
  return { start: { checkpoint: await split.checkpoint(metric), file } };
}

async function readModel(maps: FileTree, path: string) {
  return readCheckpoint(await (await needFile(maps, path)).bytes(), path);
}

function coded(sessions: readonly LabelledSession[], code: LabelCode): CodedSession[] {
  return sessions.map((session) => ({ ...session, code: code[session.label] ?? -1 }));
}
