/**
 * What a profiler has heard, by kernel: how often, how long, what share of the time, and how fast
 * against what it had to do. As a table for people, as rows for programs, and as a trace in the
 * format of Chrome's tracing, which Perfetto opens (https://ui.perfetto.dev; "Trace Event Format").
 */
import type { Dispatch } from './gpu-profiler.ts';

export interface KernelProfile {
  readonly kernel: string;
  readonly count: number;
  readonly milliseconds: number;
  /** Of the time of all kernels, 0 to 1. */
  readonly share: number;
  /** 10^9 floating-point operations a second; undefined where nobody counted them. */
  readonly gflops?: number;
  /** 10^9 bytes a second of the tensors that are read and written, each counted once. */
  readonly gigabytes?: number;
}

/** The slowest first. */
export function profileOf(dispatches: readonly Dispatch[]): KernelProfile[] {
  const byKernel = new Map<string, Dispatch[]>();
  for (const dispatch of dispatches) {
    const known = byKernel.get(dispatch.kernel);
    if (known === undefined) byKernel.set(dispatch.kernel, [dispatch]);
    else known.push(dispatch);
  }
  const all = nanoseconds(dispatches);
  return [...byKernel]
    .map(([kernel, own]) => {
      const time = nanoseconds(own);
      const flops = total(own.map((dispatch) => dispatch.flops));
      const bytes = total(own.map((dispatch) => dispatch.bytes));
      return {
        ...{ kernel, count: own.length, milliseconds: time / 1e6, share: time / all },
        // A clock may be too coarse for a short kernel.
        ...(flops === undefined || time === 0 ? {} : { gflops: flops / time }),
        ...(bytes === undefined || time === 0 ? {} : { gigabytes: bytes / time }),
      };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Lines of a table with a header. */
export function profileTable(profile: readonly KernelProfile[]): string[] {
  const figure = (value: number | undefined) => (value === undefined ? '' : value.toFixed(2));
  const rows = profile.map(({ kernel, count, milliseconds, share, gflops, gigabytes }) => [
    ...[kernel, String(count), milliseconds.toFixed(2), `${(share * 100).toFixed(1)} %`],
    ...[figure(gflops), figure(gigabytes)],
  ]);
  const table = [['kernel', 'count', 'ms', 'share', 'GFLOP/s', 'GB/s'], ...rows];
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths?.[0] ?? 0) : cell.padStart(widths?.[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** @returns JSON that Perfetto and chrome://tracing open; times in microseconds from the first. */
export function traceOf(dispatches: readonly Dispatch[], process: string): string {
  const origin = Math.min(...dispatches.map(({ start }) => start));
  const events = dispatches.map(({ kernel, start, end, bytes, flops }) => ({
    ...{ name: kernel, cat: 'gpu', ph: 'X', pid: 1, tid: 1 },
    ...{ ts: (start - origin) / 1000, dur: (end - start) / 1000 },
    args: { bytes, flops },
  }));
  const name = { name: 'process_name', ph: 'M', pid: 1, args: { name: process } };
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents: [name, ...events] });
}

function nanoseconds(dispatches: readonly Dispatch[]): number {
  return dispatches.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** @returns undefined where a number is missing */
function total(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}
