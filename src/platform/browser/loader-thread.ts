/** A worker that reads volumes, started from the session's worker (or from a page, in tests). */
import { CapsuleError } from '../../core/errors.ts';
import { blobFile } from '../../core/files/blob-file.ts';
import type { PortableFile, SourceFile } from '../../core/files/file-tree.ts';
import { loaderThreadCount } from '../loader-thread-count.ts';

export const browserLoaderThreads = (): number =>
  loaderThreadCount(navigator.hardwareConcurrency ?? 2);

/** @throws ReferenceError where workers cannot start workers (Safari before 15.5) */
export function startBrowserLoader() {
  const worker = new Worker(new URL('../../../workers/loader-worker.ts', import.meta.url), {
    type: 'module',
    name: 'capsule-loader',
  });
  const failure = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      // It is dealt with here: in a worker it would go on to the page as a fault of its own.
      event.preventDefault();
      reject(new Error(event.message || 'the worker did not start'));
    });
  });
  return { endpoint: worker, failure, end: () => worker.terminate() };
}

/** In the worker: the file that the other side named. */
export function openBrowserFile(path: string, file: PortableFile): SourceFile {
  switch (file.kind) {
    case 'blob':
      return blobFile(path, () => file.blob, file);
    case 'handle':
      return blobFile(path, () => file.handle.getFile(), file);
    case 'disk':
      throw new CapsuleError('FILE_UNREADABLE', { file: path });
  }
}
