/** A thread of Node that reads volumes: started, watched, ended. What it runs is `runner/loader-worker.ts`, bundled. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';
import nodeEndpoint from 'comlink/dist/umd/node-adapter.js';
import type { PortableFile, SourceFile } from '../../core/files/file-tree.ts';
import { CapsuleError } from '../../core/errors.ts';
import { loaderThreadCount } from '../loader-thread-count.ts';
import { diskFile } from './disk-file.ts';

export const nodeLoaderThreads = (): number => loaderThreadCount(availableParallelism());

/** @param program - of the thread */
export function startNodeLoader(program: URL) {
  const worker = new Worker(program, { name: 'capsule-loader' });
  let isWanted = true;
  const failure = new Promise<never>((_, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (isWanted) reject(new Error(`the thread ended with code ${code}`));
    });
  });
  return {
    endpoint: nodeEndpoint(worker) as Endpoint,
    failure,
    async end(): Promise<void> {
      isWanted = false;
      await worker.terminate();
    },
  };
}

/** In the thread: the file that another one named. */
export function openNodeFile(path: string, file: PortableFile): SourceFile {
  if (file.kind !== 'disk') throw new CapsuleError('FILE_UNREADABLE', { file: path });
  return diskFile(path, file.location);
}
