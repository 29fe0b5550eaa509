import { expect, test } from 'vitest';
import { moveOf, windowAfterDrag, windowAfterKey } from './viewer-controls.ts';

const own = { low: 0, high: 1 };

test('arrows, brackets and page keys move slices; with shift, arrows turn the render', () => {
  expect(moveOf('ArrowLeft', false)).toEqual({ kind: 'slice', by: [-1, 0, 0] });
  expect(moveOf(']', false)).toEqual(moveOf('PageUp', false));
  expect(moveOf('[', false)).toEqual({ kind: 'slice', by: [0, 0, -1] });
  expect(moveOf('ArrowLeft', true)).toEqual({ kind: 'turn', by: [-10, 0] });
  expect(moveOf('Tab', false)).toBeUndefined();
  expect(moveOf('Escape', true)).toBeUndefined();
});

test('keys widen, narrow, lower and raise the window, and bring it back', () => {
  const wider = windowAfterKey('w', false, own, own);
  expect(wider?.low).toBeCloseTo(-0.05);
  expect(wider?.high).toBeCloseTo(1.05);
  const raised = windowAfterKey('L', true, own, own);
  expect(raised?.low).toBeCloseTo(0.1);
  expect(raised?.high).toBeCloseTo(1.1);
  expect(windowAfterKey('r', false, { low: 5, high: 6 }, own)).toBe(own);
  expect(windowAfterKey('a', false, own, own)).toBeUndefined();
});

test('a window never turns inside out', () => {
  let window = own;
  for (let press = 0; press < 20; press++) {
    window = windowAfterKey('W', true, window, own) ?? window;
    expect(window.high - window.low).toBeGreaterThan(0.009);
  }
  expect((window.low + window.high) / 2).toBeCloseTo(0.5);
  const dragged = windowAfterDrag(own, [-5000, 0], own);
  expect(dragged.high).toBeGreaterThan(dragged.low);
});

test('a drag to the right widens, a drag upwards makes the picture brighter', () => {
  expect(windowAfterDrag(own, [300, 0], own)).toEqual({ low: -0.5, high: 1.5 });
  expect(windowAfterDrag(own, [0, -150], own)).toEqual({ low: -0.5, high: 0.5 });
});
