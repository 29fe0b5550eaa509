import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumOptions } from './scripts/chromium.ts';
import { slimTfjs } from './vite.config.ts';

const ignored = ['**/*.gpu.test.ts', '**/*.browser.test.ts', '**/*.long.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'core',
          include: ['src/**/*.test.ts', 'runner/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ignored,
          // Property tests and fuzzing on two busy cores.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts', 'tests/**/*.gpu.test.ts'],
          // One Dawn instance a process. Software drivers use every core, but half of a test's time goes
          // to compiling on one: two processes at a time.
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 400_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['src/**/*.long.test.ts', 'tests/**/*.long.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 3_600_000,
        },
      },
      {
        resolve: { alias: [slimTfjs] },
        test: {
          name: 'browser',
          include: ['src/**/*.browser.test.ts', 'tests/**/*.browser.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumOptions }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
