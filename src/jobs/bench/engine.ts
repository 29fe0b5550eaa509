/**
 * How long a training step takes and what it holds, on stock tfjs and on our kernels in each
 * precision. First step and bytes are taken on a fresh device each, where nothing was compiled or
 * allocated before; then all of them take their steps in turn on one device after a warm-up, so that
 * whatever else the machine does slows all alike.
 */
import { CapsuleError, toProblem } from '../../core/errors.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import { allocatedBytes } from '../../engine/device/tfjs-backend.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { adapterName } from './adapter-name.ts';
import type { BenchRequest, EngineRow } from './bench-api.ts';
import { Trainer, type Case, type Path } from './trainer.ts';

const FIRST_STEPS = 'First steps, compiling';
const TIMING = 'Timing steps in turn';
const LEFT_OUT = 'It is left out; what this device can run is measured.';

/** Milliseconds and bytes of a path. */
export interface Figures {
  readonly first: number;
  readonly bytes: number;
  readonly times: readonly number[];
}

/**
 * The device is opened anew for each part and is left open. A path that the device cannot run is
 * told as a problem and left out.
 * @param context - its signal cancels between two readings from the device
 * @returns a row a precision that ran
 * @throws CapsuleError GPU_NONE; NETWORK_UNKNOWN, NETWORK_INPUT; CANCELLED; what stopped the last
 * precision, when none could run
 */
export async function* measureEngine(request: BenchRequest, context: JobContext): Job<EngineRow[]> {
  const { device, clock } = context;
  const wanted: Path[] = [...(request.stock ? (['stock'] as const) : []), ...request.precisions];
  const alone = new Map<Path, Omit<Figures, 'times'>>();
  const meter = new ProgressMeter(clock, 'variants', wanted.length);
  for (const [index, path] of wanted.entries()) {
    yield meter.event(FIRST_STEPS, index, [nameOf(path)]);
    try {
      alone.set(path, await firstStep(request, path, context));
    } catch (thrown) {
      const isLast =
        index === wanted.length - 1 && [...alone.keys()].every((one) => one === 'stock');
      if (isLast || !isOfPath(thrown)) throw thrown;
      const problem = toProblem(thrown, { steps: [nameOf(path)] });
      yield { kind: 'problem', problem: { ...problem, action: LEFT_OUT } };
    }
  }
  const times = yield* takeTurns(request, [...alone.keys()], context);
  const figures = new Map<Path, Figures>();
  for (const [path, figure] of alone)
    figures.set(path, { ...figure, times: times.get(path) ?? [] });
  return rowsOf(request, adapterName(device.report), figures);
}

/** Begins anew, so that nothing is compiled and no byte is held. @throws CapsuleError GPU_NONE */
export async function reopen(device: EngineDevice): Promise<void> {
  await device.reopen();
  if (device.report.kind !== 'none') return;
  throw new CapsuleError('GPU_NONE', { found: device.report.remark ?? device.report.name });
}

async function firstStep(chosen: Case, path: Path, context: JobContext) {
  await reopen(context.device);
  const trainer = new Trainer(context, path, chosen);
  try {
    const first = await trainer.step();
    // Ours takes some buffers when the optimizer has stepped.
    if (path !== 'stock') await trainer.step();
    return { first, bytes: allocatedBytes() };
  } finally {
    trainer.dispose();
  }
}

async function* takeTurns(
  request: BenchRequest,
  paths: readonly Path[],
  context: JobContext,
): Job<ReadonlyMap<Path, readonly number[]>> {
  await reopen(context.device);
  const trainers = paths.map((path) => [path, new Trainer(context, path, request)] as const);
  const times = new Map<Path, number[]>(paths.map((path) => [path, []]));
  const meter = new ProgressMeter(context.clock, 'steps', paths.length * (request.steps + 1));
  let done = 0;
  try {
    for (let round = 0; round <= request.steps; round++) {
      for (const [path, trainer] of trainers) {
        yield meter.event(TIMING, done, [nameOf(path)]);
        const time = await trainer.step();
        done += 1;
        // The first round is the warm-up.
        if (round > 0) times.get(path)?.push(time);
      }
    }
    yield meter.event(TIMING, done);
    return times;
  } finally {
    for (const [, trainer] of trainers) trainer.dispose();
  }
}

/** @returns a row a precision, beside stock */
export function rowsOf(
  { network, shape, batch, precisions }: BenchRequest,
  adapter: string,
  figures: ReadonlyMap<Path, Figures>,
): EngineRow[] {
  const stock = figures.get('stock') ?? { first: NaN, bytes: NaN, times: [] };
  const stockMs = median(stock.times);
  return precisions.flatMap((precision) => {
    const own = figures.get(precision);
    if (own === undefined) return [];
    const ms = median(own.times);
    const row: EngineRow = {
      ...{ adapter, network, precision },
      ...{ shape: shape.join('x'), batch },
      ...{ stock_ms: round(stockMs), capsule_ms: round(ms), ratio: round(stockMs / ms) },
      ...{ stock_bytes: stock.bytes, capsule_bytes: own.bytes },
      ...{ bytes_ratio: round(stock.bytes / own.bytes), first_step_ms: round(own.first) },
      ...{ stock_first_step_ms: round(stock.first) },
    };
    return [row];
  });
}

/** A path as people are told of it. */
function nameOf(path: Path): string {
  return path === 'stock' ? 'stock tfjs' : path;
}

/** Whether another path may run all the same. */
function isOfPath(thrown: unknown): boolean {
  if (!(thrown instanceof CapsuleError)) return false;
  return (
    thrown.code === 'LOSS_NOT_FINITE' ||
    (thrown.code.startsWith('GPU_') && thrown.code !== 'GPU_NONE')
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
