/**
 * What leaves the page of the model that is open: its MAPS, its weights in three formats, its card, its
 * settings and its tables; and what is inside it, told before anything leaves. Everything is made here
 * and goes nowhere but into a file that its owner saves.
 */
import { toToml } from '../../core/config/toml.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../../core/files/read.ts';
import { zipStream } from '../../core/files/write-zip.ts';
import { kindsOf } from '../../core/maps/file-kinds.ts';
import { interpretationsIn } from '../../core/maps/kept-maps.ts';
import { isTrainingGroup, modelPath } from '../../core/maps/layout.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import { pathsWithoutParticipants } from '../../core/maps/without-participants.ts';
import { forSpreadsheets } from '../../core/tsv/spreadsheet.ts';
import type { Clock } from '../../core/clock.ts';
import type { Job } from '../events.ts';
import { exportModelCard } from '../export/card.ts';
import { chooseModel, type ExportRequest } from '../export/chosen-model.ts';
import { exportOnnx, exportSafetensors } from '../export/weights.ts';
import type { OnEvent } from '../session-api.ts';
import type { JobContext, PlainContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { ExportOptions, FileRequest, MapsContents, SavedFile } from './shelf-api.ts';

const TYPES = {
  text: 'text/plain;charset=utf-8',
  zip: 'application/zip',
  binary: 'application/octet-stream',
} as const;

/** @param name - that its owner gave the MAPS @returns a name for files on any system */
export function fileNameOf(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return safe.slice(0, 80) || 'maps';
}

export async function contentsOf(tree: FileTree, name: string): Promise<MapsContents> {
  const maps = await openMaps(tree);
  const paths = await listPaths(tree);
  const impersonal = new Set(await pathsWithoutParticipants(tree, paths));
  const files: { path: string; bytes: number }[] = [];
  for (const path of paths) files.push({ path, bytes: await (await needFile(tree, path)).size() });
  const sum = (some: typeof files) => some.reduce((total, { bytes }) => total + bytes, 0);
  return {
    name,
    kinds: kindsOf(files, (path) => !impersonal.has(path)),
    groups: await groupsOf(maps),
    interpretations: interpretationsIn(paths),
    namesParticipants: impersonal.size < paths.length,
    bytes: {
      all: sum(files),
      withoutParticipants: sum(files.filter(({ path }) => impersonal.has(path))),
    },
  };
}

async function groupsOf(maps: Maps): Promise<MapsContents['groups']> {
  const groups: { name: string; participants?: number; sessions?: number }[] = [];
  for (const name of maps.groups) {
    const split = isTrainingGroup(name) ? maps.splits[0] : undefined;
    // Groups of a target cohort may be defined for one split alone: then only the name is told.
    const rows = await maps.group(name, split).then(
      (table) => table.rows,
      () => undefined,
    );
    const people = rows && new Set(rows.map(({ participant }) => participant)).size;
    groups.push(
      rows === undefined || people === undefined
        ? { name }
        : { name, participants: people, sessions: rows.length },
    );
  }
  return groups;
}

/** A MAPS as a zip, by default without what tells of single people. */
export async function zipOfMaps(
  tree: FileTree,
  name: string,
  { withParticipants = false }: ExportOptions,
  onFile?: (files: number, fileCount: number) => void,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const all = await listPaths(tree);
  const paths = withParticipants ? all : await pathsWithoutParticipants(tree, all);
  return zipStream(tree, {
    ...{ paths, folder: fileNameOf(name) },
    onProgress: ({ files, fileCount }) => onFile?.(files, fileCount),
  });
}

export async function savedMaps(
  tree: FileTree,
  name: string,
  options: ExportOptions,
  { clock, onEvent }: { readonly clock: Clock; readonly onEvent: OnEvent },
): Promise<SavedFile> {
  let meter: ProgressMeter | undefined;
  const zip = await zipOfMaps(tree, name, options, (files, count) => {
    meter ??= new ProgressMeter(clock, 'files', count);
    onEvent(meter.event('Packing the MAPS', files));
  });
  return { name: `${fileNameOf(name)}.zip`, blob: await blobOf(zip, TYPES.zip) };
}

type OnnxRequest = Extract<FileRequest, { kind: 'onnx' }>;
type PlainRequest = Exclude<FileRequest, OnnxRequest>;

/**
 * Makes one file, or a zip where there are several. It needs no device, and runs beside other jobs.
 * @throws CapsuleError of `chooseModel`, FILE_NOT_FOUND
 */
export async function* takeOut(
  tree: FileTree,
  name: string,
  request: PlainRequest,
  context: Pick<PlainContext, 'clock' | 'signal'>,
): Job<SavedFile> {
  const base = fileNameOf(name);
  switch (request.kind) {
    case 'toml': {
      const { config } = (await openMaps(tree)).parameters;
      return textFile(`${base}.toml`, toToml(config));
    }
    case 'tables':
      return tables(tree, base, request);
    case 'map': {
      // Only what is listed as a map: a path from elsewhere opens nothing else.
      const volumes = interpretationsIn(await listPaths(tree)).flatMap(({ volumes: all }) => all);
      const found = volumes.find(({ path }) => path === request.path);
      if (found === undefined) throw new CapsuleError('FILE_NOT_FOUND', { file: request.path });
      const file = await needFile(tree, found.path);
      const called = found.path.split('/').slice(-2).join('_');
      return { name: `${base}_${called}`, blob: await blobOf(await file.stream(), TYPES.binary) };
    }
    default:
      return yield* ofModel(tree, base, request, context);
  }
}

/** The graph with its test vector, which the network itself is asked for. */
export async function* takeOutOnnx(
  tree: FileTree,
  name: string,
  request: OnnxRequest,
  context: JobContext,
): Job<SavedFile> {
  const { asked, called } = await askedModel(tree, fileNameOf(name), request);
  const output = new MemoryTree(called);
  yield* exportOnnx(asked, output, context);
  return zipped(output, `${called}_onnx`);
}

async function askedModel(
  maps: FileTree,
  base: string,
  { split, metric }: Pick<OnnxRequest, 'split' | 'metric'>,
) {
  const asked: ExportRequest = { maps, split, metric };
  const chosen = await chooseModel(asked);
  return { asked, chosen, called: `${base}_${chosen.split.name}_best-${chosen.metric}` };
}

async function* ofModel(
  tree: FileTree,
  base: string,
  request: Extract<PlainRequest, { kind: 'card' | 'weights' | 'safetensors' }>,
  context: Pick<PlainContext, 'clock' | 'signal'>,
): Job<SavedFile> {
  const { asked, chosen, called } = await askedModel(tree, base, request);
  const { split, metric, networks } = chosen;
  const output = new MemoryTree(called);
  switch (request.kind) {
    case 'card':
      await exportModelCard(asked, output, context);
      return textFile(`${called}_model-card.md`, await readText(output, 'model-card.md'));
    case 'weights': {
      const files = networks.map(({ number }) => modelPath(split.name, metric, number));
      const [first = ''] = files;
      if (files.length > 1) return zipped(tree, called, files);
      const stream = await (await needFile(tree, first)).stream();
      return { name: `${called}_model.pth.tar`, blob: await blobOf(stream, TYPES.binary) };
    }
    case 'safetensors':
      yield* exportSafetensors(asked, output, context);
      return zipped(output, `${called}_safetensors`);
  }
}

async function tables(
  tree: FileTree,
  base: string,
  options: Extract<FileRequest, { kind: 'tables' }>,
): Promise<SavedFile> {
  const all = await listPaths(tree);
  const allowed = options.withParticipants ? all : await pathsWithoutParticipants(tree, all);
  const output = new MemoryTree(base);
  const isAsked = (path: string) =>
    options.group === undefined || path.split('/').includes(options.group);
  for (const path of allowed.filter((one) => one.endsWith('.tsv') && isAsked(one))) {
    const text = await readText(tree, path);
    await output.write(path, options.forSpreadsheets ? forSpreadsheets(text, path) : text);
  }
  return zipped(output, `${base}_tables`);
}

async function zipped(tree: FileTree, folder: string, paths?: string[]): Promise<SavedFile> {
  const zip = zipStream(tree, { folder, ...(paths && { paths }) });
  return { name: `${folder}.zip`, blob: await blobOf(zip, TYPES.zip) };
}

const textFile = (name: string, text: string): SavedFile => ({
  name,
  blob: new Blob([text], { type: TYPES.text }),
});

async function blobOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  type: string,
): Promise<Blob> {
  return new Response(stream, { headers: { 'content-type': type } }).blob();
}
