/** What journeys share: opening the page so that any fault in it fails the journey, and looking at it. */
import { expect, test as base, type Page } from '@playwright/test';

/** Faults of the page itself; messages of the software driver are none. */
const IGNORED = /GL Driver Message|ReadPixels|powerPreference/;

export const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !IGNORED.test(message.text())) faults.push(message.text());
    });
    page.on('request', (request) => {
      const { origin } = new URL(request.url());
      if (/^https?:/.test(request.url()) && origin !== 'http://localhost:4199') {
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
