/** Bundles the command line into dist/runner/capsule.mjs; packages stay in node_modules. */
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './lib.mjs';

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: {
    ssr: join(root, 'runner', 'capsule.ts'),
    outDir: join(root, 'dist', 'runner'),
    target: 'node20',
    sourcemap: true,
    emptyOutDir: true,
    rollupOptions: { output: { entryFileNames: 'capsule.mjs' } },
  },
});
