#!/usr/bin/env node
/** Starts the command line, building it first when its sources are newer than the bundle. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'dist', 'runner', 'capsule.mjs');
if (existsSync(join(root, 'scripts', 'lib.mjs'))) {
  const { ensureBuilt } = await import(pathToFileURL(join(root, 'scripts', 'lib.mjs')).href);
  await ensureBuilt('runner');
}
await import(pathToFileURL(bundle).href);
