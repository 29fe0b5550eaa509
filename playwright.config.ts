import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './scripts/chromium.ts';

/** Of the page's server; CAPSULE_PORT and CAPSULE_PAGE (vite.config.ts) let two test runs stand side by side. */
const port = process.env['CAPSULE_PORT'] ?? '4199';

const timed = ['**/many.journey.ts', '**/cancel.journey.ts'];

export default defineConfig({
  testDir: 'tests/journeys',
  testMatch: '**/*.journey.ts',
  outputDir: 'test-results',
  // Two at a time: software WebGPU uses every core, but a journey waits for the page half of its time.
  workers: 2,
  projects: [
    { name: 'journeys', testIgnore: timed },
    {
      // Milliseconds a frame, and a second to cancel: measured when nothing else runs, the best of three.
      ...{ name: 'alone', testMatch: timed, workers: 1, retries: 2 },
      dependencies: ['journeys'],
    },
  ],
  timeout: 600_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    baseURL: `http://localhost:${port}/`,
    viewport: { width: 1280, height: 900 },
    launchOptions: chromiumOptions,
  },
  webServer: {
    command: `npx vite preview --port ${port} --strictPort`,
    url: `http://localhost:${port}/`,
    reuseExistingServer: process.env['CI'] === undefined,
  },
});
