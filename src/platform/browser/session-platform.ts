/** The browser as a session sees it: chosen folders, private storage, WebGPU, the brain of the page. */
import { CapsuleError } from '../../core/errors.ts';
import { makeBrowserCache, openBrowserCache } from './cache-folder.ts';
import { systemClock } from './clock.ts';
import { experimentRecords } from './experiment-records.ts';
import { openTree } from './files/open-source.ts';
import { browserLoaderThreads, startBrowserLoader } from './loader-thread.ts';
import { listOpfsFolders, opfsFolder, removeOpfsFolder } from './files/opfs.ts';

const NO_WEBGPU =
  'This browser gives no WebGPU adapter. Use a recent Chrome or Edge, Firefox 141 or Safari 26, with hardware acceleration on. Viewing, sets and small models work on the processor.';

/** Below the page's root. */
const BASE_BRAIN = 'sample/colin27-3mm.nii.gz';
const HEAD = 'quality/colin27-head-3mm.nii.gz';

export function browserPlatform() {
  return {
    clock: systemClock,
    gpu: (navigator as Partial<Navigator>).gpu,
    gpuRemark: NO_WEBGPU,
    runtime: `# browser: ${navigator.userAgent}`,
    openTree,
    workspace: opfsFolder,
    workspaceFolders: listOpfsFolders,
    removeWorkspace: removeOpfsFolder,
    records: experimentRecords(),
    openLoading,
    baseBrain: () => ofPage(BASE_BRAIN),
    headTemplate: () => ofPage(HEAD),
  };
}

/** Threads that read volumes, and a cache that goes with the cohort. */
async function openLoading() {
  // Without storage volumes are read again in each epoch.
  const cache = await makeBrowserCache().catch(() => undefined);
  return {
    threads: browserLoaderThreads(),
    startThread: startBrowserLoader,
    cache: cache?.settings,
    openCache: openBrowserCache,
    close: async () => cache?.close(),
  };
}

/** Bundled workers stand in `assets/`, beside `sample/`; the development server has it at the root. */
async function ofPage(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bundled = self.location.pathname.includes('/assets/');
  const address = new URL(`${bundled ? '../' : '/'}${path}`, self.location.href);
  const answer = await fetch(address);
  if (!answer.ok) {
    throw new CapsuleError('FILE_NOT_FOUND', { file: address.pathname, found: `${answer.status}` });
  }
  return new Uint8Array(await answer.arrayBuffer());
}
