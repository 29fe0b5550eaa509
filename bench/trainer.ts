/** What the benchmarks of the engine share: a device, and a network that takes steps on it. */
import { EngineDevice } from '../src/engine/device/engine-device.ts';
import { useKernels } from '../src/engine/kernels/choice.ts';
import { Network } from '../src/engine/networks/network.ts';
import { planNetwork } from '../src/engine/networks/registry.ts';
import type { Precision } from '../src/engine/networks/steps.ts';
import { LossScaler } from '../src/engine/optimizers/loss-scaler.ts';
import { Optimizer } from '../src/engine/optimizers/optimizer.ts';
import { trainEpoch } from '../src/engine/train.ts';
import { nodeGpu } from '../src/platform/node/gpu.ts';

export interface Case {
  readonly network: string;
  /** Spatial shape of a volume. */
  readonly shape: readonly number[];
  readonly batch: number;
}

export type Path = 'stock' | Precision;

/** A network and its optimizer on the open device. */
export class Trainer {
  readonly #path: Path;
  readonly #device: EngineDevice;
  readonly #volumes: readonly Float32Array<ArrayBuffer>[];
  readonly #case: Case;
  readonly #network: Network;
  readonly #optimizer = new Optimizer('Adam', 1e-4, 1e-4);
  readonly #scaler: LossScaler | undefined;

  constructor(device: EngineDevice, path: Path, chosen: Case) {
    const { network, shape, batch } = chosen;
    this.#device = device;
    this.#path = path;
    this.#case = chosen;
    const plan = planNetwork(network, [1, ...shape], 2, 0);
    this.#network = new Network(plan, 1, { precision: path === 'half' ? 'half' : 'f32' });
    this.#scaler = path === 'half' ? new LossScaler() : undefined;
    const voxels = shape.reduce((product, length) => product * length, 1);
    this.#volumes = Array.from({ length: batch }, (_, index) =>
      Float32Array.from({ length: voxels }, (_value, i) => Math.sin(i + index)),
    );
  }

  /** @returns milliseconds of one step, until its loss is read. */
  async step(): Promise<number> {
    const { shape, batch } = this.#case;
    useKernels(this.#path !== 'stock');
    const start = performance.now();
    const epoch = trainEpoch({
      ...{ device: this.#device, network: this.#network, optimizer: this.#optimizer },
      ...{ scaler: this.#scaler, order: [...this.#volumes.keys()], batchSize: batch },
      source: {
        count: batch,
        shape: [...shape, 1],
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

export async function open(): Promise<EngineDevice> {
  const { gpu, remark } = await nodeGpu();
  const device = await EngineDevice.open(gpu);
  if (device.report.kind === 'none') throw new Error(remark);
  return device;
}
