/**
 * One training step (forward, backward, Adam, reading the loss) on stock tfjs operations and on our
 * kernels in each precision, in turn on one device, so that a busy machine slows all of them. Prints
 * one line of JSON a case. On Node the driver is chosen by VK_ICD_FILENAMES.
 *
 *   npm run bench -- engine [--shapes 64x64x64] [--batch 2] [--network Conv5_FC3] [--steps 5]
 *     [--precisions f32,half] [--no-stock]
 */
import { parseArgs } from 'node:util';
import { allocatedBytes } from '../src/engine/device/tfjs-backend.ts';
import type { Precision } from '../src/engine/networks/steps.ts';
import { releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { open, Trainer, type Case, type Path } from './trainer.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    shapes: { type: 'string', default: '64x64x64' },
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '5' },
    network: { type: 'string', default: 'Conv5_FC3' },
    precisions: { type: 'string', default: 'f32,half' },
    stock: { type: 'boolean', default: true },
    /** What is printed anyway; for those who ask. */
    json: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

/** First step and bytes on a device of its own, where nothing was compiled or allocated before. */
async function fresh(chosen: Case, path: Path): Promise<[number, number]> {
  const device = await open();
  const trainer = new Trainer(device, path, chosen);
  const first = await trainer.step();
  if (path !== 'stock') await trainer.step();
  const bytes = allocatedBytes();
  trainer.dispose();
  device.close();
  return [first, bytes];
}

async function measure(chosen: Case): Promise<Record<string, unknown>[]> {
  const precisions = options.precisions.split(',') as Precision[];
  const paths: Path[] = [...(options.stock ? ['stock' as const] : []), ...precisions];
  const alone = new Map<Path, [number, number]>();
  for (const path of paths) alone.set(path, await fresh(chosen, path));
  const device = await open();
  const trainers = paths.map((path) => [path, new Trainer(device, path, chosen)] as const);
  const times = new Map<Path, number[]>(paths.map((path) => [path, []]));
  for (const [, trainer] of trainers) await trainer.step();
  for (let i = 0; i < Number(options.steps); i++) {
    for (const [path, trainer] of trainers) times.get(path)?.push(await trainer.step());
  }
  for (const [, trainer] of trainers) trainer.dispose();
  const adapter = device.report.driver || device.report.name;
  device.close();
  const [stockFirst = NaN, stockBytes = NaN] = alone.get('stock') ?? [];
  const stockMs = median(times.get('stock') ?? []);
  return precisions.map((precision) => {
    const [firstStep = NaN, bytes = NaN] = alone.get(precision) ?? [];
    const ms = median(times.get(precision) ?? []);
    return {
      ...{ adapter, network: chosen.network, precision },
      ...{ shape: chosen.shape.join('x'), batch: chosen.batch },
      ...{ stock_ms: round(stockMs), capsule_ms: round(ms), ratio: round(stockMs / ms) },
      ...{ stock_bytes: stockBytes, capsule_bytes: bytes },
      ...{ bytes_ratio: round(stockBytes / bytes), first_step_ms: round(firstStep) },
      ...{ stock_first_step_ms: round(stockFirst) },
    };
  });
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

for (const shape of options.shapes.split(',')) {
  const { network, batch } = options;
  const chosen = { network, shape: shape.split('x').map(Number), batch: Number(batch) };
  for (const row of await measure(chosen)) console.log(JSON.stringify(row));
}
releaseNodeGpu();
