/** The page's worker: a session in the browser's world, offered through Comlink. */
import { expose } from 'comlink';
import { CapsuleSession } from '../src/jobs/session.ts';
import { sweepBrowserCaches } from '../src/platform/browser/cache-folder.ts';
import { carryProblems } from '../src/platform/browser/comlink-errors.ts';
import { carryFiles } from '../src/platform/browser/comlink-files.ts';
import { browserPlatform } from '../src/platform/browser/session-platform.ts';

carryProblems();
carryFiles();
// What a tab that was closed could not remove itself; a browser without storage has none of it.
sweepBrowserCaches().catch(() => undefined);
expose(new CapsuleSession(browserPlatform()));
