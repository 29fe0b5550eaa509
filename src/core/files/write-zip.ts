/**
 * A tree as a zip stream: one file at a time, so that an archive of any size needs little memory.
 * zip64 where sizes ask for it. The same tree gives the same bytes: paths are sorted and the date is
 * an argument, written as given (zip stores a local time without its zone).
 */
import { ZipWriter } from '@zip.js/zip.js/lib/zip-core-native.js';
import type { FileTree } from './file-tree.ts';
import { safePath } from './paths.ts';
import { listPaths, needFile } from './read.ts';

export interface ZipProgress {
  readonly path: string;
  /** Files written, this one included. */
  readonly files: number;
  readonly fileCount: number;
}

export interface ZipOptions {
  /** What to write; all files of the tree by default. */
  readonly paths?: readonly string[];
  /** A folder that holds everything inside the archive, such as the name of the MAPS. */
  readonly folder?: string;
  /** Year, month 1 to 12, day; 1980-01-01 by default. */
  readonly date?: readonly [year: number, month: number, day: number];
  readonly onProgress?: (progress: ZipProgress) => void;
}

/** Already compressed, or weights that shrink by a few percent at most: stored as they are. */
const INCOMPRESSIBLE = /\.(gz|tar|pt|pth|zip|png|safetensors|onnx)$/i;

/** @returns the archive; it fails with the error of the file that could not be read. */
export function zipStream(
  tree: FileTree,
  options: ZipOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let fail: (error: unknown) => void = () => undefined;
  const pipe = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    start(controller) {
      fail = (error) => controller.error(error);
    },
  });
  writeAll(tree, pipe.writable, options).catch((error: unknown) => fail(error));
  return pipe.readable;
}

async function writeAll(
  tree: FileTree,
  writable: WritableStream<Uint8Array<ArrayBuffer>>,
  { paths, folder, date = [1980, 1, 1], onProgress }: ZipOptions,
): Promise<void> {
  const writer = new ZipWriter(writable, {
    useWebWorkers: false,
    bufferedWrite: false,
    extendedTimestamp: false,
    rawLastModDate: dosDate(date),
  });
  const all = paths === undefined ? await listPaths(tree) : [...paths];
  all.sort();
  const prefix = folder === undefined || folder === '' ? '' : `${safePath(folder)}/`;
  let files = 0;
  for (const path of all) {
    const file = await needFile(tree, path);
    const size = await file.size();
    await writer.add(prefix + safePath(path), await file.stream(), {
      level: INCOMPRESSIBLE.test(path) ? 0 : 6,
      // Told the size in advance, zip.js writes zip64 for large files only. A file that is made as it
      // is read has none.
      ...(Number.isNaN(size) ? {} : { uncompressedSize: size }),
    });
    onProgress?.({ path, files: ++files, fileCount: all.length });
  }
  await writer.close();
}

/** MS-DOS date in the upper 16 bits, midnight in the lower. */
function dosDate([year, month, day]: readonly [number, number, number]): number {
  return (((year - 1980) << 25) | (month << 21) | (day << 16)) >>> 0;
}
