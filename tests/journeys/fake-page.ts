/**
 * The page with the fake session (src/app/testing): states that no journey reaches in seconds, such
 * as a device without WebGPU or a loss that is no number. Built once for all tests of a file.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { host, type Host } from '../support/page-server.ts';
import { look as lookAt } from './look.ts';
import { test as base } from './page.ts';

/** CAPSULE_FAKE names a folder with such a build; without it one is made, and goes with the tests. */
const built = process.env['CAPSULE_FAKE'];

async function build(): Promise<string> {
  if (built !== undefined) return built;
  const root = await mkdtemp(join(tmpdir(), 'capsule-fake-'));
  const vite = join('node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--mode', 'fake', '--logLevel', 'error'];
  args.push('--minify', 'false', '--sourcemap', 'false');
  const env = { ...process.env, CAPSULE_PAGE: root };
  await promisify(execFile)(process.execPath, args, { env });
  return root;
}

export const test = base.extend<object, { fakePage: Host }>({
  fakePage: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const root = await build();
      const server = await host({ root, headers: true });
      await use(server);
      await server.close();
      if (built === undefined) await rm(root, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  page: ({ page, elsewhere, fakePage }, use) => {
    elsewhere.allow(fakePage.origin);
    return use(page);
  },
  baseURL: ({ fakePage }, use) => use(`${fakePage.origin}/`),
});

/** Opens a folder of 120 made-up participants, or of as many as the address says: what is in it does not matter. */
export async function openFolder(page: Page, query = ''): Promise<void> {
  await page.goto(`/${query}`);
  await page.getByTestId('caps-input').setInputFiles('tests/fixtures/tsv');
}

/** States of which keyboard.journey.ts takes a picture of the true page, and those that differ little. */
const withoutPicture = [
  'start-empty',
  'split-done',
  'network-done',
  'train-ready',
  'train-running',
];
withoutPicture.push('train-done', 'evaluate-done', 'interpret-done', 'export-ready');
withoutPicture.push('data-no-rows', 'start-privacy', 'start-shortcuts', 'network-taught');
withoutPicture.push('network-options', 'train-stopped', 'interpret-ready');

/** A picture of a made-up state says so in its name, so that nobody takes it for a result. */
export const look = (page: Page, name: string, at?: string): Promise<void> =>
  lookAt(page, name, {
    picture: withoutPicture.includes(name) ? undefined : `${name}-made-up`,
    ...(at === undefined ? {} : { at }),
  });

export { expect } from './page.ts';
