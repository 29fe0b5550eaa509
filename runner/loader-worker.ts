/** A loading thread of the command line: reads volumes while another thread drives the GPU. */
import { parentPort } from 'node:worker_threads';
import { expose, type Endpoint } from 'comlink';
import nodeEndpoint from 'comlink/dist/umd/node-adapter.js';
import { loaderService } from '../src/jobs/data/loader-service.ts';
import { openNodeCache } from '../src/platform/node/cache-folder.ts';
import { openNodeFile } from '../src/platform/node/loader-thread.ts';

if (parentPort === null) throw new Error('This program runs as a thread only.');
const service = loaderService({ openFile: openNodeFile, openCache: openNodeCache });
expose(service, nodeEndpoint(parentPort) as Endpoint);
