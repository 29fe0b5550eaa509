/** `npm run screens`: takes the pictures of docs/screens anew, of the page as it is now. */
import { tool } from './lib.mjs';

const env = { ...process.env, CAPSULE_SCREENS: 'yes' };
const built = await tool('vite', ['build', '--logLevel', 'warn'], { env });
process.exit(built === 0 ? await tool('playwright', ['test', 'keyboard', 'screens'], { env }) : 1);
