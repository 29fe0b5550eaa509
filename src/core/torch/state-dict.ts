/**
 * A state dict, however it was saved: by itself (`torch.save(net.state_dict())`), under a key beside
 * an optimizer and an epoch (ClinicaDL `model`, Lightning and MedicalNet `state_dict`, the savers of
 * MONAI and Ignite the name that was given to the network), with `module.` before each key
 * (`torch.nn.DataParallel`) or `_orig_mod.` (`torch.compile`). Names, shapes and order of the
 * tensors stay as they are otherwise.
 */
import { CapsuleError } from '../errors.ts';
import type { StateDict } from './checkpoint.ts';
import type { PyDict, PyValue } from './python-values.ts';
import { readTorch } from './read.ts';
import { TorchTensor } from './tensor.ts';

/** Keys under which a network's state dict is saved, the most usual first. */
const WRAPPERS = [
  ...['state_dict', 'model', 'model_state_dict', 'model_state', 'net', 'network'],
  ...['params', 'module'],
];
const PREFIXES = ['module.', '_orig_mod.'];

/**
 * @param bytes - of a `.pt`, `.pth` or `.pth.tar` file; the tensors keep a view of it
 * @param file - its name, for errors
 * @returns tensors by key, in the order of the file
 * @throws CapsuleError TORCH_FORMAT where there is no state dict in it, or two that might be meant;
 *   TORCH_FORBIDDEN for a pickled module
 */
export function readStateDict(bytes: Uint8Array<ArrayBuffer>, file?: string): StateDict {
  return stateDictOf(readTorch(bytes, file), file);
}

/** As `readStateDict`, of what `torch.load` returns. */
export function stateDictOf(value: PyValue, file?: string): StateDict {
  if (!(value instanceof Map)) throw unexpected('a file that holds no dict', file);
  return withoutPrefixes(tensorsOf(value) ?? wrapped(value, file));
}

/** @returns undefined where something else than tensors is in it, or nothing. */
function tensorsOf(dict: PyDict): StateDict | undefined {
  const tensors: StateDict = new Map();
  for (const [key, value] of dict) {
    if (!(value instanceof TorchTensor)) return undefined;
    tensors.set(String(key), value);
  }
  return tensors.size === 0 ? undefined : tensors;
}

function wrapped(dict: PyDict, file: string | undefined): StateDict {
  for (const key of WRAPPERS) {
    const inner = dict.get(key);
    if (inner instanceof Map) return tensorsOf(inner) ?? wrapped(inner, file);
  }
  // Under a name of the user's own: clear where there is one only.
  const others = [...dict].flatMap(([key, inner]) => {
    const tensors = inner instanceof Map ? tensorsOf(inner) : undefined;
    return tensors === undefined ? [] : [{ key, tensors }];
  });
  const [only] = others;
  if (only !== undefined && others.length === 1) return only.tensors;
  const names = (others.length > 1 ? others.map(({ key }) => key) : [...dict.keys()])
    .slice(0, 8)
    .join(', ');
  const found =
    others.length > 1 ? `several of them: ${names}` : `a dict with ${names || 'nothing'}`;
  throw unexpected(found, file);
}

function withoutPrefixes(tensors: StateDict): StateDict {
  const prefix = PREFIXES.find((start) =>
    [...tensors.keys()].every((key) => key.startsWith(start)),
  );
  if (prefix === undefined) return tensors;
  const shorter = [...tensors].map(([key, tensor]) => [key.slice(prefix.length), tensor] as const);
  return withoutPrefixes(new Map(shorter));
}

function unexpected(found: string, file: string | undefined): CapsuleError {
  return new CapsuleError('TORCH_FORMAT', {
    expected: `a state dict, alone or under ${WRAPPERS.slice(0, 3).join(', ')}`,
    found,
    ...(file === undefined ? {} : { file }),
  });
}
