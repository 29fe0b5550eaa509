/** What journeys share: opening the page so that any fault in it fails the journey, and looking at it. */
import { expect, test as base, type Page } from '@playwright/test';

/** Where playwright.config.ts serves the page. */
export const ORIGIN = `http://localhost:${process.env['CAPSULE_PORT'] ?? '4199'}`;

/** Faults of the page itself; messages of the software driver are none. */
const IGNORED = /GL Driver Message|ReadPixels|powerPreference/;

export const test = base.extend<{ page: Page }>({
  page: async ({ page, context }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !IGNORED.test(message.text())) faults.push(message.text());
    });
    // Of the page, its workers, its service worker, and every other tab of the test.
    context.on('request', (request) => {
      const { origin } = new URL(request.url());
      if (/^https?:/.test(request.url()) && origin !== ORIGIN) {
        faults.push(`request to ${request.url()}`);
      }
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
