import type { Page } from '@playwright/test';
import { workerChannels } from '../../src/platform/browser/proof/worker-proof.ts';
import { outside as startOutside, type Outside } from '../support/outside.ts';
import { host, withoutPolicy, type Host, type HostOptions } from '../support/page-server.ts';
import { look } from './look.ts';
import { expect, ORIGIN, recorded, type Elsewhere } from './page.ts';

// The proof page beside a server that records what reaches it. What the policy refuses is told in the
// console, so these pages are not watched for faults.
const test = recorded.extend<{ outside: Outside }>({
  outside: async ({ elsewhere }, use) => {
    const outside = await startOutside();
    // It counts itself what arrives: of most refusals the browser tells a request as well.
    elsewhere.allow(outside.origin);
    await use(outside);
    await outside.close();
  },
});

async function plainHost(elsewhere: Elsewhere, options?: HostOptions): Promise<Host> {
  const plain = await host(options);
  elsewhere.allow(plain.origin);
  return plain;
}

/** Ways out of which Chromium tells no refusal by the policy: its own rules come first. */
const BY_RULE = ['worker', 'moduleWorker', 'sharedWorker'];
const KINDS = ['classic', 'module', 'shared', 'blob'];

async function openProof(page: Page, origin: string, outside: Outside): Promise<void> {
  await page.goto(`${origin}/proof/?target=${outside.origin}`);
  await expect(page.getByRole('button', { name: 'Try again' })).toBeEnabled({ timeout: 90_000 });
}

/** Outcome of each attempt, as the page's tables show it. */
function outcomes(page: Page): Promise<Record<string, string>> {
  return page
    .locator('[data-channel]')
    .evaluateAll((cells) =>
      Object.fromEntries(
        cells.map((cell) => [
          cell.getAttribute('data-channel') ?? '',
          cell.getAttribute('data-outcome') ?? '',
        ]),
      ),
    );
}

async function expectClosed(page: Page, outside: Outside): Promise<void> {
  const shown = Object.entries(await outcomes(page));
  expect(shown).toHaveLength(27 + KINDS.length * workerChannels.length);
  for (const [name, outcome] of shown) {
    const channel = name.split(' ').at(-1) ?? '';
    const isElsewhere = channel === 'importScripts' && name !== 'classic importScripts';
    if (/^(peer|popup)$/.test(channel) || isElsewhere || name === 'shared worker') {
      expect(outcome, name).toBe('absent');
    } else if (channel === 'navigation') expect(outcome, name).toBe('guard');
    else expect(outcome, name).toBe(BY_RULE.includes(channel) ? 'rule' : 'policy');
  }
  await expect(page.getByTestId('verdict')).toContainText(
    `Nothing got out: ${shown.length} of ${shown.length} stopped`,
  );
  expect(outside.requests).toEqual([]);
  expect(outside.contacts.udp).toBe(0);
}

/** Two more ways, of whose refusal the browser tells the page nothing. */
async function tryUnseen(page: Page, { origin }: Outside): Promise<void> {
  await page.evaluate(async (target) => {
    const rules = document.createElement('script');
    rules.type = 'speculationrules';
    const urls = [`${target}/speculation`];
    rules.textContent = JSON.stringify({ prefetch: [{ source: 'list', urls }] });
    document.head.append(rules);
    const { audioWorklet } = new OfflineAudioContext(1, 1, 8000);
    await audioWorklet.addModule(`${target}/worklet`).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }, origin);
}

/**
 * Ways out that no Content-Security-Policy speaks of, as a program would take them that knows of the
 * page's own watch: from an empty frame, with a link that is in no page, ahead of a visit.
 */
async function tryDeep(page: Page, { origin }: Outside): Promise<'alive' | 'crashed'> {
  await page.evaluate((target) => {
    for (const rel of ['preconnect', 'dns-prefetch']) {
      document.head.append(Object.assign(document.createElement('link'), { rel, href: target }));
    }
    const link = Object.assign(document.createElement('a'), { href: `${target}/window` });
    link.target = '_blank';
    link.click();
  }, origin);
  await page.waitForTimeout(1000);
  const crashed = page.waitForEvent('crash', { timeout: 5000 }).then(
    () => 'crashed' as const,
    () => 'alive' as const,
  );
  // Chromium ends a renderer that asks for what the header does not allow.
  const peer = page.evaluate(async (at) => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const inner = frame.contentWindow as unknown as typeof globalThis;
    const Peer = inner.RTCPeerConnection as typeof RTCPeerConnection;
    const connection = new Peer({ iceServers: [{ urls: `stun:127.0.0.1:${at}` }] });
    connection.createDataChannel('out');
    await connection.setLocalDescription(await connection.createOffer());
  }, new URL(origin).port);
  peer.catch(() => undefined);
  return crashed;
}

test('what the security policy does not speak of is closed by the browser, whoever asks', async ({
  page,
  context,
  outside,
}) => {
  await page.goto('/');
  await tryDeep(page, outside);
  expect(outside.requests).toEqual([]);
  expect(outside.contacts).toEqual({ tcp: 0, udp: 0 });

  // Another window, and this tab sent away from within a frame, where nobody watches.
  const other = await context.newPage();
  await other.goto('/');
  const away = await other.evaluate((target) => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    frame.contentWindow?.open(`${target}/popup`);
    const left = new Promise((resolve) => window.addEventListener('pagehide', resolve));
    window.location.href = `${target}/away`;
    return Promise.race([left, new Promise((stay) => setTimeout(() => stay('stays'), 1500))]);
  }, outside.origin);
  expect(away).toBe('stays');
  expect(outside.requests).toEqual([]);
  expect(outside.contacts).toEqual({ tcp: 0, udp: 0 });
});

test('every way out is tried from page and workers, and nothing arrives', async ({
  page,
  outside,
}) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'See the proof' }).first().click();
  await expect(page.getByRole('heading', { name: 'Proof', level: 1 })).toBeVisible();
  await openProof(page, ORIGIN, outside);
  await expectClosed(page, outside);
  await tryUnseen(page, outside);
  expect(outside.requests).toEqual([]);
  await expect(page.getByTestId('offline')).toHaveAttribute('data-phase', 'ready');
  await expect(page.locator('[data-header]').first()).toHaveAttribute('data-source', /host|both/);
  await look(page, 'proof-done', { at: 'body' });
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByTestId('verdict')).toHaveAttribute('data-verdict', 'running');
  await expect(page.getByTestId('verdict')).toHaveAttribute('data-verdict', 'closed');
  await expectClosed(page, outside);
});

test('no address but one on this computer can be asked for', async ({ page }) => {
  await page.goto('/proof/?target=https://example.org');
  await expect(page.getByTestId('verdict')).toContainText('https://capsule-proof.invalid');
  await expect(page.getByTestId('verdict')).toHaveAttribute('data-verdict', 'closed');
});

test('a host without headers: the service worker brings them, and nothing arrives', async ({
  page,
  outside,
  elsewhere,
}) => {
  const plain = await plainHost(elsewhere);
  let visits = 0;
  page.on('load', () => (visits += 1));
  try {
    await openProof(page, plain.origin, outside);
    expect(visits).toBe(2);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await expectClosed(page, outside);
    const sources = page.locator('[data-header]');
    await expect(sources).toHaveCount(7);
    for (const source of await sources.all()) {
      await expect(source).toHaveAttribute('data-source', 'service worker');
    }
    await expect(page.getByTestId('offline')).toHaveAttribute('data-phase', 'ready');
    await tryDeep(page, outside);
    expect(outside.requests).toEqual([]);
    expect(outside.contacts.udp).toBe(0);
  } finally {
    await plain.close();
  }
});

/** What arrives where nothing protects the page: otherwise the tests above could not fail. */
test.describe('without policy', () => {
  test.use({ serviceWorkers: 'block' });
  const open: HostOptions = { change: withoutPolicy };

  test('the same page gets out, and says so', async ({ page, outside, elsewhere }) => {
    const plain = await plainHost(elsewhere, open);
    try {
      await openProof(page, plain.origin, outside);
      await tryUnseen(page, outside);
      const shown = await outcomes(page);
      const tried = Object.entries(shown).filter(
        ([, outcome]) => !/absent|rule|guard/.test(outcome),
      );
      for (const [name, outcome] of tried) {
        expect(outcome, name).toMatch(/out|unstopped/);
        const [first = '', second] = name.split(' ');
        const path = second === undefined ? `page-1/${first}` : `${first}-1/${second}`;
        // HTTP/3 is not spoken here: of it there are datagrams alone.
        if (!path.endsWith('webtransport')) {
          expect(outside.requests).toContain(`/capsule-proof/${path}`);
        }
      }
      expect(tried.length).toBe(21 + 4 * 6 + 1);
      expect(outside.requests).toEqual(expect.arrayContaining(['/speculation', '/worklet']));
      expect(outside.contacts.udp).toBeGreaterThan(0);
      const datagrams = outside.contacts.udp;
      expect(shown['fetch']).toBe('out');
      await expect(page.getByTestId('verdict')).toContainText('GOT OUT');
      await look(page, 'proof-problem', { at: 'body' });
      expect(await tryDeep(page, outside)).toBe('alive');
      expect(outside.requests).toContain('/window');
      expect(outside.contacts.udp).toBeGreaterThan(datagrams);
    } finally {
      await plain.close();
    }
  });

  test('an address where nobody answers is no proof', async ({ page, elsewhere }) => {
    elsewhere.allow('https://capsule-proof.invalid');
    const plain = await plainHost(elsewhere, open);
    try {
      await page.goto(`${plain.origin}/proof/`);
      const verdict = page.getByTestId('verdict');
      await expect(verdict).toHaveAttribute('data-verdict', /doubtful|open/, { timeout: 90_000 });
      await expect(page.locator('[data-channel="fetch"]')).toContainText('not stopped');
    } finally {
      await plain.close();
    }
  });
});
