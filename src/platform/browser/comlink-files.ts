/**
 * Carries a list of chosen files across a worker boundary by their names. Chromium asks the system for
 * the size and the date of every `File` that is posted, one after the other, while the page stands
 * still: of 30,000 files for seconds. Here the worker gets the paths, and each file when it opens it.
 * Call `carryFiles()` in the page and in the worker before `expose` or `wrap`.
 */
import { transferHandlers, type TransferHandler } from 'comlink';
import type { TreeSource } from '../../core/files/tree-source.ts';

type FilesSource = Extract<TreeSource, { kind: 'files' }>;

interface Posted {
  readonly name: string;
  readonly paths: readonly string[];
  /** Takes the position of a path and gives its file. */
  readonly port: MessagePort;
}

interface Answer {
  readonly position: number;
  readonly file: File;
}

/** Calling it twice changes nothing. */
export function carryFiles(): void {
  transferHandlers.set('files', filesHandler as TransferHandler<unknown, unknown>);
}

export const filesHandler: TransferHandler<FilesSource, Posted> = {
  canHandle: (value): value is FilesSource =>
    typeof value === 'object' && value !== null && (value as TreeSource).kind === 'files',

  serialize: ({ name, files }) => {
    const { port1, port2 } = new MessageChannel();
    const answer = async (position: number) => {
      const file = files[position]?.file;
      port1.postMessage({ position, file: typeof file === 'function' ? await file() : file });
    };
    port1.onmessage = ({ data }: MessageEvent<number>) => void answer(data);
    return [{ name, paths: files.map(({ path }) => path), port: port2 }, [port2]];
  },

  deserialize: ({ name, paths, port }) => {
    const waiting = new Map<number, { file: Promise<File>; take: (file: File) => void }>();
    port.onmessage = ({ data: { position, file } }: MessageEvent<Answer>) => {
      waiting.get(position)?.take(file);
      waiting.delete(position);
    };
    const ask = (position: number): Promise<File> => {
      const asked = waiting.get(position);
      if (asked !== undefined) return asked.file;
      let take: (file: File) => void = () => undefined;
      const file = new Promise<File>((resolve) => (take = resolve));
      waiting.set(position, { file, take });
      port.postMessage(position);
      return file;
    };
    const files = paths.map((path, position) => ({ path, file: () => ask(position) }));
    return { kind: 'files', name, files };
  },
};
