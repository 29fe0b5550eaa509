/**
 * Trainings of the page that were interrupted: cancelled, or the tab was closed or killed. The MAPS is
 * on the shelf with its checkpoints; what else is needed to finish it is kept beside, until it is done.
 */
import * as v from 'valibot';
import { readJson } from '../../core/files/read.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { splitName } from '../../core/maps/layout.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import { MapsWriter } from '../../core/maps/writer.ts';
import { cohortMistakeOf, MISTAKES, type MistakeNote } from '../../core/sample/mistakes.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import type { InterruptedTraining } from '../session-api.ts';
import type { Job } from '../events.ts';
import { lockIfFree } from '../shared/one-writer.ts';
import { readPlace, type ResumePoint } from '../training/resume-point.ts';
import { numberOf, RUNS, SHELF } from './maps-shelf.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { SessionPlatform } from './platform.ts';

const FILE = 'run.json';

const RECORD = v.object({
  ...{ cohort: v.string(), isSample: v.boolean() },
  preprocessing: v.string(),
  splits: v.array(v.number()),
  test: v.array(v.object({ participant: v.string(), session: v.string(), label: v.string() })),
  leakage: v.string(),
  iKnow: v.boolean(),
  lesson: v.optional(v.object({ mistake: v.picklist(MISTAKES), isPutRight: v.boolean() })),
});

/** What a training needs besides its MAPS. */
export interface RunRecord {
  /** Name of the folder that was open. */
  readonly cohort: string;
  readonly isSample: boolean;
  readonly preprocessing: string;
  /** Splits that are trained; all when empty. */
  readonly splits: readonly number[];
  /** Who is predicted at the end. */
  readonly test: readonly {
    readonly participant: string;
    readonly session: string;
    readonly label: string;
  }[];
  /** Text of leakage.json. */
  readonly leakage: string;
  readonly iKnow: boolean;
  /** Of a training on a deliberate mistake. */
  readonly lesson?: MistakeNote | undefined;
}

export interface InterruptedRun {
  readonly tree: WritableTree;
  readonly maps: Maps;
  readonly record: RunRecord;
}

/** @param name - of the MAPS on the shelf */
export async function keepRecord(platform: SessionPlatform, name: string, record: RunRecord) {
  // In this order: another tab makes the MAPS before its record.
  const records = await platform.workspaceFolders(RUNS);
  const shelf = await platform.workspaceFolders(SHELF);
  for (const other of records) {
    if (!shelf.includes(other)) await forgetRecord(platform, other);
  }
  const tree = await platform.workspace(`${RUNS}/${name}`);
  await tree.write(FILE, JSON.stringify(record));
}

export async function forgetRecord(platform: SessionPlatform, name: string): Promise<void> {
  await platform.removeWorkspace(`${RUNS}/${name}`);
}

/**
 * @param inUse - whether one that another tab writes into at the moment counts: it goes on there
 * @returns the last one; one that cannot be read is none
 */
export async function findInterrupted(
  platform: SessionPlatform,
  inUse = false,
): Promise<InterruptedRun | undefined> {
  const names = await platform.workspaceFolders(RUNS);
  const shelf = new Set(await platform.workspaceFolders(SHELF));
  const inOrder = names.filter((name) => shelf.has(name)).sort((a, b) => numberOf(a) - numberOf(b));
  for (const name of inOrder.reverse()) {
    const run = await runOf(platform, name, inUse);
    if (run !== undefined) return run;
  }
  return undefined;
}

/** Names on the shelf of all trainings that are not at their end. */
export async function interruptedNames(platform: SessionPlatform): Promise<readonly string[]> {
  return platform.workspaceFolders(RUNS);
}

/** As `findInterrupted`, of one of them. */
export async function runOf(
  platform: SessionPlatform,
  name: string,
  inUse = false,
): Promise<InterruptedRun | undefined> {
  const tree = await platform.workspace(`${SHELF}/${name}`);
  const record = await readRecord(await platform.workspace(`${RUNS}/${name}`));
  const maps = await openMaps(tree).catch(() => undefined);
  if (record === undefined || maps === undefined) return undefined;
  const release = await lockIfFree(tree);
  if (release === undefined && !inUse) return undefined;
  await release?.();
  return { tree, maps, record };
}

/** @param cohort - that is open */
export async function describeInterrupted(
  { tree, maps, record }: InterruptedRun,
  cohort: OpenedCohort | undefined,
): Promise<InterruptedTraining> {
  const { config } = maps.parameters;
  const index = unfinishedSplits(maps, record)[0];
  const seen = await maps.trainValidation();
  const known = new Set(cohort?.rows().map(sessionName));
  const isSame =
    record.cohort === cohort?.caps.name &&
    record.isSample === cohort.isSample &&
    cohortMistakeOf(record.lesson) === cohort.mistake;
  const point = index === undefined ? undefined : await pointOf(tree, index);
  return {
    ...{ cohort: record.cohort, isSample: record.isSample },
    fits: isSame && seen.every((key) => known.has(sessionName(key))),
    ...{ architecture: config.architecture, label: config.label ?? '', epochs: config.epochs },
    ...(index === undefined ? {} : { split: index }),
    ...{ epoch: point?.epoch ?? 0, batches: point?.batches ?? 0 },
    ...{ batchesPerEpoch: await batchesOf(maps, index), splits: [...trainedSplits(maps, record)] },
  };
}

/** What was told of the splits before the interruption, told again. */
export async function* retold({ tree, maps, record }: InterruptedRun): Job<void> {
  for (const split of maps.splits) {
    if (!trainedSplits(maps, record).includes(split.index)) continue;
    const [log, validation] = await Promise.all([
      split.trainingLog().catch(() => ({ rows: [] })),
      setSize(maps, split.index, 'validation'),
    ]);
    const train = await setSize(maps, split.index, 'train');
    const { batch_size: size } = maps.parameters.config;
    const point = split.whole ? undefined : await pointOf(tree, split.index);
    for (const row of log.rows.slice(0, split.whole ? undefined : (point?.rows ?? 0))) {
      const figures = (metrics: typeof row.train, count: number) => {
        const loss = Number(metrics.get('loss') ?? NaN);
        const numbers = [...metrics].map(([name, value]) => [name, Number(value)] as const);
        return {
          loss,
          meanLoss: loss / Math.ceil(count / size),
          metrics: Object.fromEntries(numbers),
        };
      };
      yield {
        ...{ kind: 'evaluation', split: split.index, epoch: row.epoch, iteration: row.iteration },
        ...{ seconds: row.time, train: figures(row.train, train) },
        validation: figures(row.validation, validation),
      };
    }
  }
}

export function unfinishedSplits(maps: Maps, record: RunRecord): number[] {
  const whole = new Set(maps.splits.filter((split) => split.whole).map(({ index }) => index));
  return trainedSplits(maps, record).filter((index) => !whole.has(index));
}

function trainedSplits(maps: Maps, { splits }: RunRecord): readonly number[] {
  return maps.plannedSplits.filter((index) => splits.length === 0 || splits.includes(index));
}

async function batchesOf(maps: Maps, index: number | undefined): Promise<number> {
  const sizes = await setSize(maps, index ?? 0, 'train').catch(() => 0);
  return Math.ceil(sizes / maps.parameters.config.batch_size);
}

async function setSize(maps: Maps, index: number, set: 'train' | 'validation'): Promise<number> {
  return (await maps.group(set, { name: splitName(index) })).rows.length;
}

async function pointOf(tree: WritableTree, index: number): Promise<ResumePoint | undefined> {
  return readPlace(new MapsWriter(tree).split(index).slots());
}

async function readRecord(tree: FileTree): Promise<RunRecord | undefined> {
  const found = v.safeParse(RECORD, await readJson(tree, FILE).catch(() => undefined));
  return found.success ? found.output : undefined;
}
