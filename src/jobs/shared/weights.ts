/** A network's state as a PyTorch checkpoint, and back. */
import type { Checkpoint, StateDict } from '../../core/torch/checkpoint.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import { refuseMisfit } from '../../engine/networks/fit.ts';
import type { Network } from '../../engine/networks/network.ts';
import { statesOf, type NetworkPlan } from '../../engine/networks/plan.ts';

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
  network.load(valuesOf(checkpoint.model), file);
}

/**
 * Weights from elsewhere as a start, as ClinicaDL takes them over: all of them into a network of the
 * same kind; of a CNN its convolutions into the encoder of an autoencoder, and the other way round.
 * What is not taken over stays fresh.
 * @throws CapsuleError WEIGHTS_MISMATCH
 */
export function loadStart(network: Network, weights: StateDict, file: string): void {
  const { values, part } = startFor(network.plan, weights);
  network.load(values, file, part);
}

/**
 * As `loadStart` does, of names and shapes alone.
 * @throws CapsuleError WEIGHTS_MISMATCH
 */
export function refuseOtherWeights(plan: NetworkPlan, weights: StateDict, file: string): void {
  const { values, part } = startFor(plan, weights, () => NO_VALUES);
  refuseMisfit(plan, values, file, part);
}

/** What a CNN and an autoencoder made of one call the layers that they share. */
const PARTS = ['convolutions.', 'encoder.'] as const;
const NO_VALUES = new Float32Array(0);

/**
 * @returns what is taken over, under the network's own keys, and the beginning of these keys where it
 *   is a part
 */
function startFor(
  plan: NetworkPlan,
  weights: StateDict,
  read?: (tensor: TorchTensor) => Float32Array<ArrayBuffer>,
) {
  const values = valuesOf(weights, read);
  const states = statesOf(plan);
  const has = (prefix: string) => values.some(({ name }) => name.startsWith(prefix));
  const to = PARTS.find((prefix) => states.some(({ name }) => name.startsWith(prefix)));
  const from = PARTS.find((prefix) => prefix !== to && has(prefix));
  if (to === undefined || from === undefined || has(to)) return { values, part: '' };
  const part = values
    .filter(({ name }) => name.startsWith(from))
    .map((value) => ({ ...value, name: to + value.name.slice(from.length) }));
  return { values: part, part: to };
}

function valuesOf(
  weights: StateDict,
  read = (tensor: TorchTensor): Float32Array<ArrayBuffer> => tensor.toFloat32(),
) {
  return [...weights].map(([name, tensor]) => ({
    ...{ name, shape: tensor.shape, values: read(tensor), counter: tensor.dtype === 'int64' },
  }));
}
