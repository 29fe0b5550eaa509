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
  /** Absent when it could not be had. */
  readonly file?: File | undefined;
  /** Name and message of what the browser threw. */
  readonly fault?: { readonly name: string; readonly message: string } | undefined;
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
      try {
        port1.postMessage({ position, file: typeof file === 'function' ? await file() : file });
      } catch (error) {
        // Nobody is left waiting for a file that is gone.
        const { name, message } = error as Error;
        port1.postMessage({ position, fault: { name, message } });
      }
    };
    port1.onmessage = ({ data }: MessageEvent<number>) => void answer(data);
    return [{ name, paths: files.map(({ path }) => path), port: port2 }, [port2]];
  },

  deserialize: ({ name, paths, port }) => {
    const waiting = new Map<number, { file: Promise<File>; hear: (answer: Answer) => void }>();
    port.onmessage = ({ data }: MessageEvent<Answer>) => {
      waiting.get(data.position)?.hear(data);
      waiting.delete(data.position);
    };
    const ask = (position: number): Promise<File> => {
      const asked = waiting.get(position);
      if (asked !== undefined) return asked.file;
      let hear: (answer: Answer) => void = () => undefined;
      const file = new Promise<File>((resolve, reject) => {
        hear = ({ file: had, fault }) =>
          had === undefined
            ? reject(Object.assign(new Error(fault?.message), { name: fault?.name ?? 'Error' }))
            : resolve(had);
      });
      waiting.set(position, { file, hear });
      port.postMessage(position);
      return file;
    };
    const files = paths.map((path, position) => ({ path, file: () => ask(position) }));
    return { kind: 'files', name, files };
  },
};
