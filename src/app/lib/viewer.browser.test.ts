import { afterEach, expect, test } from 'vitest';
import { fakeBrain, fakeSaliency } from '../testing/fake-data.ts';
import type { GreyWindow } from './viewer-controls.ts';
import { BrainViewer, LAYOUTS, type Location, type OverlayLook } from './viewer.ts';

const look: OverlayLook = { opacity: 0.7, low: 0.005, high: 0.02, colours: 'blue-orange' };

const hosts: HTMLElement[] = [];
afterEach(() => hosts.splice(0).forEach((host) => host.remove()));

async function open() {
  const host = document.body.appendChild(document.createElement('div'));
  hosts.push(host);
  host.style.cssText = 'width: 600px; height: 220px';
  const canvas = host.appendChild(document.createElement('canvas'));
  let location: Location | undefined;
  let window: GreyWindow | undefined;
  const viewer = await BrainViewer.open(canvas, {
    onLocation: (found) => (location = found),
    onWindow: (found) => (window = found),
  });
  return { viewer, canvas, location: () => location, window: () => window };
}

test('shows a volume from bytes, its centre under the crosshair, and fetches nothing', async () => {
  const { viewer, location } = await open();
  const loaded = performance.getEntriesByType('resource').length;
  await viewer.show(fakeBrain(1));
  expect(location()?.mm.every((place) => Math.abs(place) <= 4)).toBe(true);
  expect(location()?.values).toHaveLength(1);
  expect(performance.getEntriesByType('resource').length).toBe(loaded);
  viewer.close();
});

test('arrow keys and page keys move by one voxel; other keys are left to the page', async () => {
  const { viewer, canvas, location } = await open();
  await viewer.show(fakeBrain(1));
  const press = (key: string): boolean =>
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  const [x, y, z] = location()?.mm ?? [NaN, NaN, NaN];
  expect(press('ArrowRight')).toBe(false);
  expect(press('PageUp')).toBe(false);
  expect(press('Tab')).toBe(true);
  const moved = location()?.mm ?? [NaN, NaN, NaN];
  expect(moved[0]).toBeCloseTo(x + 4);
  expect(moved[1]).toBeCloseTo(y);
  expect(moved[2]).toBeCloseTo(z + 4);
  viewer.close();
});

test('an overlay gives a second value at the crosshair', async () => {
  const { viewer, location } = await open();
  await viewer.show(fakeBrain(1), fakeSaliency(), look);
  expect(location()?.values).toHaveLength(2);
  viewer.close();
});

test('of two calls at once the later one stays', async () => {
  const { viewer, location } = await open();
  await Promise.all([viewer.show(fakeBrain(1), fakeSaliency()), viewer.show(fakeBrain(2))]);
  expect(location()?.values).toHaveLength(1);
  viewer.close();
});

test('names the voxel, the slice of each plane and how many there are; sliders and peaks go there', async () => {
  const { viewer, location } = await open();
  await viewer.show(fakeBrain(1));
  expect(location()?.slices).toEqual([46, 54, 46]);
  viewer.goToSlice(0, 3);
  viewer.goToSlice(2, 45);
  expect(location()?.slice[0]).toBe(3);
  expect(location()?.slice[2]).toBe(45);
  expect(location()?.voxel).toEqual(location()?.slice);
  viewer.goTo([28, -16, -8]);
  const [x = NaN, y = NaN, z = NaN] = location()?.mm ?? [];
  expect(Math.abs(x - 28) + Math.abs(y + 16) + Math.abs(z + 8)).toBeLessThan(6);
  viewer.close();
});

test('keys and the right mouse button change the grey values, R and a double click bring them back', async () => {
  const { viewer, canvas, window } = await open();
  await viewer.show(fakeBrain(1));
  const own = window();
  const width = (): number => (window()?.high ?? NaN) - (window()?.low ?? NaN);
  const before = width();
  const press = (key: string, shiftKey = false): boolean =>
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true }));
  press('w');
  expect(width()).toBeCloseTo(1.1 * before, 4);
  press('L', true);
  expect(window()?.low).toBeCloseTo((own?.low ?? NaN) + 0.05 * before, 4);
  press('r');
  expect(window()).toEqual(own);
  const point = (type: string, clientX: number, button: number): boolean =>
    canvas.dispatchEvent(
      new PointerEvent(type, { clientX, clientY: 9, button, pointerId: 1, bubbles: true }),
    );
  // Made-up pointers cannot be captured.
  canvas.setPointerCapture = () => undefined;
  point('pointerdown', 10, 2);
  point('pointermove', 160, 2);
  point('pointerup', 160, 2);
  expect(width()).toBeCloseTo(1.5 * before, 4);
  point('pointermove', 300, 2);
  expect(width()).toBeCloseTo(1.5 * before, 4);
  point('pointerdown', 10, 0);
  point('pointermove', 300, 0);
  point('pointerup', 300, 0);
  expect(width()).toBeCloseTo(1.5 * before, 4);
  viewer.setDragsWindow(true);
  point('pointerdown', 10, 0);
  point('pointermove', 160, 0);
  point('pointerup', 160, 0);
  expect(width()).toBeCloseTo(2 * before, 4);
  canvas.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
  expect(window()).toEqual(own);
  viewer.close();
});

/** Mean of red, green and blue of a picture, and how many of its pixels are not black. */
async function inkOf(blob: Blob) {
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  const pixels = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
  let [ink, colour] = [0, 0];
  for (let at = 0; at < pixels.length; at += 4) {
    const [r = 0, g = 0, b = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    if (r + g + b > 60) ink += 1;
    if (Math.abs(r - b) > 60) colour += 1;
  }
  return { ink, colour, width: bitmap.width };
}

test('each layout shows something else, and the map has its colours in the saved picture', async () => {
  const { viewer, canvas } = await open();
  await viewer.show(fakeBrain(1), fakeSaliency(), look, [28, -14, -10]);
  const inks: number[] = [];
  for (const layout of LAYOUTS) {
    viewer.setLayout(layout);
    const { ink, width } = await inkOf(await viewer.picture());
    expect(width).toBe(canvas.width);
    expect(ink).toBeGreaterThan(500);
    inks.push(ink);
  }
  expect(new Set(inks).size).toBe(LAYOUTS.length);
  viewer.setLayout('axial');
  const withMap = await inkOf(await viewer.picture());
  viewer.setLook({ ...look, opacity: 0 });
  const without = await inkOf(await viewer.picture());
  expect(withMap.colour).toBeGreaterThan(without.colour + 50);
  viewer.close();
});
