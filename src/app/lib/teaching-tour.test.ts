import { describe, expect, it } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import { anchors, placeCard, readStop, tourStops, type Box } from './teaching-tour.ts';

const card = { width: 360, height: 220 };
const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

function overlap(a: Box, b: Box): boolean {
  return (
    a.left < b.left + b.width &&
    b.left < a.left + a.width &&
    a.top < b.top + b.height &&
    b.top < a.top + a.height
  );
}

describe('the card of a stop', () => {
  it('stands below, else above, else beside', () => {
    const at = (top: number, height: number, left = 100) => ({ top, left, width: 200, height });
    expect(placeCard(at(100, 50), card, wide)).toMatchObject({
      top: 162,
      left: 100,
      side: 'below',
    });
    expect(placeCard(at(700, 50), card, wide)).toMatchObject({ top: 468, side: 'above' });
    expect(placeCard(at(50, 800), card, wide)).toMatchObject({ left: 312, side: 'right' });
    expect(placeCard(at(50, 800, 1200), card, wide)).toMatchObject({ left: 828, side: 'left' });
  });

  it('never covers what it explains, as long as that leaves room, on a phone and on a desk', () => {
    const random = stream(4, 'tour');
    for (let n = 0; n < 2000; n++) {
      const window = n % 2 === 0 ? wide : phone;
      const size = { width: Math.min(360, window.width - 24), height: random.uniform(150, 300) };
      const width = random.uniform(40, window.width);
      const height = random.uniform(20, window.height - 400);
      const anchor = {
        ...{ width, height, left: random.uniform(0, window.width - width) },
        top: random.uniform(0, window.height - height),
      };
      const place = placeCard(anchor, size, window, 52);
      const box = { ...place, width: size.width };
      expect(overlap(anchor, box), JSON.stringify({ anchor, place })).toBe(false);
      expect(place.left).toBeGreaterThanOrEqual(0);
      expect(place.left + size.width).toBeLessThanOrEqual(window.width);
      expect(place.height).toBeGreaterThanOrEqual(140);
    }
  });

  it('is lower than it would like where there is less room', () => {
    const anchor = { top: 60, left: 0, width: 390, height: 500 };
    const place = placeCard(anchor, { width: 366, height: 320 }, phone, 52);
    expect(place).toMatchObject({ top: 572, side: 'below', height: 844 - 560 - 24 });
  });
});

describe('the tour', () => {
  it('has six to nine stops, each with something to point at', () => {
    expect(tourStops.length).toBeGreaterThanOrEqual(6);
    expect(tourStops.length).toBeLessThanOrEqual(9);
    for (const stop of tourStops) expect(anchors[stop].length).toBeGreaterThan(0);
  });

  it('remembers a stop that there is, and nothing else', () => {
    expect(readStop('0')).toBe(0);
    expect(readStop('8')).toBe(8);
    for (const text of [null, '', '9', '-1', '1.5', 'left', '99']) {
      expect(readStop(text)).toBeUndefined();
    }
  });
});
