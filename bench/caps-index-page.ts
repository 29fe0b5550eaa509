/**
 * The same in the page: the built page in Chromium, served as `vite preview` does, opens the folder by
 * each of its three doors (folder picker, file input, drop), and the times are taken there.
 *
 * `answered_ms` goes from the page's question to its worker until the worker's answer, a row for each
 * session, is there: listing or cloning the names, the index, the table, one header. `shown_ms` goes
 * from the user's choice until the cohort is on the screen. `grown_mb` is how far the peak of the
 * renderer process, in which page and worker live, rises above what it held before (Linux only; NaN
 * elsewhere), `peak_mb` the peak itself.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import { preview } from 'vite';
import { chromiumOptions } from '../scripts/chromium.ts';

const PATIENCE = 120_000;

export interface PageRow {
  readonly answered_ms: number;
  readonly shown_ms: number;
  readonly grown_mb: number;
  readonly peak_mb: number;
}

/** Kept in the page: the user's choice, the question to the worker, its answer; in milliseconds. */
interface Marks {
  chosen: number;
  asked: number;
  answered: number;
  handle?: unknown;
}
declare global {
  interface Window {
    marks: Marks;
  }
}

type Door = (page: Page, caps: string) => Promise<void>;

const DOORS: Readonly<Record<string, Door>> = {
  picker: async (page, caps) => {
    // The dialogue is the system's; a dropped folder gives a handle of the same kind.
    await page.evaluate(keepHandle);
    await drop(page, caps);
    await page.waitForFunction(() => window.marks.handle !== undefined);
    await page.evaluate(() =>
      Object.assign(window, { showDirectoryPicker: async () => window.marks.handle }),
    );
    await page.getByRole('button', { name: 'Open a CAPS folder' }).click();
  },
  input: (page, caps) => page.getByTestId('caps-input').setInputFiles(caps),
  drop,
};

export async function measurePage(
  caps: string,
  runs: number,
): Promise<{ readonly name: string; readonly rows: readonly PageRow[] }[]> {
  const server = await preview({
    ...{ root: join('src', 'app'), configFile: 'vite.config.ts' },
    ...{ logLevel: 'warn', preview: { port: 4198 } },
  });
  const address = server.resolvedUrls?.local[0] ?? '';
  const doors: { name: string; rows: PageRow[] }[] = [];
  try {
    for (const [name, door] of Object.entries(DOORS)) {
      const rows: PageRow[] = [];
      for (let run = 0; run < runs; run += 1) rows.push(await measureOnce(address, door, caps));
      doors.push({ name, rows });
    }
  } finally {
    await server.close();
  }
  return doors;
}

/** A browser of its own each time, so that its memory is its own too. */
async function measureOnce(address: string, door: Door, caps: string): Promise<PageRow> {
  const browser = await chromium.launch(chromiumOptions);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(PATIENCE);
    await page.addInitScript(watchWorker);
    await page.goto(address);
    await page.getByTestId('device').waitFor();
    await page.waitForTimeout(2000);
    const renderer = await rendererOf(browser);
    const before = (await memory(renderer)).held;
    await door(page, caps);
    await page.getByTestId('cohort').waitFor();
    const shown = await page.evaluate(() => performance.now() - window.marks.chosen);
    const answered = await page.evaluate(() => window.marks.answered - window.marks.asked);
    const { peak } = await memory(renderer);
    return {
      answered_ms: Math.round(answered),
      shown_ms: Math.round(shown),
      grown_mb: Math.round(peak - before),
      peak_mb: Math.round(peak),
    };
  } finally {
    await browser.close();
  }
}

/** Runs in the page before its own code: notes when `openFolder` is asked and answered. */
function watchWorker(): void {
  const marks: Marks = { chosen: NaN, asked: NaN, answered: NaN };
  window.marks = marks;
  for (const kind of ['click', 'change', 'drop']) {
    window.addEventListener(kind, () => (marks.chosen = performance.now()), { capture: true });
  }
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, message: unknown, ...rest: unknown[]) {
    const call = message as { readonly id?: string; readonly path?: readonly string[] };
    if (call.path?.[0] === 'openFolder') {
      marks.asked = performance.now();
      this.addEventListener('message', ({ data }: MessageEvent<{ readonly id?: string }>) => {
        if (data.id === call.id) marks.answered = performance.now();
      });
    }
    Reflect.apply(post, this, [message, ...rest]);
  };
}

/** Runs in the page: the next folder that is dropped is kept, and the page does not see it. */
function keepHandle(): void {
  const keep = async (event: DragEvent) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const [item] = event.dataTransfer?.items ?? [];
    const asHandle = item as unknown as { getAsFileSystemHandle(): Promise<unknown> } | undefined;
    window.marks.handle = await asHandle?.getAsFileSystemHandle();
  };
  window.addEventListener('drop', (event) => void keep(event), { capture: true, once: true });
}

async function drop(page: Page, caps: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [caps], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
}

/** @returns the process of the page. */
async function rendererOf(browser: Browser): Promise<number> {
  const session: CDPSession = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const held = await Promise.all(
    processInfo
      .filter(({ type }) => type === 'renderer')
      .map(async ({ id }) => ({ id, ...(await memory(id)) })),
  );
  // There may be a spare one that waits for the next page.
  return held.sort((a, b) => b.held - a.held)[0]?.id ?? 0;
}

/** Memory of a process, now and at most, in MB. */
async function memory(id: number): Promise<{ held: number; peak: number }> {
  const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
  const value = (key: string) => Number(new RegExp(`${key}:\\s*(\\d+)`).exec(status)?.[1]) / 1024;
  return { held: value('VmRSS'), peak: value('VmHWM') };
}
