/**
 * A zip archive as a tree, read where it lies: the central directory on opening, a file's bytes when
 * asked for. The archive may be hostile: names follow the grammar of `paths.ts`, sizes are bounded,
 * and what a file inflates to is counted, because declared sizes can lie. zip.js knows the format
 * (zip64 included); its own workers stay off, we are in one already and CSP forbids blob workers.
 * On zip bombs of overlapping entries: D. Fifield, A better zip bomb, WOOT 2019.
 */
import { Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-native.js';
import type { Entry, FileEntry } from '@zip.js/zip.js/lib/zip-core-native.js';
import { CapsuleError, type ProblemDetails } from '../errors.ts';
import { blobFile } from './blob-file.ts';
import { collectBytes, streamChunks } from './content.ts';
import type { FileTree, SourceFile } from './file-tree.ts';
import { isPassing } from './passing-files.ts';
import { folderPrefix, safePath } from './paths.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface ZipLimits {
  readonly entries: number;
  /** Bytes of all files together, inflated. */
  readonly totalBytes: number;
  /** Inflated over compressed bytes of the archive; checked from 16 MiB on, below nothing can hurt. */
  readonly ratio: number;
}

export const ZIP_LIMITS: ZipLimits = { entries: 50_000, totalBytes: 8 * 2 ** 30, ratio: 200 };

const RATIO_FLOOR = 16 * 2 ** 20;
const STORED = 0;
const DEFLATED = 8;

/**
 * Opens an archive and checks its directory.
 * @param name - what the user called it.
 * @throws ZIP_DAMAGED, or FILE_PATH_UNSAFE for a name that leaves its folder.
 */
export async function openZip(
  name: string,
  source: Blob | SourceFile,
  limits: ZipLimits = ZIP_LIMITS,
): Promise<FileTree> {
  const file = source instanceof Blob ? blobFile(name, () => source) : source;
  const size = await file.size();
  const reader = new ZipReader(new FileReader(file), {
    useWebWorkers: false,
    strictness: 'tolerant',
  });
  const entries = new Map<string, FileEntry>();
  try {
    let count = 0;
    let total = 0;
    for await (const entry of reader.getEntriesGenerator()) {
      if (++count > limits.entries) {
        throw damaged(name, { expected: `at most ${limits.entries} entries`, found: 'more' });
      }
      checkEntry(name, entry);
      if (entry.directory || isPassing(entry.filename)) continue;
      if (entries.has(entry.filename)) throw damaged(name, { found: `${entry.filename} twice` });
      entries.set(entry.filename, entry);
      total += entry.uncompressedSize;
      if (total > limits.totalBytes) {
        throw damaged(name, { expected: `at most ${limits.totalBytes} bytes`, found: 'more' });
      }
    }
    if (total > RATIO_FLOOR && total > limits.ratio * size) {
      const found = `${total} bytes out of ${size}`;
      throw damaged(name, { expected: `a compression of at most ${limits.ratio}`, found });
    }
    checkFolders(name, entries);
  } catch (error) {
    throw asZipError(name, error);
  }
  return new ZipTree(name.replace(/\.zip$/i, ''), name, entries);
}

class ZipTree implements FileTree {
  constructor(
    readonly name: string,
    readonly archive: string,
    readonly entries: ReadonlyMap<string, FileEntry>,
  ) {}

  async *paths(folder?: string): AsyncGenerator<string> {
    const prefix = folderPrefix(folder);
    for (const path of this.entries.keys()) if (path.startsWith(prefix)) yield path;
  }

  async file(path: string): Promise<SourceFile | undefined> {
    const entry = this.entries.get(safePath(path));
    if (entry === undefined) return undefined;
    const stream = (): ReadableStream<Bytes> => inflated(`${this.archive}/${path}`, entry);
    return {
      path,
      size: async () => entry.uncompressedSize,
      stream: async () => stream(),
      bytes: async (start = 0, end = entry.uncompressedSize) =>
        collectBytes(between(streamChunks(stream()), start, end)),
    };
  }
}

/** @returns an entry's content; it fails once more bytes come than the archive declared. */
function inflated(file: string, entry: FileEntry): ReadableStream<Bytes> {
  let fail: (error: unknown) => void = () => undefined;
  const pipe = new TransformStream<Bytes, Bytes>({
    start(controller) {
      fail = (error) => controller.error(error);
    },
  });
  entry
    .getData(pipe.writable, { useWebWorkers: false, checkCrc32: true })
    .catch((error: unknown) => fail(error));
  const reader = pipe.readable.getReader();
  const expected = `${entry.uncompressedSize} bytes`;
  let seen = 0;
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw asZipError(file, error);
        });
        seen += value?.length ?? 0;
        if (seen > entry.uncompressedSize || (done && seen < entry.uncompressedSize)) {
          await reader.cancel();
          throw damaged(file, { expected, found: done ? `${seen} bytes` : 'more' });
        }
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** @returns bytes `[start, end)` of the chunks; what comes after is not inflated. */
async function* between(
  chunks: AsyncIterable<Bytes>,
  start: number,
  end: number,
): AsyncGenerator<Bytes> {
  let offset = 0;
  if (end <= start) return;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - offset), Math.max(0, end - offset));
    if (part.length > 0) yield part;
    offset += chunk.length;
    if (offset >= end) return;
  }
}

function checkEntry(archive: string, entry: Entry): void {
  safePath(entry.directory ? entry.filename.replace(/\/$/, '') : entry.filename, archive);
  const refuse = (found: string, action?: string): never => {
    throw damaged(archive, { found, ...(action === undefined ? {} : { action }) });
  };
  if (entry.encrypted) refuse('an encrypted file', 'Export it again without a password.');
  if (entry.symlink) refuse(`the symbolic link ${entry.filename}`);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    refuse(`compression method ${entry.compressionMethod}`, 'Export it again as a plain zip.');
  }
}

/** A name cannot be a file and a folder: only one of the two would survive extraction. */
function checkFolders(archive: string, entries: ReadonlyMap<string, unknown>): void {
  for (const path of entries.keys()) {
    for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
      const folder = path.slice(0, cut);
      if (entries.has(folder)) throw damaged(archive, { found: `${folder} as file and as folder` });
    }
  }
}

/** zip.js reads through this: ranges of a `SourceFile`. */
class FileReader extends Reader<SourceFile> {
  readonly #file: SourceFile;

  constructor(file: SourceFile) {
    super(file);
    this.#file = file;
  }

  override async init(): Promise<void> {
    this.size = await this.#file.size();
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    return this.#file.bytes(index, Math.min(index + length, this.size));
  }
}

const damaged = (file: string, details: ProblemDetails): CapsuleError =>
  new CapsuleError('ZIP_DAMAGED', { file, ...details });

const asZipError = (file: string, error: unknown): CapsuleError =>
  error instanceof CapsuleError
    ? error
    : new CapsuleError('ZIP_DAMAGED', { file, found: String(error) }, { cause: error });
