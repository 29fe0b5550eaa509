import type { Page } from '@playwright/test';
import { host, type Host } from '../support/page-server.ts';
import { expect, recorded } from './page.ts';

// A host as plain as they come: no headers, and gone when the test says so.
const test = recorded.extend<{ plain: Host; visits: { count: number } }>({
  plain: async ({ elsewhere }, use) => {
    const plain = await host();
    elsewhere.allow(plain.origin);
    await use(plain);
    await plain.close();
  },
  visits: async ({ page }, use) => {
    const visits = { count: 0 };
    page.on('load', () => (visits.count += 1));
    await use(visits);
  },
});

const SMALL = '/#sample=participants:4,mm:6,seed:1';

async function makeSample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });
}

/** Waits for the one reload that brings the headers. */
async function isolated(page: Page, visits: { count: number }): Promise<void> {
  await expect.poll(() => visits.count).toBe(2);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
}

const kept = (page: Page): Promise<string[]> => page.evaluate(() => caches.keys());

test('after one visit the pages work with the host gone and the network cut', async ({
  page,
  context,
  plain,
  visits,
}) => {
  await page.goto(plain.origin + SMALL);
  await isolated(page, visits);
  await plain.close();
  await context.setOffline(true);
  await page.reload();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await makeSample(page);
  // The viewer is a part that is loaded late.
  await expect(page.locator('canvas').first()).toBeVisible();
  for (const [path, title] of [
    ['/bench/', 'Benchmark'],
    ['/bench', 'Benchmark'],
    ['/proof/', 'Proof'],
    ['/proof/index.html', 'Proof'],
  ] as const) {
    await page.goto(plain.origin + path);
    await expect(page.getByRole('heading', { name: title, level: 1 })).toBeVisible();
  }
  await expect(page.getByTestId('verdict')).toHaveAttribute('data-verdict', 'closed');
  expect(visits.count).toBe(7);
});

test('the host is asked for nothing more, and answers nothing that is not a file of the build', async ({
  page,
  plain,
  visits,
}) => {
  await page.goto(plain.origin);
  await isolated(page, visits);
  const before = plain.asked.length;
  const answers = await page.evaluate(async () => {
    const tell = (request: Promise<Response>) =>
      request.then(
        ({ status }) => String(status),
        () => 'refused',
      );
    return [
      await tell(fetch('./icon.svg?of=sub-01')),
      await tell(fetch('./unknown?of=sub-01')),
      await tell(fetch('./', { method: 'POST', body: 'sub-01' })),
      await tell(fetch('/elsewhere', { method: 'PUT', body: 'sub-01' })),
    ];
  });
  expect(answers).toEqual(['200', '404', 'refused', 'refused']);
  const later = plain.asked.slice(before).filter(({ path }) => path !== '/service-worker.js');
  expect(later).toEqual([]);
});

test('work that has begun is not interrupted by the first installation', async ({
  page,
  plain,
  visits,
}) => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  plain.options = {
    change: async (path, content) => {
      if (path === '/service-worker.js') await held;
      return content;
    },
  };
  await page.goto(plain.origin + SMALL);
  await makeSample(page);
  letGo();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForTimeout(1500);
  expect(visits.count).toBe(1);
  await expect(page.getByTestId('cohort')).toBeVisible();
});

test('a newer build is announced, waits for other tabs, and takes the place of the old one whole', async ({
  page,
  context,
  plain,
  visits,
}) => {
  await page.goto(plain.origin);
  await isolated(page, visits);
  const [old = ''] = await kept(page);
  const version = old.split(' ').at(-1) ?? '';
  expect(version).toMatch(/^[0-9a-f]{64}$/);
  const newer = version.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  plain.options = {
    change: (path, content) =>
      path === '/service-worker.js'
        ? Buffer.from(content.toString().replaceAll(version, newer))
        : content,
  };
  await page.reload();
  const notice = page.getByTestId('new-version');
  await expect(notice).toContainText('A new version of Capsule is ready.');
  expect(visits.count).toBe(3);

  const other = await context.newPage();
  await other.goto(`${plain.origin}/bench/`);
  await page.bringToFront();
  await notice.getByRole('button', { name: 'Reload' }).click();
  await expect(notice).toContainText('Close the other tab of Capsule first');
  expect(await kept(page)).toContain(old);
  await other.close();
  await notice.getByRole('button', { name: 'Reload' }).click();
  await expect.poll(() => visits.count).toBe(4);
  await expect.poll(() => kept(page)).toEqual([old.replace(version, newer)]);
  await expect(notice).toHaveCount(0);
});

test('a file that was changed on its way is not kept', async ({
  page,
  plain,
  visits,
  elsewhere,
}) => {
  // Without its service worker the host's workers are under no policy, and the page says so.
  elsewhere.allow('https://capsule-proof.invalid');
  plain.options = {
    change: (path, content) =>
      path === '/icon.svg' ? Buffer.from(content.toString().replace('<svg', '<svg ')) : content,
  };
  await page.goto(`${plain.origin}/proof/`);
  await expect(page.getByTestId('offline')).toHaveAttribute('data-phase', 'failed');
  expect(await kept(page)).toEqual([]);
  expect(visits.count).toBe(1);
});

test('less than 300 kB are on their way before the first paint', async ({ page, plain }) => {
  plain.options = { gzip: true, headers: true };
  await page.goto(plain.origin);
  await expect(page.getByTestId('device')).toBeVisible();
  const painted = await page.evaluate(() => {
    const [first] = performance.getEntriesByName('first-contentful-paint');
    return performance.timeOrigin + (first?.startTime ?? NaN);
  });
  // Whatever was asked for before it, finished or not.
  const before = plain.asked.filter(({ at }) => at <= painted);
  const bytes = before.reduce((sum, asked) => sum + asked.bytes, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes, before.map(({ path }) => path).join(' ')).toBeLessThan(300_000);
  // The engine and the viewer come, but later.
  await expect.poll(() => plain.asked.some(({ path }) => path.includes('niivue'))).toBe(true);
  const late = plain.asked.filter(({ path }) => /session-worker|niivue/.test(path));
  for (const { at, path } of late) expect(at, path).toBeGreaterThan(painted);
});
