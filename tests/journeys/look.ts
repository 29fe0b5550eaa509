/**
 * Looking at one state of the page, as a reader of it and as a person who cannot see it:
 * - axe finds nothing (WCAG 2.0 to 2.2, A and AA, and its best practices), in light or in dark by turns,
 *   in both when pictures are taken (src/app/styles/tokens.test.ts holds the contrast of both);
 * - nothing has to be scrolled sideways at 320 pixels (400 % of 1280, WCAG 1.4.10), nor at 640 (200 %)
 *   with the text spacing of WCAG 1.4.12, and there no text is cut off;
 * - nothing moves for a person who asked for no motion.
 * With CAPSULE_SCREENS set it keeps pictures in docs/screens, as `npm run screens` asks.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { withPalette } from '../support/palette-png.ts';
import { expect } from './page.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const folder = 'docs/screens';
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
] as const;
const themes = ['light', 'dark'] as const;
type Theme = (typeof themes)[number];

interface Where {
  /** Selector of what axe looks into, and of what stands at the top of the pictures; the step by default. */
  readonly at?: string;
  /** The pictures' name, when it is another; none are taken when it is undefined. */
  readonly picture?: string | undefined;
}

export const takesPictures = process.env['CAPSULE_SCREENS'] !== undefined;
let looks = 0;

/** @param name - `<step>-<state>`, by default also the pictures' name */
export async function look(page: Page, name: string, where: Where = {}): Promise<void> {
  const { at = `#${name.split('-')[0] ?? ''}` } = where;
  const file = 'picture' in where ? where.picture : name;
  const size = page.viewportSize() ?? sizes[0];
  const faults: string[] = [];
  looks += 1;
  for (const theme of takesPictures ? themes : [themes[looks % 2] ?? 'light']) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    faults.push(...(await axe(page, at, theme)));
  }
  faults.push(...(await moving(page)));
  faults.push(...(await narrow(page)));
  if (takesPictures && file !== undefined) await picture(page, file, at);
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  expect.soft(faults, `faults of ${name}`).toEqual([]);
}

async function axe(page: Page, at: string, theme: Theme): Promise<string[]> {
  // Without legacy mode axe opens a tab of its own, which the tests for privacy take for a fault.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .include(at)
    .options({ runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })
    .analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, any }) =>
        `${theme}: ${id} (${help}): ${target.join(' ')} ${any[0]?.message ?? ''}`,
    ),
  );
}

/** Animations that run although none was asked for. */
function moving(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === 'running')
      .filter(({ effect }) => Number(effect?.getComputedTiming().endTime) > 100)
      .map(({ effect }) => `moves: ${(effect as KeyframeEffect).target?.className ?? ''}`),
  );
}

async function narrow(page: Page): Promise<string[]> {
  const faults: string[] = [];
  await page.setViewportSize({ width: 320, height: 640 });
  faults.push(...(await sideways(page, '320 px')));
  await page.setViewportSize({ width: 640, height: 512 });
  const style = await page.addStyleTag({
    content: `* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
      word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`,
  });
  faults.push(...(await sideways(page, '640 px, spaced')));
  faults.push(...(await cut(page)));
  await style.evaluate((element: HTMLElement) => element.remove());
  return faults;
}

/** What stands out of the window at its right, unless it scrolls in a box of its own. */
function sideways(page: Page, where: string): Promise<string[]> {
  return page.evaluate((told) => {
    const root = document.scrollingElement ?? document.documentElement;
    if (root.scrollWidth <= innerWidth) return [];
    const inBox = (element: Element | null): boolean =>
      element !== null &&
      element !== root &&
      (getComputedStyle(element).overflowX !== 'visible' || inBox(element.parentElement));
    const out = [...document.body.querySelectorAll('*')].filter(
      (element) =>
        element.getBoundingClientRect().right > innerWidth + 1 && !inBox(element.parentElement),
    );
    const names = out.map((element) => `${element.tagName} ${element.getAttribute('class') ?? ''}`);
    return [`${told}: scrolls sideways, for ${[...new Set(names)].slice(0, 6).join('; ')}`];
  }, where);
}

/** Words of controls and paragraphs that their box cuts off. */
function cut(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('button, a, label, summary, p, h1, h2, h3, legend, dt, dd')]
      .filter((element) => {
        const { overflowY, textOverflow, clipPath } = getComputedStyle(element);
        const hides = overflowY === 'hidden' || overflowY === 'clip';
        const isMeant = textOverflow === 'ellipsis' || clipPath !== 'none';
        return hides && !isMeant && element.scrollHeight > element.clientHeight + 2;
      })
      .map((element) => `cut off: ${element.textContent.trim().slice(0, 60)}`),
  );
}

async function picture(page: Page, name: string, at: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme });
      await page.evaluate((selector) => {
        document.querySelector(selector)?.scrollIntoView({ behavior: 'instant' });
      }, at);
      // Charts and the viewer follow a change of size one frame later.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
      const shot = await page.screenshot({ animations: 'disabled' });
      await writeFile(`${folder}/${name}-${size.width}-${theme}.png`, withPalette(shot));
    }
  }
}
