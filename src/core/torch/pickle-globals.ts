/**
 * The few Python globals that a checkpoint may name, and what calling them does here. A pickle is a
 * program; this list is all that it can call. Anything else is refused by its name, before it has
 * any effect.
 */
import { CapsuleError } from '../errors.ts';
import { dtypeOfStorage, type Dtype } from './dtypes.ts';
import { OrderedDict, PyTuple, type PyValue } from './python-values.ts';
import { TorchTensor } from './tensor.ts';

/** A name that stands on the stack until it is called. */
export type Global =
  | { readonly global: 'rebuildTensor' | 'rebuildParameter' | 'orderedDict' | 'size' }
  | { readonly global: 'storage'; readonly dtype: Dtype };

/** Raw elements in the file, named by `persistent_load`. */
export class StorageReference {
  readonly dtype: Dtype;
  readonly key: string;
  /** Elements, not bytes. */
  readonly length: number;

  constructor(dtype: Dtype, key: string, length: number) {
    this.dtype = dtype;
    this.key = key;
    this.length = length;
  }
}

/** A tuple with a name or a storage in it: it can only be the arguments of a call. */
export class ArgumentTuple {
  readonly items: readonly Item[];

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

/** What can stand on the machine's stack. */
export type Item = PyValue | Global | StorageReference | ArgumentTuple;

export interface TensorPlace {
  readonly storage: StorageReference;
  /** In elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];
  readonly requiresGrad: boolean;
}

/** Makes the tensor that lies at a place of a storage. */
export type TensorBuilder = (place: TensorPlace) => TorchTensor;

/** @returns the global, or throws CapsuleError `TORCH_FORBIDDEN` with its name. */
export function resolveGlobal(module: string, name: string): Global {
  const full = `${module}.${name}`;
  if (full === 'torch._utils._rebuild_tensor_v2') return { global: 'rebuildTensor' };
  if (full === 'torch._utils._rebuild_parameter') return { global: 'rebuildParameter' };
  if (full === 'collections.OrderedDict') return { global: 'orderedDict' };
  if (full === 'torch.Size') return { global: 'size' };
  const dtype = module === 'torch' ? dtypeOfStorage(name) : undefined;
  if (dtype !== undefined) return { global: 'storage', dtype };
  throw new CapsuleError('TORCH_FORBIDDEN', { found: full.slice(0, 200) });
}

export function isGlobal(item: Item): item is Global {
  return item !== null && typeof item === 'object' && 'global' in item;
}

/** A plain value, not a name or a storage that was never used as one. */
export function isValue(item: Item): item is PyValue {
  return !isGlobal(item) && !(item instanceof StorageReference) && !(item instanceof ArgumentTuple);
}

/** Calls a global with the arguments of REDUCE. */
export function call(target: Global, args: readonly Item[], build: TensorBuilder): PyValue {
  switch (target.global) {
    case 'orderedDict':
      if (args.length > 0) throw malformed('an OrderedDict with arguments');
      return new OrderedDict();
    case 'size': {
      const [items] = args;
      if (!(items instanceof PyTuple)) throw malformed('a torch.Size without its sizes');
      return items;
    }
    case 'rebuildParameter': {
      const [data, requiresGrad] = args;
      if (!(data instanceof TorchTensor)) throw malformed('a parameter without its tensor');
      return new TorchTensor(data.dtype, data.shape, data.bytes, requiresGrad === true);
    }
    case 'rebuildTensor':
      return build(tensorPlace(args));
    case 'storage':
      throw malformed('a call of a storage class');
  }
}

/** `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks)` */
function tensorPlace(args: readonly Item[]): TensorPlace {
  const [storage, offset, size, stride, requiresGrad] = args;
  if (!(storage instanceof StorageReference) || !isCount(offset)) {
    throw malformed('a tensor without its storage');
  }
  const shape = counts(size);
  const strides = counts(stride);
  if (shape.length !== strides.length || shape.length > 64) {
    throw malformed(`a tensor with ${shape.length} axes and ${strides.length} strides`);
  }
  return { storage, offset, shape, strides, requiresGrad: requiresGrad === true };
}

function counts(item: Item | undefined): number[] {
  if (!(item instanceof PyTuple) || !item.items.every(isCount)) {
    throw malformed('a tensor with an impossible shape');
  }
  return [...(item.items as number[])];
}

function isCount(item: Item | undefined): item is number {
  return typeof item === 'number' && item >= 0;
}

/** @returns the error for a pickle that no PyTorch would write. */
export function malformed(found: string): CapsuleError {
  return new CapsuleError('TORCH_FORMAT', { found });
}
