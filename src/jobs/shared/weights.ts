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
  network.load(valuesOf(checkpoint), file);
}

/**
 * Weights of another training as a start, as ClinicaDL takes them over: all of them into a network of
 * the same kind; of a CNN its convolutions into the encoder of an autoencoder, and the other way
 * round. What is not taken over stays fresh.
 * @throws CapsuleError WEIGHTS_MISMATCH
 */
export function loadStart(network: Network, checkpoint: Checkpoint, file: string): void {
  const values = valuesOf(checkpoint);
  const [from, to] = [namedPart(checkpoint.name), namedPart(network.plan.name)];
  const has = (prefix: string) => values.some(({ name }) => name.startsWith(prefix));
  if (from === to || !has(from)) {
    network.load(values, file);
    return;
  }
  const part = values
    .filter(({ name }) => name.startsWith(from))
    .map((value) => ({ ...value, name: to + value.name.slice(from.length) }));
  network.load(part, file, to);
}

const isInverted = (architecture: string): boolean => architecture.startsWith('AE_');
/** What a CNN and an autoencoder made of one call the layers that they share. */
const namedPart = (architecture: string): string =>
  isInverted(architecture) ? 'encoder.' : 'convolutions.';

function valuesOf(checkpoint: Checkpoint) {
  return [...checkpoint.model].map(([name, tensor]) => ({
    name,
    shape: tensor.shape,
    values: tensor.toFloat32(),
    counter: tensor.dtype === 'int64',
  }));
}
