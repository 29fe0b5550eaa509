import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { CDPSession, Page } from '@playwright/test';
import { expect, look, test, TRAINED } from './page.ts';

// Small volumes, small batches: an epoch has steps enough to be looked at.
const ADDRESS = '/#sample=participants:12,mm:6,seed:1&epochs=200&batch=1';

async function begin(page: Page): Promise<void> {
  await page.goto(ADDRESS);
  await page.getByRole('button', { name: 'Try with sample brains' }).click();
  await expect(page.getByTestId('cohort')).toContainText('28 × 35 × 30', { timeout: 60_000 });
}

/**
 * Processor time of the tasks of the page's main thread, milliseconds. Not their time on the wall: a
 * software adapter computes on every core, and what the system gives to it is no task of the page. What
 * a test asks of the page runs there, too: while this listens it asks for the title alone.
 */
async function followTasks(session: CDPSession): Promise<() => Promise<number[]>> {
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
    // A task that had begun before has no time of its own.
    return events
      .filter((event) => event.name === 'RunTask' && isMain(event))
      .flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]));
  };
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

test('steps are tried, then a training is watched, paused and timed; the page stays free', async ({
  page,
  context,
}) => {
  await begin(page);

  const probe = page.getByTestId('probe');
  await probe.getByRole('button', { name: 'Try some steps' }).click();
  await expect(probe).toContainText(/It fits: \d+ steps? (was|were) done/, TRAINED);
  await expect(probe).toContainText('All 200 epochs');
  await expect(probe).toContainText(/GPU memory held\s*[\d.]+ MiB/);
  await page.getByLabel('Epochs').fill('199');
  await expect(probe).toContainText('The settings have changed since this was measured.');
  await page.getByLabel('Epochs').fill('200');
  await expect(probe).not.toContainText('The settings have changed');

  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page).toHaveTitle(/^\d+% · epoch 1\/200/, TRAINED);
  const run = page.getByTestId('run');
  await run.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByTestId('paused')).toContainText('of GPU memory', TRAINED);
  await expect(page).toHaveTitle(/^Paused · \d+% · epoch \d+\/200/);
  await expect(page.getByRole('status').filter({ hasText: 'Paused' })).toHaveCount(1);
  const rests = await page.title();
  const train = page.locator('#train');
  const legend = train.locator('.u-legend').first();
  await expect(legend).toContainText('running mean');
  await train.getByRole('slider', { name: 'Smoothing' }).press('Home');
  await expect(legend).not.toContainText('running mean');
  await train.getByRole('checkbox', { name: 'Logarithmic' }).check();
  const saved = page.waitForEvent('download');
  await train.getByRole('button', { name: 'Download the batches (.tsv)' }).click();
  const table = await readFile(await (await saved).path(), 'utf8');
  expect(table).toMatch(/^split\tepoch\titeration\tloss\n0\t0\t0\t[\d.]+\n/);
  await look(page, '20-paused');
  const axe = new AxeBuilder({ page }).include('#train').include('#network');
  expect((await axe.analyze()).violations).toEqual([]);
  // Nothing has moved meanwhile; the keyboard goes on where it stopped.
  expect(await page.title()).toBe(rests);
  await run.getByRole('button', { name: 'Go on', exact: true }).press('Enter');
  await expect(run.getByRole('button', { name: 'Pause', exact: true })).toBeFocused();

  // Not seen: the title goes on, and what was measured is told.
  await see(page, false);
  await expect.poll(() => page.title(), TRAINED).not.toBe(rests.replace('Paused · ', ''));
  await expect(page.getByTestId('background')).toContainText(
    /While this tab was hidden a step took [\d.]+ m?s/,
    TRAINED,
  );
  await see(page, true);

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

  // While all of it is at work: pictures that follow, kernels that are timed, curves that grow.
  await slices.getByRole('checkbox', { name: 'Follow, every few seconds' }).check();
  const kernels = page.getByTestId('kernels');
  const time = kernels.getByRole('button', { name: /^Time the next/ });
  const isTimed = (await time.count()) > 0;
  if (isTimed) await time.click();
  const epochOf = async () => Number(/epoch (\d+)\//.exec(await page.title())?.[1]);
  const epoch = await epochOf();
  const tasks = await followTasks(await context.newCDPSession(page));
  const over = { ...TRAINED, intervals: [500] };
  // One whole epoch at the least, with the evaluation after it.
  await expect.poll(epochOf, over).toBeGreaterThan(epoch + 1);
  const measured = await tasks();
  const longest = Math.max(...measured);
  console.log(`${measured.length} tasks of the page, the longest ${longest.toFixed(1)} ms`);
  expect(measured.length).toBeGreaterThan(100);
  expect(longest).toBeLessThan(50);

  if (isTimed) {
    await expect(kernels.getByRole('rowheader').first()).toBeVisible(TRAINED);
    await expect(kernels.getByRole('table')).toContainText('%');
  } else await expect(kernels).toContainText('no timestamp queries');
  await look(page, '21-training');
  await run.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByTestId('interrupted')).toContainText('Resume split 0');
});

/** As when another tab is chosen; a browser without a window shows every tab. */
async function see(page: Page, isSeen: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, !isSeen);
}
