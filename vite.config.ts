import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';
import { securityHeaders } from './scripts/security-headers.ts';

/** Part of the page only: see src/engine/tfjs-slim.ts. */
export const slimTfjs = {
  find: /^@tensorflow\/tfjs$/,
  replacement: fileURLToPath(new URL('./src/engine/tfjs-slim.ts', import.meta.url)),
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
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  worker: { format: 'es' },
  preview: { headers: securityHeaders, strictPort: false },
});
