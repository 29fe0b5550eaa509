import { expect, test } from 'vitest';
import { profileOf, profileTable, traceOf } from './profile.ts';

const dispatches = [
  { kernel: 'pool', start: 1000, end: 2000, bytes: 4000 },
  { kernel: 'convolution', start: 2000, end: 5000, bytes: 6000, flops: 9000 },
  { kernel: 'pool', start: 5000, end: 6000, bytes: 2000 },
];

test('adds up by kernel, the slowest first, with rates where somebody counted', () => {
  const [first, second, ...rest] = profileOf(dispatches);
  expect(rest).toEqual([]);
  expect(first).toEqual({
    ...{ kernel: 'convolution', count: 1, milliseconds: 0.003, share: 0.6 },
    ...{ gflops: 3, gigabytes: 2 },
  });
  expect(second).toEqual({
    ...{ kernel: 'pool', count: 2, milliseconds: 0.002, share: 0.4, gigabytes: 3 },
  });
});

test('prints columns that line up', () => {
  const lines = profileTable(profileOf(dispatches));
  expect(lines[0]).toBe('kernel       count    ms   share  GFLOP/s  GB/s');
  expect(lines[1]).toBe('convolution      1  0.00  60.0 %     3.00  2.00');
  expect(lines[2]).toBe('pool             2  0.00  40.0 %           3.00');
});

test('writes a trace: one complete event a dispatch, in microseconds from the first', () => {
  const { traceEvents } = JSON.parse(traceOf(dispatches, 'Conv5_FC3')) as {
    traceEvents: Record<string, unknown>[];
  };
  expect(traceEvents[0]).toMatchObject({ ph: 'M', args: { name: 'Conv5_FC3' } });
  expect(traceEvents[2]).toMatchObject({ ph: 'X', name: 'convolution', ts: 1, dur: 3 });
  expect(traceEvents).toHaveLength(4);
});
