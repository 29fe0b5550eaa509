/**
 * `capsule quality-check`: which scans look as they should. ClinicaDL's commands, tables and thresholds;
 * the masks that it downloads are replaced by ones made here, or given as files. t1-linear is scored by
 * likeness to a template: its networks are not there yet.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Preprocessing } from '../../src/core/caps/patterns.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import { needFile } from '../../src/core/files/read.ts';
import { readVolume } from '../../src/core/nifti/read.ts';
import { PET_THRESHOLD } from '../../src/core/quality/pet-linear.ts';
import { LINEAR_THRESHOLD } from '../../src/core/quality/linear-score.ts';
import { findingsTable, scoreTable } from '../../src/core/quality/tables.ts';
import type { Template } from '../../src/core/quality/template.ts';
import { readNamedTable } from '../../src/core/tsv/read-table.ts';
import { sessionsOf, type SessionKey } from '../../src/core/tsv/sessions.ts';
import type { Volume } from '../../src/core/volume.ts';
import type { Job } from '../../src/jobs/events.ts';
import { checkPet } from '../../src/jobs/quality-pet.ts';
import { checkT1Volume } from '../../src/jobs/quality-t1-volume.ts';
import { checkQuality, readTemplates } from '../../src/jobs/quality.ts';
import type { PlainContext } from '../../src/jobs/shared/context.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { packageRoot } from '../package-root.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { countingNumber } from '../terminal/numbers.ts';
import { follow } from '../terminal/progress.ts';
import { tableAt } from './table-path.ts';

interface Options {
  readonly participants_tsv?: string;
  readonly threshold: number;
  readonly network?: string;
  readonly custom_suffix?: string;
  readonly findings?: string;
  readonly use_uncropped_image?: boolean;
  readonly mask?: string;
}

const UNUSED = 'accepted, without effect';

export function addQualityCheck(program: Command): void {
  const group = program
    .command('quality-check')
    .description('which scans look as they should, and what is wrong with the others');
  group
    .command('t1-linear')
    .description('score t1-linear volumes by their likeness to a template in MNI space')
    .argument('<CAPS_DIRECTORY>', 'folder (or zip) with subjects/sub-*/ses-*')
    .argument('<OUTPUT_TSV>', 'table of scores, ending with .tsv')
    .option('--participants_tsv <file>', 'sessions to check (default: all)')
    .option('--threshold <score>', 'scores above it pass, 0 to 1', share, LINEAR_THRESHOLD)
    .addOption(
      new Option('--network <name>', 'a network that scores: not there yet').choices([
        ...['darq', 'deep_qc', 'sq101'],
      ]),
    )
    .option('--custom_suffix <suffix>', 'check volumes of this suffix instead, in MNI space')
    .option('--findings <tsv>', 'write what is wrong with each scan as well')
    .option('--batch_size <count>', UNUSED, countingNumber, 8)
    .option('--n_proc <count>', `${UNUSED} [-np]`, countingNumber)
    .option('--gpu', UNUSED)
    .option('--no-gpu', UNUSED)
    .option('--amp', UNUSED)
    .option('--no-amp', UNUSED)
    .option('--use_tensor', 'read tensors: not there yet')
    .action(checkLinear);
  group
    .command('t1-volume')
    .description('check grey matter maps of t1-volume against the template of their group')
    .argument('<CAPS_DIRECTORY>', 'folder (or zip) with subjects and groups')
    .argument('<OUTPUT_DIRECTORY>', 'folder for QC_metrics.tsv and pass_step-1.tsv to -3.tsv')
    .argument('<GROUP_LABEL>', 'as in groups/group-<label>')
    .option('--mask <file>', 'mask of the eyes (.nii.gz); two ellipsoids when absent')
    .action(checkVolume);
  group
    .command('pet-linear')
    .description('score pet-linear images by the uptake in a rim around the brain')
    .argument('<CAPS_DIRECTORY>', 'folder (or zip) with subjects/sub-*/ses-*')
    .argument('<OUTPUT_TSV>', 'table of scores; must not exist')
    .argument('<TRACER>', 'such as 18FFDG')
    .argument('<SUVR_REFERENCE_REGION>', 'such as pons2')
    .option('--use_uncropped_image', 'take the uncropped images [-uui]')
    .option('--participants_tsv <file>', 'sessions to check (default: all)')
    .option('--threshold <score>', 'scores above it pass, 0 to 1', share, PET_THRESHOLD)
    .option('--mask <file>', 'rim around the brain (.nii.gz); made from a template when absent')
    .option('--n_proc <count>', `${UNUSED} [-np]`, countingNumber)
    .action(checkRims);
}

async function checkLinear(
  path: string,
  output: string,
  options: Options & { readonly use_tensor?: boolean },
) {
  refuseNotTsv(output);
  if (options.network !== undefined) {
    const found = `--network ${options.network}`;
    throw new CapsuleError('QUALITY_NO_WEIGHTS', { expected: 'no --network', found });
  }
  if (options.use_tensor === true) {
    throw new CapsuleError('QUALITY_NO_WEIGHTS', {
      ...{ expected: 'NIfTI volumes', found: '--use_tensor' },
      action: 'Leave --use_tensor out: volumes are read from their NIfTI files.',
    });
  }
  const suffix = options.custom_suffix;
  const preprocessings: Preprocessing[] =
    suffix === undefined
      ? [true, false].map((uncropped) => ({ pipeline: 't1-linear', uncropped }))
      : [{ pipeline: 'custom', suffix }];
  const request = {
    ...{ caps: await openPath(path), preprocessings, templates: await templates() },
    sessions: await sessionsIn(options.participants_tsv),
  };
  const rows = await running((context) => checkQuality(request, context));
  if (rows.length === 0) {
    const expected = suffix === undefined ? 'volumes of t1-linear' : `volumes *${suffix}`;
    throw new CapsuleError('CAPS_NO_VOLUME', { file: path, expected, found: 'none' });
  }
  const scored = rows.map((row) => ({ ...row, score: row.score ?? NaN }));
  await write(output, scoreTable(scored, options.threshold, 'down'));
  if (options.findings !== undefined) await write(options.findings, findingsTable(rows));
  const codes = new Map<string, number>();
  for (const { code } of rows.flatMap(({ findings }) => findings)) {
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  for (const [code, count] of codes) process.stdout.write(`${code}: ${count}\n`);
  told(output, scored, options.threshold);
}

async function checkVolume(path: string, output: string, label: string, { mask }: Options) {
  const caps = await openPath(path);
  const eyes = mask === undefined ? undefined : await volumeAt(mask);
  const request = { caps, group: label, output: new DiskTree(output), eyes };
  const rows = await running((context) => checkT1Volume(request, context));
  const place = join(output, 'QC_metrics.tsv');
  process.stdout.write(`${place}: ${rows.length} maps\n`);
}

async function checkRims(
  path: string,
  output: string,
  tracer: string,
  region: string,
  options: Options,
) {
  refuseNotTsv(output);
  if (existsSync(output)) {
    const action = 'Name a file that does not exist yet.';
    throw new CapsuleError('FILE_UNWRITABLE', { file: output, found: 'a file', action });
  }
  const [brain] = await templates();
  const rim = options.mask === undefined ? brain : await volumeAt(options.mask);
  if (rim === undefined) throw new CapsuleError('FILE_NOT_FOUND', { file: 'template' });
  const uncropped = options.use_uncropped_image === true;
  const request = {
    ...{ caps: await openPath(path), rim, sessions: await sessionsIn(options.participants_tsv) },
    preprocessing: { pipeline: 'pet-linear' as const, uncropped, tracer, region },
  };
  const scored = await running((context) => checkPet(request, context));
  await write(output, scoreTable(scored, options.threshold, 'up'));
  told(output, scored, options.threshold);
}

async function running<Result>(start: (context: PlainContext) => Job<Result>): Promise<Result> {
  const interrupt = onInterrupt();
  try {
    return await follow(start({ clock: systemClock, signal: interrupt.signal }));
  } finally {
    interrupt.end();
  }
}

async function templates(): Promise<readonly Template[]> {
  const read = async (path: string) =>
    new Uint8Array(await readFile(join(packageRoot(), 'public', path)));
  return readTemplates(
    await read('sample/colin27-3mm.nii.gz'),
    await read('quality/colin27-head-3mm.nii.gz'),
  );
}

async function volumeAt(path: string): Promise<Volume> {
  const file = await needFile(new DiskTree(dirname(path)), basename(path));
  return (await readVolume(file, {}, { leadingOne: true })).volume;
}

async function sessionsIn(path: string | undefined): Promise<SessionKey[] | undefined> {
  if (path === undefined) return undefined;
  const { tree, path: name } = tableAt(path);
  const { table, file } = await readNamedTable(tree, name, path);
  return sessionsOf(table, { file });
}

function refuseNotTsv(path: string): void {
  if (path.endsWith('.tsv')) return;
  throw new CapsuleError('FILE_UNWRITABLE', {
    ...{ file: path, expected: 'a name that ends with .tsv', found: basename(path) },
    action: 'Add .tsv to the name of the output.',
  });
}

async function write(path: string, text: string): Promise<void> {
  await new DiskTree(dirname(path)).write(basename(path), text);
}

function told(output: string, scored: readonly { readonly score: number }[], threshold: number) {
  const passed = scored.filter(({ score }) => score > threshold).length;
  process.stdout.write(`${output}: ${passed} of ${scored.length} pass\n`);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It has to be a number from 0 to 1.');
}
