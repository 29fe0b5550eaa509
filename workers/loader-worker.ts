/** A loading thread of the page: reads volumes while the session's worker drives the GPU. */
import { expose } from 'comlink';
import { loaderService } from '../src/jobs/data/loader-service.ts';
import { openBrowserCache } from '../src/platform/browser/cache-folder.ts';
import { openBrowserFile } from '../src/platform/browser/loader-thread.ts';

expose(loaderService({ openFile: openBrowserFile, openCache: openBrowserCache }));
