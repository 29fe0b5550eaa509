import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './scripts/chromium.ts';

export default defineConfig({
  testDir: 'tests/journeys',
  testMatch: '**/*.journey.ts',
  outputDir: 'test-results',
  // Software WebGPU uses every core: one journey at a time.
  workers: 1,
  timeout: 600_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    baseURL: 'http://localhost:4199/',
    viewport: { width: 1280, height: 900 },
    launchOptions: chromiumOptions,
  },
  webServer: {
    command: 'npx vite preview --port 4199 --strictPort',
    url: 'http://localhost:4199/',
    reuseExistingServer: process.env['CI'] === undefined,
  },
});
