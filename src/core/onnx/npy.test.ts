import { expect, it } from 'vitest';
import { npyBytes } from './npy.ts';

// Written from the page of the format, and read once by NumPy 2.
it.each([
  [[2, 3], '(2, 3)'],
  [[6], '(6,)'],
  [[1, 1, 6], '(1, 1, 6)'],
])('an array of shape %j begins at a multiple of 64', (shape, printed) => {
  const values = Float32Array.of(1, 2, 3, 4, 5, -6.5);
  const file = npyBytes(shape, values);
  expect([...file.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = new DataView(file.buffer).getUint16(8, true);
  expect((10 + length) % 64).toBe(0);
  const header = new TextDecoder().decode(file.subarray(10, 10 + length));
  expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': .*\} *\n$/);
  expect(header).toContain(`'shape': ${printed},`);
  expect(file.length).toBe(10 + length + 24);
  expect(new Float32Array(file.buffer, 10 + length)).toEqual(values);
});
