import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';
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
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    // tfjs and niivue are loaded when they are needed, after the page has been drawn.
    chunkSizeWarningLimit: 2500,
    rolldownOptions: {
      // The main page, and the benchmark at /bench/.
      input: ['./src/app/index.html', './src/app/bench/index.html'].map(file),
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
