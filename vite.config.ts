import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { securityHeaders } from './scripts/security-headers.ts';

export default defineConfig({
  root: 'src/app',
  base: './',
  publicDir: '../../public',
  plugins: [svelte()],
  build: { outDir: '../../dist/page', emptyOutDir: true, target: 'es2022', sourcemap: true },
  worker: { format: 'es' },
  preview: { headers: securityHeaders, strictPort: false },
});
