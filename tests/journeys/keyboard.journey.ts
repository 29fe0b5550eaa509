/**
 * The page without a pointer: from the first key to the downloaded MAPS with Tab, Enter, Space and the
 * arrow keys alone, and a walk through everything that Tab reaches. The pictures of docs/screens that
 * show true results come from the first of them.
 */
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { openZip } from '../../src/core/files/zip-tree.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { test as fake } from './fake-page.ts';
import { look, takesPictures } from './look.ts';
import { expect, test, TRAINED } from './page.ts';

type Role = Parameters<Page['getByRole']>[0];

/** More to look at when pictures are taken. */
const ADDRESS = takesPictures
  ? '/#sample=participants:24,mm:4,seed:42&epochs=25&batch=4'
  : '/#sample=participants:8,mm:6,seed:1&epochs=1&batch=4';

/** The same states stand in screens.journey.ts: without pictures one look at the end is enough. */
async function show(page: Page, ...names: readonly string[]): Promise<void> {
  if (!takesPictures) return;
  for (const name of names) await look(page, name, name === 'start-empty' ? { at: 'body' } : {});
}

/** Presses Tab until a control has the focus. */
async function tabTo(page: Page, role: Role, name: string | RegExp, most = 60): Promise<Locator> {
  const wanted = page.getByRole(role, { name, exact: true });
  const focused = wanted.and(page.locator(':focus'));
  for (let pressed = 0; pressed <= most; pressed += 1) {
    if ((await focused.count()) > 0) return wanted;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${most} times Tab, and no ${role} “${name}” has the focus`);
}

/** Past everything that the steps between hold: the first stop of each leads to the next. */
async function skipTo(page: Page, ...steps: readonly string[]): Promise<void> {
  for (const step of steps) {
    await tabTo(page, 'link', `Skip to “${step}”`);
    await page.keyboard.press('Enter');
    await expect(page.locator(`#${step.toLowerCase()}`)).toBeFocused();
  }
}

test('from sample brains to the downloaded MAPS by keyboard alone', async ({ page }) => {
  await page.goto(ADDRESS);
  await expect(page.getByTestId('device')).toContainText(/GPU/);
  await show(page, 'start-empty');
  await tabTo(page, 'link', 'Skip to the content');
  await page.keyboard.press('Enter');
  await tabTo(page, 'button', 'Try with sample brains', 2);
  await page.keyboard.press('Space');
  await expect(page.getByTestId('cohort')).toContainText('mm', { timeout: 60_000 });
  await expect(page.locator('#data')).toBeFocused();
  await expect(page.getByTestId('memory')).toContainText('Fits', { timeout: 60_000 });

  await show(page, 'data-done', 'split-done', 'network-done');
  // A session is left out and brought back in the table.
  await tabTo(page, 'grid', 'Participants and sessions');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(page.locator('#data')).toContainText('sub-CAP002 ses-M000 left out');
  await page.keyboard.press('Control+Z');
  await expect(page.locator('#data')).toContainText('Taken back: sub-CAP002 ses-M000 left out');
  await skipTo(page, 'Split', 'Network', 'Train');
  await show(page, 'train-ready');
  await tabTo(page, 'button', 'Train');
  await page.keyboard.press('Enter');
  // Its button is gone: the focus is on what has taken its place.
  await expect(page.locator('#train button:focus')).toBeVisible();
  if (takesPictures) await expect(page).toHaveTitle(/epoch [4-9]/, TRAINED);
  await show(page, 'train-running');
  await expect(page.getByRole('button', { name: 'Download MAPS' })).toBeVisible(TRAINED);
  await expect(page.locator('#evaluate')).toBeFocused();
  await show(page, 'train-done', 'evaluate-done');

  await skipTo(page, 'Interpret');
  await tabTo(page, 'button', 'Show where it looks');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('map')).toContainText('not what is diseased', TRAINED);
  await show(page, 'interpret-done', 'export-ready');
  await look(page, 'page-done', { at: 'body', picture: undefined });

  await tabTo(page, 'button', 'Download MAPS', 120);
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const zip = await readFile(await (await download).path());
  const maps = await openMaps(await openZip('maps.zip', new Blob([zip])));
  expect(maps.wholeSplits()).toHaveLength(1);
});

interface Stop {
  readonly what: string;
  readonly faults: readonly string[];
}

/** What is wrong with the element that has the focus, for a person who sees the page. */
function stopAt(page: Page): Promise<Stop | undefined> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return undefined;
    const label = element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40);
    const what = `${element.tagName.toLowerCase()} “${label}”`;
    const box = element.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const faults: string[] = [];
    if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2)
      faults.push('focus is not visible');
    if (Math.min(box.width, box.height) < 1) faults.push('has no size');
    const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
    const [right, bottom] = [Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)];
    if (right <= left || bottom <= top)
      faults.push(
        `is outside the window: ${Math.round(box.top)} of ${innerHeight} px, scrolled ${Math.round(scrollY)}`,
      );
    else {
      const onTop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      const label = element.closest('label');
      const isSeen =
        onTop === null ||
        element.contains(onTop) ||
        onTop.contains(element) ||
        label?.contains(onTop) === true;
      if (!isSeen) faults.push(`is covered by ${onTop.tagName} ${onTop.className}`);
    }
    return { what, faults };
  });
}

/** What comes into view may still be drawn, and move what is below it. */
async function settled(page: Page): Promise<Stop | undefined> {
  let stop = await stopAt(page);
  for (let tries = 0; tries < 10 && (stop?.faults.length ?? 0) > 0; tries += 1) {
    await page.waitForTimeout(100);
    stop = await stopAt(page);
  }
  return stop;
}

/** From the first stop to the last. @returns the stops, and what is wrong with them */
async function walk(page: Page): Promise<{ stops: string[]; faults: string[] }> {
  const faults: string[] = [];
  const stops: string[] = [];
  await page.locator('a.skip').first().focus();
  for (;;) {
    const stop = await settled(page);
    if (stop === undefined || stops.length > 400) break;
    stops.push(stop.what);
    faults.push(...stop.faults.map((fault) => `${stop.what} ${fault}`));
    await page.keyboard.press('Tab');
  }
  return { stops, faults };
}

fake('every stop of Tab can be seen, on a screen and on a telephone', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?slow=1&kept=2#sample=participants:16,mm:6,seed:1&epochs=2&batch=4');
  await page.keyboard.press('Tab');
  await tabTo(page, 'button', 'Try with sample brains');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('memory')).toContainText('Fits');
  await skipTo(page, 'Quality', 'Split', 'Network', 'Train');
  await tabTo(page, 'button', 'Train');

  // A dialog keeps the focus to itself, and gives it back.
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog.getByRole('button', { name: 'Close' })).toBeFocused();
  for (let pressed = 0; pressed < 6; pressed += 1) {
    await page.keyboard.press('Tab');
    await expect(page.locator('main :focus')).toHaveCount(0);
  }
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(page.getByTestId('every-session')).toBeVisible();
  // Curves are computed after the table stands, and move what is below them.
  await expect(page.getByTestId('calibration-error')).toBeVisible();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const { stops, faults } = await walk(page);
    expect(faults, `${width} pixels wide`).toEqual([]);
    expect(stops.length).toBeGreaterThan(100);
    expect(stops.length).toBeLessThan(400);
  }
});
