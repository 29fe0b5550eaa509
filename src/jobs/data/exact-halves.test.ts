import fc from 'fast-check';
import { expect, test } from 'vitest';
import { float16Value } from '../../core/torch/dtypes.ts';
import { exactHalves, fromHalves } from './exact-halves.ts';

const bitsOf = (numbers: Float32Array) => Array.from(new Uint32Array(numbers.buffer));

test('every finite half comes back as itself', () => {
  const all = Array.from({ length: 2 ** 16 }, (_, bits) => bits).filter((bits) =>
    Number.isFinite(float16Value(bits)),
  );
  const halves = exactHalves(Float32Array.from(all, float16Value));
  expect(halves && Array.from(halves)).toEqual(all);
});

test('whole numbers to 2048 fit, 2049 does not; nor do NaN and infinities', () => {
  const whole = Float32Array.from({ length: 2049 }, (_, value) => (value % 2 ? -value : value));
  const halves = exactHalves(whole);
  expect(halves && bitsOf(fromHalves(halves))).toEqual(bitsOf(whole));
  for (const odd of [2049, 1 / 3, 65505, 65536, 2 ** -25, 3 * 2 ** -25, NaN, Infinity, 1e-40]) {
    expect(exactHalves(Float32Array.of(0, odd)), `${odd}`).toBeUndefined();
  }
});

test('what is stored as halves comes back bit for bit, whatever it is', () => {
  const anyFloat = fc.integer({ min: 0, max: 0xffffffff });
  const nearHalf = fc
    .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: -1, max: 1 }))
    .map(([half, off]) => (bitsOf(Float32Array.of(float16Value(half)))[0] ?? 0) + off);
  const word = fc.oneof(anyFloat, nearHalf).map((value) => value >>> 0);
  let stored = 0;
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), (words) => {
      const numbers = new Float32Array(Uint32Array.from(words).buffer);
      const halves = exactHalves(numbers);
      if (halves === undefined) return;
      stored += 1;
      expect(bitsOf(fromHalves(halves))).toEqual(words);
    }),
    { numRuns: 3000 },
  );
  expect(stored).toBeGreaterThan(100);
});
