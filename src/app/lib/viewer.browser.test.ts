import { afterEach, expect, test } from 'vitest';
import { fakeBrain, fakeSaliency } from '../testing/fake-data.ts';
import { BrainViewer, type Location } from './viewer.ts';

const hosts: HTMLElement[] = [];
afterEach(() => hosts.splice(0).forEach((host) => host.remove()));

async function open() {
  const host = document.body.appendChild(document.createElement('div'));
  hosts.push(host);
  host.style.cssText = 'width: 600px; height: 220px';
  const canvas = host.appendChild(document.createElement('canvas'));
  let location: Location | undefined;
  const viewer = await BrainViewer.open(canvas, (found) => (location = found));
  return { viewer, canvas, location: () => location };
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
  await viewer.show(fakeBrain(1), fakeSaliency(), { opacity: 0.7, low: 0.005, high: 0.02 });
  expect(location()?.values).toHaveLength(2);
  viewer.close();
});

test('of two calls at once the later one stays', async () => {
  const { viewer, location } = await open();
  await Promise.all([viewer.show(fakeBrain(1), fakeSaliency()), viewer.show(fakeBrain(2))]);
  expect(location()?.values).toHaveLength(1);
  viewer.close();
});
