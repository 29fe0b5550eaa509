/**
 * Many experiments as one file: a zip of MAPS zips, each of which opens alone, and a list of what they
 * are called. It is written as a stream. Taken in again, each MAPS is checked as if it came alone, and
 * one that is refused does not keep the others out.
 */
import * as v from 'valibot';
import { CapsuleError, toProblem, type Problem } from '../../core/errors.ts';
import type { FileTree, SourceFile } from '../../core/files/file-tree.ts';
import { memoryFile } from '../../core/files/memory-tree.ts';
import { needFile, readJson } from '../../core/files/read.ts';
import { zipStream } from '../../core/files/write-zip.ts';
import { openZip } from '../../core/files/zip-tree.ts';
import { fileNameOf, zipOfMaps } from './take-out.ts';
import type { ExportOptions, KeptRecord } from './shelf-api.ts';

/** Says that a zip is of many experiments. */
export const SHELF_JSON = 'capsule-experiments.json';
const MOST = 1000;
const NAME = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

const LIST = v.object({
  version: v.literal(1),
  experiments: v.pipe(
    v.array(
      v.object({
        file: NAME,
        ...{ name: NAME, cohort: v.string(), sample: v.boolean(), created: v.number() },
      }),
    ),
    v.maxLength(MOST),
  ),
});

export type ListedMaps = v.InferOutput<typeof LIST>['experiments'][number];

/** @param trees - the MAPS of each record, in their order */
export function shelfZip(
  records: readonly KeptRecord[],
  treeOf: (id: string) => Promise<FileTree>,
  options: ExportOptions,
  onFile: (experiment: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const list = records.map(({ id, name, cohort, sample, created }) => ({
    ...{ file: `${id}.zip`, name, cohort, sample, created },
  }));
  const text = `${JSON.stringify({ version: 1, experiments: list }, null, 2)}\n`;
  const stream = async (id: string, name: string) => zipOfMaps(await treeOf(id), name, options);
  const files = new Map<string, SourceFile>([
    [SHELF_JSON, memoryFile(SHELF_JSON, new TextEncoder().encode(text))],
    ...records.map(({ id, name }): [string, SourceFile] => {
      const path = `${id}.zip`;
      return [path, streamed(path, () => stream(id, fileNameOf(name)))];
    }),
  ]);
  const tree: FileTree = {
    name: 'experiments',
    async *paths() {
      yield* files.keys();
    },
    file: async (path) => files.get(path),
  };
  // The list is first in the order of names.
  return zipStream(tree, { onProgress: ({ files: done }) => onFile(done - 1) });
}

/** A file that is made as it is read: nobody knows its size before. */
function streamed(
  path: string,
  stream: () => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
): SourceFile {
  return { path, stream, size: async () => NaN, bytes: async () => bytesOf(await stream()) };
}

const bytesOf = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  new Uint8Array(await new Response(stream).arrayBuffer());

/** @returns undefined for a zip or folder that is not of many experiments @throws ZIP_DAMAGED */
export async function listOf(tree: FileTree): Promise<readonly ListedMaps[] | undefined> {
  if ((await tree.file(SHELF_JSON)) === undefined) return undefined;
  const found = v.safeParse(LIST, await readJson(tree, SHELF_JSON));
  if (!found.success) {
    const [{ message }] = found.issues;
    throw new CapsuleError('ZIP_DAMAGED', { file: SHELF_JSON, found: message });
  }
  return found.output.experiments;
}

/**
 * @param takeIn - of one MAPS
 * @returns why some were refused
 */
export async function takeInAll(
  tree: FileTree,
  list: readonly ListedMaps[],
  takeIn: (maps: FileTree, listed: ListedMaps) => Promise<void>,
  onTaken: (done: number) => void,
): Promise<Problem[]> {
  const refused: Problem[] = [];
  for (const [index, listed] of list.entries()) {
    try {
      const file = await needFile(tree, listed.file);
      // A zip is read at its end first, which a file inside another zip does not allow.
      const blob = await new Response(await file.stream()).blob();
      await takeIn(await openZip(listed.file, blob), listed);
    } catch (thrown) {
      refused.push(toProblem(thrown, { file: listed.file }));
    }
    onTaken(index + 1);
  }
  return refused;
}
