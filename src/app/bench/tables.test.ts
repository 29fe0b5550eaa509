import { expect, test } from 'vitest';
import type { BenchResult, EngineRow } from '../../jobs/bench/bench-api.ts';
import { defaultsFor } from './settings.ts';
import {
  jsonDocument,
  jsonLines,
  kernelTable,
  markdownOf,
  markdownTable,
  remarkOn,
  stepTable,
  transposed,
} from './tables.ts';

const row: EngineRow = {
  ...{ adapter: 'Some GPU', network: 'Conv5_FC3', precision: 'f32', shape: '64x64x64', batch: 2 },
  ...{ stock_ms: 4784.2, capsule_ms: 394.1, ratio: 12.1 },
  ...{ stock_bytes: 2 ** 29, capsule_bytes: 2 ** 26, bytes_ratio: 8 },
  ...{ first_step_ms: 600.4, stock_first_step_ms: 6001 },
};
const alone: EngineRow = {
  ...row,
  ...{ precision: 'half', stock_ms: NaN, ratio: NaN },
  ...{ stock_bytes: NaN, bytes_ratio: NaN, stock_first_step_ms: NaN },
};
const profile = [
  { kernel: 'a|b', count: 3, milliseconds: 1.5, share: 0.75, gflops: 12.345, gigabytes: 1 },
  { kernel: 'c', count: 1, milliseconds: 0.5, share: 0.25 },
];
const result: BenchResult = {
  device: {
    ...{ kind: 'gpu', name: 'Some GPU', vendor: '', architecture: '', driver: '' },
    ...{ halfPrecision: true, subgroups: false, timestamps: true, maxBufferSize: 1 },
    ...{ maxBindingSize: 1, maxWorkgroupInvocations: 1, maxWorkgroupStorage: 1 },
  },
  request: defaultsFor('gpu'),
  rows: [row],
  kernels: [{ adapter: 'Some GPU', precision: 'f32', profile, trace: '{}', clockStep: 65536 }],
};

test('a row a precision, with the columns of stock only where it ran', () => {
  const both = stepTable([row]);
  expect(both.head).toHaveLength(9);
  expect(both.body).toEqual([
    ['f32', '4,780', '394', '12.1 ×', '512 MiB', '64 MiB', '8 ×', '6,000', '600'],
  ]);
  const { head, body } = stepTable([alone]);
  expect(head).toEqual(['Precision', 'Capsule ms', 'Capsule memory', 'Capsule first step ms']);
  expect(body).toEqual([['half', '394', '64 MiB', '600']]);
});

test('a transposed table has a row a figure', () => {
  const { head, body } = transposed(stepTable([alone, { ...alone, precision: 'f32' }]));
  expect(head).toEqual(['Precision', 'half', 'f32']);
  expect(body).toEqual([
    ['Capsule ms', '394', '394'],
    ['Capsule memory', '64 MiB', '64 MiB'],
    ['Capsule first step ms', '600', '600'],
  ]);
});

test('kernels close with their sum, and have no rate where nobody counted', () => {
  const { body, foot } = kernelTable(profile);
  expect(body).toEqual([
    ['a|b', '3', '1.5', '75%', '12.3', '1'],
    ['c', '1', '0.5', '25%', '', ''],
  ]);
  expect(foot).toEqual(['All kernels', '4', '2', '100%', '', '']);
});

test('Markdown has as many cells in every line, numbers to the right, bars escaped', () => {
  const lines = markdownTable(kernelTable(profile)).split('\n');
  expect(lines[1]).toBe('|---|---:|---:|---:|---:|---:|');
  expect(lines[2]).toBe('| a\\|b | 3 | 1.5 | 75% | 12.3 | 1 |');
  expect(lines.at(-1)).toBe('| All kernels | 4 | 2 | 100% |  |  |');
  for (const line of lines) expect(line.match(/(?<!\\)\|/g)).toHaveLength(7);
});

test('Markdown says what was measured, where, with which browser, and how coarse the clock is', () => {
  const text = markdownOf(result, 'Some browser');
  expect(text).toContain('Conv5_FC3, 64 × 64 × 64, batch 2, on Some GPU');
  expect(text).toContain('Some browser');
  expect(text).toContain('65.5 µs');
  // Tables begin after an empty line, or they are no tables.
  expect(text).toMatch(/\n\n\| Precision /);
  expect(text).toMatch(/\n\n\| Kernel /);
});

test('a clock fine enough for short kernels is not remarked on', () => {
  expect(remarkOn({ clockStep: 1 })).toEqual([]);
  expect(remarkOn({ clockStep: 100_000 })).toHaveLength(1);
});

test('JSON lines have the documented keys, null for what was not measured', () => {
  const [first = '', second = '', rest] = jsonLines([row, alone]).split('\n');
  expect(Object.keys(JSON.parse(first) as object)).toEqual(documentedKeys);
  expect(JSON.parse(second)).toMatchObject({ stock_ms: null, capsule_ms: 394.1, ratio: null });
  expect(rest).toBe('');
});

test('the JSON document holds rows, kernels, device and versions', () => {
  const parsed = JSON.parse(jsonDocument(result, 'Some browser')) as Record<string, unknown>;
  expect(parsed).toMatchObject({ browser: 'Some browser', steps: 5, engine: [row] });
  expect(parsed['kernels']).toEqual([{ precision: 'f32', clock_step_ns: 65536, profile }]);
});

/** Those of `npm run bench -- engine`, whose lines other programs read. */
const documentedKeys = [
  ...['adapter', 'network', 'precision', 'shape', 'batch', 'stock_ms', 'capsule_ms', 'ratio'],
  ...['stock_bytes', 'capsule_bytes', 'bytes_ratio', 'first_step_ms', 'stock_first_step_ms'],
];
