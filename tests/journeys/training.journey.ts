import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { CDPSession, Page } from '@playwright/test';
import { openZip } from '../../src/core/files/zip-tree.ts';
import { listPaths, readText } from '../../src/core/files/read.ts';
import { expect, look, test, TRAINED } from './page.ts';

// Small volumes, small batches: an epoch has steps enough to be looked at.
const ADDRESS = '/#sample=participants:12,mm:6,seed:1&epochs=3&batch=1';

async function begin(page: Page): Promise<void> {
  await page.goto(ADDRESS);
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });
}

/** training.tsv without its column of time, from the downloaded MAPS. */
async function trainingTable(page: Page): Promise<string[]> {
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible(TRAINED);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download MAPS' }).click();
  const maps = await openZip('maps.zip', new Blob([await readFile(await (await download).path())]));
  const path = (await listPaths(maps)).find((one) => one.endsWith('training.tsv')) ?? '';
  const [head = '', ...rows] = (await readText(maps, path)).trimEnd().split('\n');
  const time = head.split('\t').indexOf('time');
  expect(time).toBeGreaterThan(-1);
  return rows.map((row) => row.split('\t').toSpliced(time, 1).join('\t'));
}

/**
 * Processor time of the tasks of the page's main thread, milliseconds. Not their time on the wall: a
 * software adapter computes on every core, and what the system gives to it is no task of the page.
 */
async function followTasks(session: CDPSession): Promise<() => Promise<Task[]>> {
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: [
        'disabled-by-default-devtools.timeline',
        'devtools.timeline',
        '__metadata',
      ],
    },
  });
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    const main = events.filter(
      ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
    );
    const isMain = ({ pid, tid }: TraceEvent) =>
      main.some((thread) => thread.pid === pid && thread.tid === tid);
    return events
      .filter((event) => event.name === 'RunTask' && isMain(event))
      .map(({ dur = 0, tdur = NaN }) => ({ wall: dur / 1000, own: tdur / 1000 }));
  };
}

interface Task {
  readonly wall: number;
  readonly own: number;
}
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

test('steps are tried, then a training is watched, paused and timed, and ends with the same bits', async ({
  page,
  context,
}) => {
  await begin(page);

  const probe = page.getByTestId('probe');
  await probe.getByRole('button', { name: 'Try some steps' }).click();
  await expect(probe).toContainText(/It fits: \d+ steps? (was|were) done/, TRAINED);
  await expect(probe).toContainText('All 3 epochs');
  await expect(probe).toContainText(/GPU memory held\s*[\d.]+ MiB/);
  await page.getByLabel('Epochs').fill('2');
  await expect(probe).toContainText('The settings have changed since this was measured.');
  await page.getByLabel('Epochs').fill('3');

  // The page's own view of long tasks, beside the trace, which knows whose time it was.
  await page.evaluate(() => {
    const seen = { long: [] as number[] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.long.push(Math.round(duration));
    }).observe({ type: 'longtask' });
  });
  const cdp = await context.newCDPSession(page);
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page).toHaveTitle(/^\d+% · epoch 1\/3/, TRAINED);
  const tasks = await followTasks(cdp);

  const run = page.getByTestId('run');
  await run.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByTestId('paused')).toContainText('of GPU memory', TRAINED);
  await expect(page).toHaveTitle(/^Paused · \d+% · epoch \d\/3/);
  await expect(page.getByRole('status').filter({ hasText: 'Paused' })).toHaveCount(1);
  const title = await page.title();
  await look(page, '20-paused');
  const { violations } = await new AxeBuilder({ page })
    .include('#train')
    .include('#network')
    .analyze();
  expect(violations).toEqual([]);
  expect(await page.title()).toBe(title);
  // On the same button, by keyboard.
  await page.keyboard.press('Enter');
  await expect(run.getByRole('button', { name: 'Pause', exact: true })).toBeFocused();

  const slices = page.getByTestId('slices');
  await slices.getByRole('button', { name: 'Show the next batch' }).click();
  await expect(slices.getByRole('img')).toHaveCount(3, TRAINED);
  await expect(slices.getByRole('img').first()).toHaveAccessibleName(
    /^sub-CAP\d+ ses-M000, \w+: sagittal plane$/,
  );
  const shades = await slices
    .locator('canvas')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      return new Set(canvas.getContext('2d')?.getImageData(0, 0, width, height).data).size;
    });
  expect(shades).toBeGreaterThan(20);

  const kernels = page.getByTestId('kernels');
  const time = kernels.getByRole('button', { name: /^Time the next/ });
  if ((await time.count()) === 0) await expect(kernels).toContainText('no timestamp queries');
  else {
    await time.click();
    await expect(kernels.getByRole('rowheader').first()).toBeVisible(TRAINED);
    await expect(kernels.getByRole('table')).toContainText('%');
  }

  const train = page.locator('#train');
  await train.getByRole('checkbox', { name: 'Logarithmic' }).check();
  await train.getByRole('slider', { name: 'Smoothing' }).press('Home');
  await expect(train.locator('.u-legend').first()).not.toContainText('running mean');
  // Not seen: the title goes on, and what was measured is told.
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  const before = await page.title();
  await expect.poll(() => page.title(), TRAINED).not.toBe(before);
  await expect(page.getByTestId('background')).toContainText('While this tab was hidden', TRAINED);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => false });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await look(page, '21-training');
  const measured = await tasks();
  const long = await page.evaluate(
    () => (globalThis as unknown as { seen: { long: number[] } }).seen.long,
  );
  const longest = Math.max(...measured.map(({ own }) => own));
  console.log(
    `${measured.length} tasks, the longest ${longest.toFixed(1)} ms of its own; on the wall over 50 ms: ${long.join(', ')}`,
  );
  expect(measured.length).toBeGreaterThan(100);
  expect(longest).toBeLessThan(50);

  const upset = await trainingTable(page);
  const saved = page.waitForEvent('download');
  await train.getByRole('button', { name: 'Download the batches (.tsv)' }).click();
  const table = await readFile(await (await saved).path(), 'utf8');
  expect(table).toMatch(/^split\tepoch\titeration\tloss\n0\t0\t0\t/);

  // The same again, and nobody looks.
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page).toHaveTitle(/epoch 1\/3/, TRAINED);
  expect(await trainingTable(page)).toEqual(upset);
  expect(upset).toHaveLength(3);
});
