/** A network that takes training steps, on stock tfjs or on our kernels, and says how long one takes. */
import { CapsuleError } from '../../core/errors.ts';
import type { Augment } from '../../engine/augmentation/augmenter.ts';
import { useKernels } from '../../engine/kernels/choice.ts';
import { Network } from '../../engine/networks/network.ts';
import { planNetwork } from '../../engine/networks/registry.ts';
import type { Precision } from '../../engine/networks/steps.ts';
import { LossScaler } from '../../engine/optimizers/loss-scaler.ts';
import { Optimizer } from '../../engine/optimizers/optimizer.ts';
import { trainEpoch } from '../../engine/train.ts';
import type { JobContext } from '../shared/context.ts';

export interface Case {
  readonly network: string;
  /** Spatial shape of a volume, `[X, Y, Z]` voxels. */
  readonly shape: readonly number[];
  readonly batch: number;
}

/** What computes a step: stock tfjs operations, or our kernels in a precision. */
export type Path = 'stock' | Precision;

/** Its network and its optimizer live on the device that is open when it is made. */
export class Trainer {
  readonly #path: Path;
  readonly #context: JobContext;
  readonly #volumes: readonly Float32Array<ArrayBuffer>[];
  readonly #case: Case;
  readonly #network: Network;
  readonly #optimizer = new Optimizer('Adam', 1e-4, 1e-4);
  readonly #scaler: LossScaler | undefined;

  constructor(context: JobContext, path: Path, chosen: Case) {
    const { network, shape, batch } = chosen;
    this.#context = context;
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

  /**
   * Batch to the device, forward, backward, Adam, reading the loss.
   * @param augment - changes the batch first
   * @returns milliseconds until the loss is read and the device has nothing left to do
   * @throws CapsuleError CANCELLED; LOSS_NOT_FINITE; GPU_LOST, GPU_MEMORY, GPU_ERROR
   */
  async step(augment?: Augment): Promise<number> {
    const { clock, device } = this.#context;
    const start = clock.elapsed();
    try {
      await this.#train(augment);
      return clock.elapsed() - start;
    } catch (thrown) {
      // Recording breaks off with a message of its own where the device has refused a buffer.
      throw await device.faultBehind(thrown);
    } finally {
      useKernels(true);
    }
  }

  async #train(augment: Augment | undefined): Promise<void> {
    const { device, signal } = this.#context;
    const { shape, batch } = this.#case;
    useKernels(this.#path !== 'stock');
    const epoch = trainEpoch({
      ...{ device, network: this.#network, optimizer: this.#optimizer },
      ...{ scaler: this.#scaler, order: [...this.#volumes.keys()], batchSize: batch },
      source: {
        count: batch,
        shape: [...shape, 1],
        label: (index) => index % 2,
        name: (index) => `volume ${index + 1}`,
        load: (index) => Promise.resolve(this.#volumes[index] as Float32Array<ArrayBuffer>),
      },
      ...{ accumulationSteps: 1, seed: 1, epoch: 0, signal, augment },
    });
    for await (const { loss } of epoch) {
      if (!(loss > 0)) throw new CapsuleError('LOSS_NOT_FINITE', { found: `loss ${loss}` });
    }
  }

  dispose(): void {
    this.#network.dispose();
    this.#optimizer.dispose();
  }
}
