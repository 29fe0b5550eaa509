/**
 * `generate`: sets with a known answer, from nothing or from the scans of a CAPS, and the answer
 * beside them (core/generate/ground-truth.ts). Scans are read, changed and written a few at a time;
 * `data.tsv` comes last, so that a set with a table is whole. The same request and seed give the same
 * bytes.
 */
import { pythonJson } from '../core/config/python-json.ts';
import { CapsuleError } from '../core/errors.ts';
import type { WritableTree } from '../core/files/file-tree.ts';
import { readJson } from '../core/files/read.ts';
import {
  GROUND_TRUTH,
  truthPath,
  truthTable,
  truthTablePath,
  type TruthRow,
} from '../core/generate/ground-truth.ts';
import {
  COMMAND_LINE,
  DATA_TSV,
  MISSING_MODS,
  missingMods,
  SESSIONS_LIST,
  sessionsTable,
  type GenerateKind,
} from '../core/generate/names.ts';
import { gzipBytes } from '../core/nifti/gunzip.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import { writeTable } from '../core/tsv/table.ts';
import type { Volume } from '../core/volume.ts';
import { throwIfCancelled } from '../engine/cancel.ts';
import { readAhead } from '../engine/data/read-ahead.ts';
import type { Job } from './events.ts';
import { planSheppLogan, type SheppLoganSet } from './generate/phantoms.ts';
import type { GenerationPlan, MadeScan } from './generate/plan.ts';
import {
  planArtifacts,
  planHypometabolic,
  planRandom,
  planTrivial,
  type ArtifactSet,
  type HypometabolicSet,
  type RandomSet,
  type TrivialSet,
} from './generate/scan-sets.ts';
import type { PlainContext } from './shared/context.ts';
import { ProgressMeter } from './shared/progress-meter.ts';

export type GeneratedSet = RandomSet | TrivialSet | SheppLoganSet | HypometabolicSet | ArtifactSet;

export interface GenerateRequest {
  readonly set: GeneratedSet;
  /** Where the set goes: a CAPS of its own. */
  readonly output: WritableTree;
  readonly seed: number;
  /** Whether masks and maps of what was changed are written beside the scans. */
  readonly groundTruth: boolean;
  /** Removes a set that was generated here before. */
  readonly overwrite: boolean;
  /** Scans in memory at once. */
  readonly atOnce: number;
  /** What `commandline.json` holds: arguments as the user gave them. */
  readonly commandLine: Readonly<Record<string, unknown>>;
}

export interface GenerateOutcome {
  readonly kind: GenerateKind;
  readonly scans: number;
}

/** All that a set consists of, at the root of its folder. */
const PARTS = [
  ...['subjects', MISSING_MODS, GROUND_TRUTH, 'tensor_extraction'],
  ...[DATA_TSV, SESSIONS_LIST, COMMAND_LINE],
];

/** @throws FOLDER_NOT_EMPTY, CONFIG_VALUE, CONFIG_MISSING, CAPS_*, those of volumes, CANCELLED */
export async function* generate(
  request: GenerateRequest,
  { clock, signal }: PlainContext,
): Job<GenerateOutcome> {
  const { output, set, overwrite, commandLine } = request;
  await refuseOthersFolder(output, overwrite);
  const plan = await planOf(request);
  if (overwrite) for (const part of PARTS) await output.remove(part);
  await output.write(COMMAND_LINE, `${pythonJson(commandLine, { indent: 4 })}\n`);
  const meter = new ProgressMeter(clock, 'scans', plan.count);
  yield meter.event('Generating', 0);
  const truths: TruthRow[] = [];
  const work = readAhead({
    ...{ count: plan.count, ahead: request.atOnce, signal },
    read: async (at, stopped) => {
      throwIfCancelled(stopped);
      return writeScan(request, await plan.make(at));
    },
  });
  for await (const truth of work) {
    throwIfCancelled(signal);
    truths.push(truth);
    yield meter.event('Generating', truths.length);
  }
  await writeTables(request, plan, truths);
  return { kind: set.kind, scans: plan.count };
}

/** One scan of a set, without writing anything: what a preview shows. */
export async function previewScan(
  request: Pick<GenerateRequest, 'set' | 'seed'>,
  at: number,
): Promise<MadeScan> {
  return (await planOf(request)).make(at);
}

async function planOf({
  set,
  seed,
}: Pick<GenerateRequest, 'set' | 'seed'>): Promise<GenerationPlan> {
  switch (set.kind) {
    case 'random':
      return planRandom(set, seed);
    case 'trivial':
      return planTrivial(set, seed);
    case 'shepplogan':
      return planSheppLogan(set, seed);
    case 'hypometabolic':
      return planHypometabolic(set);
    case 'artifacts':
      return planArtifacts(set, seed);
  }
}

/** Nothing is removed but a set that `generate` made here: its own record says so. */
async function refuseOthersFolder(output: WritableTree, overwrite: boolean): Promise<void> {
  const isOurs = await wasGenerated(output);
  if (overwrite && isOurs) return;
  for await (const path of output.paths()) {
    throw new CapsuleError('FOLDER_NOT_EMPTY', {
      file: output.name,
      expected: overwrite ? 'an empty folder, or a set that was generated' : 'an empty folder',
      found: path,
      action: isOurs
        ? 'Choose another folder, or replace the set with --overwrite.'
        : 'Choose a new or an empty folder.',
    });
  }
}

async function wasGenerated(output: WritableTree): Promise<boolean> {
  if ((await output.file(COMMAND_LINE)) === undefined) return false;
  const record = await readJson(output, COMMAND_LINE).catch(() => undefined);
  const command = (record as { command?: unknown } | null | undefined)?.command;
  return typeof command === 'string' && command.startsWith('generate ');
}

async function writeScan(
  { output, groundTruth }: GenerateRequest,
  scan: MadeScan,
): Promise<TruthRow> {
  const { participant, session, rest, volume, mask, change, tensor } = scan;
  await output.write(`${scan.stem}.nii.gz`, await packed(volume));
  if (tensor !== undefined) await output.write(tensor.path, tensor.bytes);
  const put = async (part: 'mask' | 'change', data: Volume['data'] | undefined) => {
    if (data === undefined || !groundTruth) return '';
    const path = truthPath({ participant, session }, rest, part);
    await output.write(`${GROUND_TRUTH}/${path}`, await packed({ ...volume, data }));
    return path;
  };
  return {
    ...{ participant, session },
    mask: await put('mask', mask === undefined ? undefined : Float32Array.from(mask)),
    change: await put('change', change),
  };
}

async function writeTables(
  { output, groundTruth }: GenerateRequest,
  plan: GenerationPlan,
  truths: readonly TruthRow[],
): Promise<void> {
  if (groundTruth) {
    if (plan.common !== undefined) {
      await output.write(`${GROUND_TRUTH}/source.nii.gz`, await packed(plan.common));
    }
    await output.write(truthTablePath, truthTable(truths));
  }
  for (const [path, text] of plan.others ?? []) await output.write(path, text);
  if (plan.listed !== undefined) {
    await output.write(SESSIONS_LIST, writeTable(sessionsTable(plan.listed)));
  }
  for (const [path, text] of missingMods(plan.sessions)) await output.write(path, text);
  await output.write(DATA_TSV, writeTable(plan.table));
}

async function packed(volume: Volume): Promise<Uint8Array<ArrayBuffer>> {
  return gzipBytes(niftiBytes(volume));
}
