/**
 * The two checkpoints of a MAPS: `model.pth.tar` is `{"model": state_dict, "epoch", "name"}`,
 * `optimizer.pth.tar` is `{"optimizer": state_dict, "epoch", "name"}`, in half precision with
 * `"scaler"`. A state_dict is an
 * OrderedDict of tensors in the order of the network's layers.
 */
import { CapsuleError } from '../errors.ts';
import { OrderedDict, type PyDict, type PyValue } from './python-values.ts';
import { readTorch } from './read.ts';
import { TorchTensor } from './tensor.ts';
import { writeTorch, type TorchArchive } from './write.ts';

export type StateDict = Map<string, TorchTensor>;

export interface Checkpoint {
  readonly model: StateDict;
  /** Zero-based epoch at whose end it was saved. */
  readonly epoch: number;
  /** Architecture. */
  readonly name: string;
  /** The `_metadata` of the state_dict: versions of its modules. */
  readonly metadata?: PyDict;
}

/** The optimizer's state_dict: `{"state": {index: {...}}, "param_groups": [...]}`. */
export interface OptimizerCheckpoint {
  readonly optimizer: PyDict;
  /** The state_dict of a `GradScaler`, where training is in half precision; 1.6.1 loses it. */
  readonly scaler?: PyDict;
  readonly epoch: number;
  readonly name: string;
}

/** The folder inside the archive, after the name under which 1.6.1 saves both before copying. */
const MODEL_ROOT = 'checkpoint.pth';
const OPTIMIZER_ROOT = 'optimizer.pth';

export function readCheckpoint(bytes: Uint8Array<ArrayBuffer>, file?: string): Checkpoint {
  const { content, epoch, name } = readParts(bytes, 'model', file);
  const model: StateDict = new Map();
  for (const [key, tensor] of content) {
    if (!(tensor instanceof TorchTensor)) throw unexpected(`${key}, which is not a tensor`, file);
    model.set(String(key), tensor);
  }
  const metadata =
    content instanceof OrderedDict ? content.attributes?.get('_metadata') : undefined;
  return { model, epoch, name, ...(metadata instanceof Map ? { metadata } : {}) };
}

export function checkpointBytes(checkpoint: Checkpoint): TorchArchive {
  const model = new OrderedDict(checkpoint.model);
  if (checkpoint.metadata !== undefined) {
    model.attributes = new Map([['_metadata', checkpoint.metadata]]);
  }
  return writeParts('model', model, checkpoint, MODEL_ROOT);
}

export function readOptimizerCheckpoint(
  bytes: Uint8Array<ArrayBuffer>,
  file?: string,
): OptimizerCheckpoint {
  const { content, epoch, name, scaler } = readParts(bytes, 'optimizer', file);
  return { optimizer: content, epoch, name, ...(scaler instanceof Map ? { scaler } : {}) };
}

export function optimizerCheckpointBytes(checkpoint: OptimizerCheckpoint): TorchArchive {
  const { optimizer, scaler } = checkpoint;
  const rest = scaler === undefined ? [] : [['scaler', scaler] as const];
  return writeParts('optimizer', optimizer, checkpoint, OPTIMIZER_ROOT, rest);
}

function readParts(
  bytes: Uint8Array<ArrayBuffer>,
  key: 'model' | 'optimizer',
  file: string | undefined,
): { content: PyDict; epoch: number; name: string; scaler: PyValue | undefined } {
  const value = readTorch(bytes, file);
  if (!(value instanceof Map)) throw unexpected('a file that holds no dict', file);
  const content = value.get(key);
  const epoch = value.get('epoch');
  const name = value.get('name');
  if (!(content instanceof Map)) throw unexpected(`a file without "${key}"`, file);
  if (typeof epoch !== 'number') throw unexpected('a file without "epoch"', file);
  if (typeof name !== 'string') throw unexpected('a file without "name"', file);
  return { content, epoch, name, scaler: value.get('scaler') };
}

function writeParts(
  key: string,
  content: PyValue,
  checkpoint: { readonly epoch: number; readonly name: string },
  root: string,
  rest: readonly (readonly [string, PyValue])[] = [],
): TorchArchive {
  const value = new Map<string, PyValue>([
    [key, content],
    ['epoch', checkpoint.epoch],
    ['name', checkpoint.name],
    ...rest,
  ]);
  return writeTorch(value, root);
}

function unexpected(found: string, file: string | undefined): CapsuleError {
  return new CapsuleError('TORCH_FORMAT', {
    expected: 'a checkpoint of ClinicaDL',
    found,
    ...(file === undefined ? {} : { file }),
  });
}
