import { expect, test } from 'vitest';
import type { BenchRequest } from './bench-api.ts';
import { rowsOf, type Figures } from './engine.ts';
import { clockStepOf } from './kernels.ts';
import type { Path } from './trainer.ts';

const request: BenchRequest = {
  ...{ network: 'Conv5_FC3', shape: [64, 60, 56], batch: 2 },
  ...{ precisions: ['f32', 'half'], stock: true, steps: 3 },
};
const figures = new Map<Path, Figures>([
  ['stock', { first: 900.04, bytes: 500, times: [90, 100, 4000] }],
  ['f32', { first: 60, bytes: 50, times: [30, 10, 20] }],
  ['half', { first: 70, bytes: 40, times: [40, 40, 40] }],
]);

test('a row a precision: medians, and ratios of stock to ours, rounded to a tenth', () => {
  const [single, half, ...rest] = rowsOf(request, 'some GPU', figures);
  expect(rest).toEqual([]);
  expect(single).toEqual({
    ...{ adapter: 'some GPU', network: 'Conv5_FC3', precision: 'f32', shape: '64x60x56', batch: 2 },
    ...{ stock_ms: 100, capsule_ms: 20, ratio: 5, stock_bytes: 500, capsule_bytes: 50 },
    ...{ bytes_ratio: 10, first_step_ms: 60, stock_first_step_ms: 900 },
  });
  expect(half).toMatchObject({ precision: 'half', ratio: 2.5, bytes_ratio: 12.5 });
});

test('without stock its figures are missing; a precision that did not run has no row', () => {
  const only = new Map([...figures].filter(([path]) => path === 'half'));
  const rows = rowsOf(request, 'some GPU', only);
  expect(rows).toHaveLength(1);
  expect(JSON.parse(JSON.stringify(rows[0]))).toMatchObject({
    ...{ precision: 'half', stock_ms: null, capsule_ms: 40, ratio: null },
    ...{ stock_bytes: null, bytes_ratio: null, stock_first_step_ms: null },
  });
});

test('the step of a clock is what divides every time between two readings', () => {
  const at = (start: number, end: number) => ({ start, end });
  const step = 65_536;
  const origin = 7_123_456_789_012;
  const read = [at(origin, origin + 3 * step), at(origin + 10 * step, origin + 10 * step)];
  expect(clockStepOf(read)).toBe(step);
  expect(clockStepOf([at(5, 12), at(14, 30)])).toBe(1);
  expect(clockStepOf([])).toBe(0);
});
