/**
 * What journeys share. Each begins here and nowhere else (the linter sees to it), so that whatever
 * page, workers, service worker or any other tab asks of another origin fails it, and so does any
 * fault of the page itself.
 */
import { expect, test as base, type Page } from '@playwright/test';
import { recordingProxy, type RecordingProxy } from '../support/recording-proxy.ts';

/** Where playwright.config.ts serves the page. */
export const ORIGIN = `http://localhost:${process.env['CAPSULE_PORT'] ?? '4199'}`;

/** Faults of the page itself; messages of the software driver are none. */
const IGNORED = /GL Driver Message|ReadPixels|powerPreference/;

/** Chromium's own errands (updates, accounts), which no page sends it on; `request` tells none of them. */
const BROWSER = /^https?:\/\/([\w-]+\.)*(google|googleapis|gstatic|gvt1|gvt2)\.com(:|$)/;

/** What the proof page tries in vain: of refusals a request is told too, and the proxy sees what left. */
const PROOF = 'https://capsule-proof.invalid';

/** Origins that a journey may ask besides the page's own: servers of its own that record or serve. */
export interface Elsewhere {
  allow(origin: string): void;
}

/** Records requests alone: for journeys whose subject is what the page refuses, and says so. */
export const recorded = base.extend<{ elsewhere: Elsewhere }, { world: RecordingProxy }>({
  world: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const proxy = await recordingProxy();
      await use(proxy);
      await proxy.close();
    },
    { scope: 'worker' },
  ],
  launchOptions: [
    async ({ launchOptions, world }, use) => {
      const { args = [] } = launchOptions;
      await use({ ...launchOptions, args: [...args, `--proxy-server=${world.address}`] });
    },
    { scope: 'worker' },
  ],
  elsewhere: [
    async ({ context, world }, use) => {
      const allowed = new Set([ORIGIN]);
      const asked: string[] = [];
      world.asked.length = 0;
      context.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (/^(http|ws)s?:$/.test(protocol) && origin !== PROOF) asked.push(origin);
      });
      await use({ allow: (origin) => void allowed.add(origin) });
      const outside = world.asked.filter((origin) => !BROWSER.test(origin));
      const others = [...asked, ...outside].filter((origin) => !allowed.has(origin));
      expect(others, 'requests to another origin').toEqual([]);
    },
    { auto: true },
  ],
});

export const test = recorded.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !IGNORED.test(message.text())) faults.push(message.text());
    });
    await use(page);
    expect(faults, 'faults of the page').toEqual([]);
  },
});

/** A picture of the whole page, to be looked at. */
export async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test-results/screens/${name}.png`, fullPage: true });
}

/** Waits for training to end, whatever the driver's speed. */
export const TRAINED = { timeout: 480_000 };

export { expect };
