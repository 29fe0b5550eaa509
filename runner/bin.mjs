#!/usr/bin/env node
/** Starts the command line; in a clone, installs packages and builds first where that is needed. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'dist', 'runner', 'capsule.mjs');
if (existsSync(join(root, 'scripts', 'lib.mjs'))) {
  const { checkNode, ensureBuilt, ensurePackages } = await import(
    pathToFileURL(join(root, 'scripts', 'lib.mjs')).href
  );
  checkNode();
  // What a command prints on stdout is its result alone.
  await ensurePackages({ stdio: ['ignore', process.stderr, 'inherit'] });
  await ensureBuilt('runner');
}
await import(pathToFileURL(bundle).href);
