/**
 * One training step (forward, backward, Adam, reading the loss) of Conv4_FC3 on stock tfjs
 * operations and on our kernels, in alternation on one device, so that a busy machine slows both.
 * Prints one line of JSON a case. On Node the driver is chosen by VK_ICD_FILENAMES.
 *
 *   npm run bench -- engine [--shapes 28x35x30,42x52x45] [--batch 4] [--steps 3] [--no-stock]
 */
import { parseArgs } from 'node:util';
import { allocatedBytes } from '../src/engine/device/tfjs-backend.ts';
import { EngineDevice } from '../src/engine/device/engine-device.ts';
import { Network } from '../src/engine/networks/network.ts';
import { planNetwork } from '../src/engine/networks/registry.ts';
import { useKernels } from '../src/engine/kernels/choice.ts';
import { Adam } from '../src/engine/optimizers/adam.ts';
import { trainEpoch } from '../src/engine/train.ts';
import { nodeGpu, releaseNodeGpu } from '../src/platform/node/gpu.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    shapes: { type: 'string', default: '28x35x30,42x52x45' },
    batch: { type: 'string', default: '4' },
    steps: { type: 'string', default: '3' },
    network: { type: 'string', default: 'Conv4_FC3' },
    stock: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const batch = Number(options.batch);

/** A network and its optimizer on the open device. */
class Trainer {
  readonly #kernels: boolean;
  readonly #device: EngineDevice;
  readonly #shape: readonly number[];
  readonly #network: Network;
  readonly #optimizer = new Adam(1e-4, 1e-4);

  constructor(device: EngineDevice, shape: readonly number[], kernels: boolean) {
    this.#device = device;
    this.#kernels = kernels;
    this.#shape = shape;
    this.#network = new Network(planNetwork(options.network, [1, ...shape], 2, 0), 1);
  }

  /** @returns milliseconds of one step, until its loss is read. */
  async step(): Promise<number> {
    useKernels(this.#kernels);
    const voxels = this.#shape.reduce((product, length) => product * length, 1);
    const start = performance.now();
    const epoch = trainEpoch({
      device: this.#device,
      network: this.#network,
      optimizer: this.#optimizer,
      source: {
        count: batch,
        shape: [...this.#shape, 1],
        label: (index) => index % 2,
        name: (index) => `sub-${index}`,
        load: (index) =>
          Promise.resolve(Float32Array.from({ length: voxels }, (_, i) => Math.sin(i + index))),
      },
      order: Array.from({ length: batch }, (_, index) => index),
      batchSize: batch,
      accumulationSteps: 1,
      seed: 1,
      epoch: 0,
      signal: new AbortController().signal,
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
async function fresh(shape: readonly number[], kernels: boolean): Promise<[number, number]> {
  const device = await open();
  const trainer = new Trainer(device, shape, kernels);
  const first = await trainer.step();
  if (kernels) await trainer.step();
  const bytes = allocatedBytes();
  trainer.dispose();
  device.close();
  return [first, bytes];
}

async function measure(shape: readonly number[]): Promise<Record<string, unknown>> {
  const [firstStep, capsuleBytes] = await fresh(shape, true);
  const [stockFirst, stockBytes] = options.stock ? await fresh(shape, false) : [NaN, NaN];
  const device = await open();
  const capsule = new Trainer(device, shape, true);
  const stock = new Trainer(device, shape, false);
  const times = { capsule: [] as number[], stock: [] as number[] };
  await capsule.step();
  if (options.stock) await stock.step();
  for (let i = 0; i < Number(options.steps); i++) {
    times.capsule.push(await capsule.step());
    if (options.stock) times.stock.push(await stock.step());
  }
  const [capsuleMs, stockMs] = [median(times.capsule), median(times.stock)];
  capsule.dispose();
  stock.dispose();
  const adapter = device.report.driver || device.report.name;
  device.close();
  return {
    ...{ adapter, network: options.network, precision: 'f32', shape: shape.join('x'), batch },
    ...{
      stock_ms: round(stockMs),
      capsule_ms: round(capsuleMs),
      ratio: round(stockMs / capsuleMs),
    },
    ...{ stock_bytes: stockBytes, capsule_bytes: capsuleBytes },
    ...{ bytes_ratio: round(stockBytes / capsuleBytes), first_step_ms: round(firstStep) },
    ...{ stock_first_step_ms: round(stockFirst) },
  };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

for (const shape of options.shapes.split(',')) {
  console.log(JSON.stringify(await measure(shape.split('x').map(Number))));
}
releaseNodeGpu();
