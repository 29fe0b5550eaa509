import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';
import { offline } from './scripts/offline-plugin.ts';
import { securityHeaders } from './scripts/security-headers.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Part of the page only: see src/engine/tfjs-slim.ts. */
export const slimTfjs = {
  find: /^@tensorflow\/tfjs$/,
  replacement: file('./src/engine/tfjs-slim.ts'),
};

export default defineConfig({
  resolve: { alias: [slimTfjs] },
  root: 'src/app',
  base: './',
  publicDir: '../../public',
  plugins: [svelte({ configFile: false }), offline()],
  build: {
    outDir: file(process.env['CAPSULE_PAGE'] ?? './dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    // tfjs and niivue are loaded when they are needed, after the page has been drawn.
    chunkSizeWarningLimit: 2500,
    rolldownOptions: {
      // The main page, the benchmark at /bench/, and the proof of privacy at /proof/.
      input: ['index.html', 'bench/index.html', 'proof/index.html'].map((page) =>
        file(`./src/app/${page}`),
      ),
      checks: { pluginTimings: false },
    },
  },
  worker: {
    format: 'es',
    // tfjs labels its GPU programs with the names of their classes: tables by kernel show them.
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: { minify: { mangle: { keepNames: { class: true, function: false } } } },
    },
  },
  preview: { headers: securityHeaders, strictPort: false },
});
