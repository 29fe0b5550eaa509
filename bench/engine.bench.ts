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
import { EngineDevice } from '../src/engine/device/engine-device.ts';
import { Network } from '../src/engine/networks/network.ts';
import { planNetwork } from '../src/engine/networks/registry.ts';
import { useKernels } from '../src/engine/kernels/choice.ts';
import type { Precision } from '../src/engine/networks/steps.ts';
import { Adam } from '../src/engine/optimizers/adam.ts';
import { LossScaler } from '../src/engine/optimizers/loss-scaler.ts';
import { trainEpoch } from '../src/engine/train.ts';
import { nodeGpu, releaseNodeGpu } from '../src/platform/node/gpu.ts';

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

const batch = Number(options.batch);

type Path = 'stock' | Precision;

/** A network and its optimizer on the open device. */
class Trainer {
  readonly #path: Path;
  readonly #device: EngineDevice;
  readonly #volumes: readonly Float32Array<ArrayBuffer>[];
  readonly #shape: readonly number[];
  readonly #network: Network;
  readonly #optimizer = new Adam(1e-4, 1e-4);
  readonly #scaler: LossScaler | undefined;

  constructor(device: EngineDevice, shape: readonly number[], path: Path) {
    this.#device = device;
    this.#path = path;
    this.#shape = shape;
    const plan = planNetwork(options.network, [1, ...shape], 2, 0);
    this.#network = new Network(plan, 1, path === 'half' ? 'half' : 'f32');
    this.#scaler = path === 'half' ? new LossScaler() : undefined;
    const voxels = shape.reduce((product, length) => product * length, 1);
    this.#volumes = Array.from({ length: batch }, (_, index) =>
      Float32Array.from({ length: voxels }, (_value, i) => Math.sin(i + index)),
    );
  }

  /** @returns milliseconds of one step, until its loss is read. */
  async step(): Promise<number> {
    useKernels(this.#path !== 'stock');
    const start = performance.now();
    const epoch = trainEpoch({
      ...{ device: this.#device, network: this.#network, optimizer: this.#optimizer },
      ...{ scaler: this.#scaler, order: [...this.#volumes.keys()], batchSize: batch },
      source: {
        count: batch,
        shape: [...this.#shape, 1],
        label: (index) => index % 2,
        name: (index) => `sub-${index}`,
        load: (index) => Promise.resolve(this.#volumes[index] as Float32Array<ArrayBuffer>),
      },
      ...{ accumulationSteps: 1, seed: 1, epoch: 0, signal: new AbortController().signal },
    });
    for await (const { loss } of epoch) if (!(loss > 0)) throw new Error(`loss ${loss}`);
    return performance.now() - start;
  }

  dispose(): void {
    this.#network.dispose();
    this.#optimizer.dispose();
  }
}

async function open(): Promise<EngineDevice> {
  const { gpu, remark } = await nodeGpu();
  const device = await EngineDevice.open(gpu);
  if (device.report.kind === 'none') throw new Error(remark);
  return device;
}

/** First step and bytes on a device of its own, where nothing was compiled or allocated before. */
async function fresh(shape: readonly number[], path: Path): Promise<[number, number]> {
  const device = await open();
  const trainer = new Trainer(device, shape, path);
  const first = await trainer.step();
  if (path !== 'stock') await trainer.step();
  const bytes = allocatedBytes();
  trainer.dispose();
  device.close();
  return [first, bytes];
}

async function measure(shape: readonly number[]): Promise<Record<string, unknown>[]> {
  const precisions = options.precisions.split(',') as Precision[];
  const paths: Path[] = [...(options.stock ? ['stock' as const] : []), ...precisions];
  const alone = new Map<Path, [number, number]>();
  for (const path of paths) alone.set(path, await fresh(shape, path));
  const device = await open();
  const trainers = paths.map((path) => [path, new Trainer(device, shape, path)] as const);
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
      ...{ adapter, network: options.network, precision, shape: shape.join('x'), batch },
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
  for (const row of await measure(shape.split('x').map(Number))) console.log(JSON.stringify(row));
}
releaseNodeGpu();
