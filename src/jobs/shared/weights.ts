/** A network's state as a PyTorch checkpoint, and back. */
import {
  OrderedDict,
  PyFloat,
  PyTuple,
  type PyDict,
  type PyValue,
} from '../../core/torch/python-values.ts';
import type { Checkpoint, OptimizerCheckpoint } from '../../core/torch/checkpoint.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import { statesOf, type Network } from '../../engine/networks/network.ts';
import type { Adam } from '../../engine/optimizers/adam.ts';
import {
  BACKOFF,
  GROWTH,
  GROWTH_INTERVAL,
  type LossScaler,
} from '../../engine/optimizers/loss-scaler.ts';

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

/** The optimizer as `torch.optim.Adam.state_dict()` describes it. */
export async function optimizerCheckpointOf(
  network: Network,
  optimizer: Adam,
  epoch: number,
  scaler?: LossScaler,
): Promise<OptimizerCheckpoint> {
  const { step, learningRate, weightDecay, betas, epsilon, moments } = optimizer.state;
  const shapes = new Map(statesOf(network.plan).map(({ name, shape }) => [name, shape]));
  const names = [...network.parameters().keys()];
  const state: PyDict = new Map();
  for (const [index, name] of names.entries()) {
    const moment = moments.get(name);
    if (moment === undefined) continue;
    const tensor = async (from: typeof moment.first) =>
      TorchTensor.float32(shapes.get(name) ?? [], await network.exportLike(name, from));
    state.set(
      index,
      new Map<string, PyValue>([
        ['step', TorchTensor.float32([], new Float32Array([step]))],
        ['exp_avg', await tensor(moment.first)],
        ['exp_avg_sq', await tensor(moment.second)],
      ]),
    );
  }
  const group = new Map<string, PyValue>([
    ['lr', new PyFloat(learningRate)],
    ['betas', new PyTuple(betas.map((beta) => new PyFloat(beta)))],
    ['eps', new PyFloat(epsilon)],
    ['weight_decay', new PyFloat(weightDecay)],
    ['amsgrad', false],
    ['params', names.map((_, index) => index)],
  ]);
  const dict = new OrderedDict([
    ['state', state],
    ['param_groups', [group]],
  ]);
  const scaling = scaler === undefined ? {} : { scaler: scalerState(scaler) };
  return { optimizer: dict, epoch, name: network.plan.name, ...scaling };
}

/** As `torch.cuda.amp.GradScaler.state_dict()`. */
function scalerState(scaler: LossScaler): PyDict {
  const { scale, growthTracker } = scaler.state;
  return new Map<string, PyValue>([
    ['scale', new PyFloat(scale)],
    ['growth_factor', new PyFloat(GROWTH)],
    ['backoff_factor', new PyFloat(BACKOFF)],
    ['growth_interval', GROWTH_INTERVAL],
    ['_growth_tracker', growthTracker],
  ]);
}
