/** `npm run bench -- <name> [options]`: bundles bench/<name>.bench.ts and runs it on Node. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { ensureBuilt, fail, root, run } from './lib.mjs';

const [name, ...options] = process.argv.slice(2);
const folder = join(root, 'bench');
const entry = join(folder, `${name}.bench.ts`);
if (name === undefined || !existsSync(entry)) {
  const known = readdirSync(folder).filter((file) => file.endsWith('.bench.ts'));
  fail(`Which benchmark? ${known.map((file) => file.replace('.bench.ts', '')).join(', ')}`);
}
// Its loading threads run the program of the command line's.
await ensureBuilt('runner');
if (options.includes('--page')) await ensureBuilt('page');
const outDir = join(root, 'dist', 'bench');
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: {
    ssr: entry,
    outDir,
    target: 'node20',
    emptyOutDir: false,
    rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
  },
});
process.exit(await run(process.execPath, [join(outDir, `${name}.mjs`), ...options]));
