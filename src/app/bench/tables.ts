/**
 * Results as rows of words: the page draws them, Markdown is made from the same ones. Columns of
 * stock tfjs are there when it ran.
 */
import { VERSION } from '../../core/version.ts';
import type {
  BenchResult,
  EngineRow,
  KernelMeasurement,
  KernelProfile,
} from '../../jobs/bench/bench-api.ts';
import { bytes, count, percent, short } from '../lib/format.ts';
import { words } from './strings.ts';

export interface Figures {
  readonly head: readonly string[];
  /** As many cells a row; the first one names the row, the others are numbers. */
  readonly body: readonly (readonly string[])[];
  /** The sum of all rows. */
  readonly foot?: readonly string[];
}

interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly isOfStock?: boolean;
}

const stepColumns: readonly Column<EngineRow>[] = [
  { title: words.column.precision, cell: (row) => words.precision[row.precision] },
  { title: words.column.stockMs, cell: (row) => short(row.stock_ms), isOfStock: true },
  { title: words.column.capsuleMs, cell: (row) => short(row.capsule_ms) },
  { title: words.column.ratio, cell: (row) => words.times(row.ratio), isOfStock: true },
  { title: words.column.stockBytes, cell: (row) => bytes(row.stock_bytes), isOfStock: true },
  { title: words.column.capsuleBytes, cell: (row) => bytes(row.capsule_bytes) },
  { title: words.column.bytesRatio, cell: (row) => words.times(row.bytes_ratio), isOfStock: true },
  {
    title: words.column.stockFirst,
    cell: (row) => short(row.stock_first_step_ms),
    isOfStock: true,
  },
  { title: words.column.first, cell: (row) => short(row.first_step_ms) },
];

/** A row a precision. */
export function stepTable(rows: readonly EngineRow[]): Figures {
  const hasStock = rows.some((row) => Number.isFinite(row.stock_ms));
  const columns = stepColumns.filter(({ isOfStock }) => hasStock || isOfStock !== true);
  return {
    head: columns.map(({ title }) => title),
    body: rows.map((row) => columns.map(({ cell }) => cell(row))),
  };
}

/** Columns for rows, where few rows are too wide for the window. */
export function transposed({ head, body }: Figures): Figures {
  const [corner = '', ...titles] = head;
  return {
    head: [corner, ...body.map(([name = '']) => name)],
    body: titles.map((title, index) => [title, ...body.map((row) => row[index + 1] ?? '')]),
  };
}

/** A row a kernel, the slowest first, and one for all of them. */
export function kernelTable(profile: readonly KernelProfile[]): Figures {
  const rate = (value: number | undefined) => (value === undefined ? '' : short(value));
  const rows = profile.map(({ kernel, count: times, milliseconds, share, gflops, gigabytes }) => [
    ...[kernel, count(times), short(milliseconds), percent(share, 1)],
    ...[rate(gflops), rate(gigabytes)],
  ]);
  const sum = (of: (row: KernelProfile) => number) =>
    profile.reduce((all, row) => all + of(row), 0);
  const foot = [
    ...[words.all, count(sum((row) => row.count)), short(sum((row) => row.milliseconds))],
    ...[percent(1), '', ''],
  ];
  return { head: Object.values(words.kernelColumn), body: rows, foot };
}

/** Both tables with what they were measured on, to be pasted. */
export function markdownOf(result: BenchResult, browser: string): string {
  const { rows, kernels } = result;
  return [
    titleOf(result),
    words.madeWith(VERSION, browser),
    markdownTable(stepTable(rows)),
    ...kernels.flatMap((measured) => [
      `${words.kernels}, ${words.precision[measured.precision]}`,
      markdownTable(kernelTable(measured.profile)),
      ...remarkOn(measured),
    ]),
    '',
  ].join('\n\n');
}

/** One line of JSON a precision, as `npm run bench -- engine` prints it. */
export function jsonLines(rows: readonly EngineRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** All that was measured, for programs. */
export function jsonDocument(
  { device, request, rows, kernels }: BenchResult,
  browser: string,
): string {
  const byKernel = kernels.map(({ precision, profile, clockStep }) => ({
    ...{ precision, clock_step_ns: clockStep, profile },
  }));
  const made = { capsule: VERSION, browser, device, steps: request.steps };
  return `${JSON.stringify({ ...made, engine: rows, kernels: byKernel }, undefined, 2)}\n`;
}

/** `Conv5_FC3, 64 × 64 × 64, batch 2, on ...`. */
export function titleOf({ request, rows }: BenchResult): string {
  const { network, shape, batch } = request;
  return words.on(network, words.shapeOption(shape), batch, rows[0]?.adapter ?? '');
}

/** A clock that is coarser than short kernels take, in nanoseconds. */
const COARSE = 10_000;

export function remarkOn({ clockStep }: Pick<KernelMeasurement, 'clockStep'>): string[] {
  return clockStep < COARSE ? [] : [words.coarse(clockStep / 1000)];
}

/** Numbers to the right; a bar within a cell would end it. */
export function markdownTable({ head, body, foot }: Figures): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`;
  const rows = foot === undefined ? body : [...body, foot];
  return [line(head), rule, ...rows.map(line)].join('\n');
}
