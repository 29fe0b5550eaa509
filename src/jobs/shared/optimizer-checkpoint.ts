/**
 * An optimizer as `torch.optim` describes it in its `state_dict()`, with the keys and the order of
 * PyTorch 1.13, which later versions load as well, and back. Tensors are in PyTorch's axis order.
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import type { OptimizerCheckpoint } from '../../core/torch/checkpoint.ts';
import {
  numberOf,
  PyFloat,
  PyTuple,
  type PyDict,
  type PyValue,
} from '../../core/torch/python-values.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import type { StateSpec } from '../../engine/layers/layer.ts';
import { statesOf, type Network } from '../../engine/networks/network.ts';
import {
  BACKOFF,
  GROWTH,
  GROWTH_INTERVAL,
  type LossScaler,
} from '../../engine/optimizers/loss-scaler.ts';
import type { Optimizer, OptimizerState } from '../../engine/optimizers/optimizer.ts';

/** @param epoch - 0-based, at whose end the state is saved */
export async function optimizerCheckpointOf(
  network: Network,
  optimizer: Optimizer,
  epoch: number,
  scaler?: LossScaler,
): Promise<OptimizerCheckpoint> {
  const saved = optimizer.state;
  const shapes = new Map(statesOf(network.plan).map(({ name, shape }) => [name, shape]));
  const names = [...network.parameters().keys()];
  const state: PyDict = new Map();
  for (const [index, name] of names.entries()) {
    const tensors = saved.tensors.get(name);
    if (tensors === undefined) continue;
    const entries: PyDict = new Map(scalarEntries(saved));
    for (const [key, tensor] of tensors) {
      const values = await network.exportLike(name, tensor);
      entries.set(key, TorchTensor.float32(shapes.get(name) ?? [], values));
    }
    state.set(index, entries);
  }
  const group = new Map<string, PyValue>([
    ...saved.group,
    ['params', names.map((_, index) => index)],
  ]);
  const dict = new Map<string, PyValue>([
    ['state', state],
    ['param_groups', [group]],
  ]);
  const scaling = scaler === undefined ? {} : { scaler: scalerState(scaler) };
  return { optimizer: dict, epoch, name: network.plan.name, ...scaling };
}

/** What stands before the tensors of a parameter. SGD without momentum has one empty entry. */
function scalarEntries({ counter, step, scalars }: OptimizerState): [string, PyValue][] {
  if (counter === 'none') return [['momentum_buffer', null]];
  const steps = counter === 'int' ? step : scalar(step);
  const others = Object.entries(scalars).map(([key, value]): [string, PyValue] => [
    key,
    scalar(value),
  ]);
  return [['step', steps], ...others];
}

function scalar(value: number): TorchTensor {
  return TorchTensor.float32([], Float32Array.of(value));
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

/**
 * Goes on from a checkpoint, with its learning rate and weight decay, as PyTorch's `load_state_dict`.
 * @throws CapsuleError WEIGHTS_MISMATCH where it is of another optimizer, of other settings than
 *   PyTorch's defaults, or of another network
 */
export function loadOptimizerCheckpoint(
  network: Network,
  optimizer: Optimizer,
  checkpoint: OptimizerCheckpoint,
  file: string,
): void {
  try {
    const group = groupOf(checkpoint.optimizer, network, optimizer.state);
    const entries = entriesOf(checkpoint.optimizer, network);
    const { step = 0, ...scalars } = commonNumbers([...entries.values()]);
    const tensors = new Map([...entries].map(([name, { tensors }]) => [name, tensors()]));
    optimizer.load({ ...group, step, scalars, tensors });
  } catch (thrown) {
    throw thrown instanceof CapsuleError ? thrown.at({ file }) : thrown;
  }
}

/** Settings of PyTorch that say how it computes, not what. */
const MANNERS = new Set(['foreach', 'capturable', 'differentiable', 'fused']);

/** Learning rate and weight decay of the only group, whose other settings must be ours. */
function groupOf(dict: PyDict, network: Network, own: OptimizerState) {
  const groups = dict.get('param_groups');
  const [group, ...others] = Array.isArray(groups) ? groups : [];
  if (!(group instanceof Map) || others.length > 0) throw mismatch('one group of parameters');
  for (const [key, value] of own.group) {
    if (key === 'lr' || key === 'weight_decay' || MANNERS.has(key) || !group.has(key)) continue;
    const [wanted, found] = [inWords(value), inWords(group.get(key))];
    if (found !== wanted) throw mismatch(`${own.name} with ${key} ${wanted}`, found);
  }
  const [learningRate, weightDecay] = ['lr', 'weight_decay'].map((key) => numberOf(group.get(key)));
  if (learningRate === undefined || weightDecay === undefined) {
    throw mismatch('the numbers "lr" and "weight_decay"');
  }
  const [params, count] = [group.get('params'), network.parameters().size];
  if (!Array.isArray(params) || params.length !== count) {
    throw mismatch(`${count} parameters`, Array.isArray(params) ? `${params.length}` : 'none');
  }
  return { learningRate, weightDecay };
}

/** What the checkpoint has of a parameter. */
interface Entry {
  readonly numbers: ReadonlyMap<string, number>;
  /** Brings the tensors to the device, flat and in our axis order. */
  readonly tensors: () => Map<string, tf.Tensor>;
}

function entriesOf(dict: PyDict, network: Network): Map<string, Entry> {
  const state = dict.get('state');
  if (!(state instanceof Map)) throw mismatch('a "state"');
  const trained = network.parameters();
  const specs = statesOf(network.plan).filter(({ name }) => trained.has(name));
  return new Map(
    specs.flatMap((spec, index) => {
      const entry = state.get(index);
      return entry instanceof Map ? [[spec.name, entryOf(entry, spec)] as const] : [];
    }),
  );
}

function entryOf(entry: PyDict, { name, shape, toOurs }: StateSpec): Entry {
  const numbers = new Map<string, number>();
  const tensors = new Map<string, TorchTensor>();
  for (const [key, value] of entry) {
    if (value === null) continue;
    const number = value instanceof TorchTensor ? value.item() : numberOf(value);
    if (value instanceof TorchTensor && value.shape.join() === shape.join()) {
      tensors.set(String(key), value);
    } else if (number !== undefined) {
      numbers.set(String(key), number);
    } else {
      throw mismatch(`${key} of ${name} of shape [${shape.join(', ')}]`, inWords(value));
    }
  }
  return {
    numbers,
    tensors: () => new Map([...tensors].map(([key, value]) => [key, inOurOrder(value, toOurs)])),
  };
}

/** All parameters take their steps together, so that all have the same numbers. */
function commonNumbers(entries: readonly Entry[]): Record<string, number> {
  const [first, ...others] = entries.map(({ numbers }) => numbers);
  for (const [key, value] of first ?? []) {
    const different = others.find((numbers) => numbers.get(key) !== value);
    if (different !== undefined) {
      throw mismatch(`one ${key} for all parameters`, `${value} and ${different.get(key)}`);
    }
  }
  return Object.fromEntries(first ?? []);
}

/** Flat, as the optimizer keeps it. */
function inOurOrder(tensor: TorchTensor, toOurs: readonly number[] | undefined): tf.Tensor {
  return tf.tidy(() => {
    const values = tf.tensor(tensor.toFloat32(), [...tensor.shape]);
    const ordered = toOurs === undefined ? values : tf.transpose(values, [...toOurs]);
    return tf.reshape(ordered, [-1]);
  });
}

/** A number is the same as int and as float here: PyTorch has both for one setting. */
function inWords(value: PyValue | undefined): string {
  if (value instanceof PyTuple) return `(${value.items.map(inWords).join(', ')})`;
  if (Array.isArray(value)) return `[${value.map(inWords).join(', ')}]`;
  if (value instanceof TorchTensor) return `a tensor of shape [${value.shape.join(', ')}]`;
  if (value instanceof Map) return 'a dict';
  return String(numberOf(value) ?? value);
}

function mismatch(expected: string, found = 'something else'): CapsuleError {
  return new CapsuleError('WEIGHTS_MISMATCH', { expected, found });
}
