import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argmax, softmax } from './softmax.ts';

describe('softmax', () => {
  it('gives known probabilities', () => {
    const [first, second] = softmax([Math.log(3), 0]);
    expect(first).toBeCloseTo(0.75, 7);
    expect(second).toBeCloseTo(0.25, 7);
    expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5]);
    expect([...softmax([-1000, 0])]).toEqual([0, 1]);
  });

  it('sums to one and keeps the order of the scores', () => {
    const scores = fc.array(fc.double({ min: -80, max: 80, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(scores, (values) => {
        const probabilities = softmax(values);
        expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
        expect(probabilities[argmax(values)]).toBe(Math.max(...probabilities));
      }),
    );
  });
});

describe('argmax', () => {
  it('takes the first of equals', () => {
    expect(argmax([1, 3, 3])).toBe(1);
    expect(argmax([])).toBe(-1);
  });
});
