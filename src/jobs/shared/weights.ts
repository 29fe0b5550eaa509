/** A network's state as a PyTorch checkpoint, and back. */
import type { Checkpoint } from '../../core/torch/checkpoint.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import type { Network } from '../../engine/networks/network.ts';

/** @param epoch - 0-based, at whose end the state is saved */
export async function checkpointOf(network: Network, epoch: number): Promise<Checkpoint> {
  const model = new Map(
    (await network.state()).map(({ name, shape, values, counter }) => [
      name,
      counter ? TorchTensor.int64(shape, Array.from(values)) : TorchTensor.float32(shape, values),
    ]),
  );
  return { model, epoch, name: network.plan.name };
}

/** @throws CapsuleError WEIGHTS_MISMATCH */
export function loadCheckpoint(network: Network, checkpoint: Checkpoint, file: string): void {
  const values = [...checkpoint.model].map(([name, tensor]) => ({
    name,
    shape: tensor.shape,
    values: tensor.toFloat32(),
    counter: tensor.dtype === 'int64',
  }));
  network.load(values, file);
}
