/**
 * Bundles the command line into dist/runner/capsule.mjs and the program of its loading threads into
 * dist/runner/loader-worker.mjs; what both use stands beside them, packages stay in node_modules.
 */
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './lib.mjs';

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: {
    ssr: true,
    outDir: join(root, 'dist', 'runner'),
    target: 'node20',
    sourcemap: true,
    emptyOutDir: true,
    rollupOptions: {
      input: {
        capsule: join(root, 'runner', 'capsule.ts'),
        'loader-worker': join(root, 'runner', 'loader-worker.ts'),
      },
      output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
});
