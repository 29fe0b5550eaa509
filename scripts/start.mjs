/** `npm start`: installs what is missing, builds the page, serves it, prints and opens its address. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkNode, ensureBuilt, ensurePackages, root } from './lib.mjs';

checkNode();
await ensurePackages();
await ensureBuilt('page');
// Vite reads the configuration, and with it the security headers of every response.
const { preview } = await import(
  pathToFileURL(join(root, 'node_modules', 'vite', 'dist', 'node', 'index.js')).href
);
const port = Number(process.env['PORT'] ?? 4173);
const server = await preview({ configFile: join(root, 'vite.config.ts'), preview: { port } });
const address = server.resolvedUrls?.local[0] ?? `http://localhost:${port}/`;
console.log(`\nCapsule is at ${address}\nPress Ctrl+C to stop.`);
if (process.stdout.isTTY && process.env['CI'] === undefined) open(address);

function open(url) {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  // No browser to open is no reason to stop serving: the address is printed.
  child.on('error', () => undefined);
  child.unref();
}
