/** The page's worker: a session in the browser's world, offered through Comlink. */
import { expose } from 'comlink';
import { CapsuleSession } from '../src/jobs/session.ts';
import { carryProblems } from '../src/platform/browser/comlink-errors.ts';
import { browserPlatform } from '../src/platform/browser/session-platform.ts';

carryProblems();
expose(new CapsuleSession(browserPlatform()));
