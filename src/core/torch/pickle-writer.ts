/**
 * Python values as a pickle of protocol 2, in the instructions that `torch.load(weights_only=True)`
 * accepts. Storages are handed out by number, one a tensor, to be written beside the pickle. No memo
 * is kept: checkpoints are trees, and the pickle is a thousandth of the file.
 */
import { CapsuleError } from '../errors.ts';
import { DTYPES } from './dtypes.ts';
import { OP } from './pickle-opcodes.ts';
import { OrderedDict, PyFloat, PyTuple, type PyDict, type PyValue } from './python-values.ts';
import { TorchTensor } from './tensor.ts';

const MAX_DEPTH = 64;

export interface Pickled {
  readonly pickle: Uint8Array<ArrayBuffer>;
  /** Tensors in the order of their storage keys `0`, `1`, ... */
  readonly storages: readonly TorchTensor[];
}

export function writePickle(value: PyValue): Pickled {
  const writer = new PickleWriter();
  return writer.write(value);
}

class PickleWriter {
  readonly #storages: TorchTensor[] = [];
  #bytes = new Uint8Array(4096);
  #length = 0;

  write(value: PyValue): Pickled {
    this.#put(OP.PROTO, 2);
    this.#value(value, 0);
    this.#put(OP.STOP);
    return { pickle: this.#bytes.slice(0, this.#length), storages: this.#storages };
  }

  #value(value: PyValue, depth: number): void {
    if (depth > MAX_DEPTH) {
      throw new CapsuleError('INTERNAL', { found: 'values nested too deeply for a checkpoint' });
    }
    if (value === null) this.#put(OP.NONE);
    else if (typeof value === 'boolean') this.#put(value ? OP.NEWTRUE : OP.NEWFALSE);
    else if (typeof value === 'number' || typeof value === 'bigint') this.#integer(value);
    else if (typeof value === 'string') this.#text(value);
    else if (value instanceof PyFloat) this.#float(value.value);
    else if (value instanceof TorchTensor) this.#tensor(value);
    else if (value instanceof PyTuple) this.#group(OP.TUPLE, value.items, depth);
    else if (value instanceof Map) this.#dict(value, depth);
    else {
      this.#put(OP.EMPTY_LIST);
      this.#group(OP.APPENDS, value, depth);
    }
  }

  #dict(dict: PyDict, depth: number): void {
    if (dict instanceof OrderedDict) this.#emptyOrderedDict();
    else this.#put(OP.EMPTY_DICT);
    this.#group(OP.SETITEMS, [...dict].flat() as PyValue[], depth);
    if (dict instanceof OrderedDict && dict.attributes !== undefined) {
      this.#value(dict.attributes, depth + 1);
      this.#put(OP.BUILD);
    }
  }

  #emptyOrderedDict(): void {
    this.#global('collections', 'OrderedDict');
    this.#put(OP.EMPTY_TUPLE, OP.REDUCE);
  }

  #group(opcode: number, items: readonly PyValue[], depth: number): void {
    this.#put(OP.MARK);
    for (const item of items) this.#value(item, depth + 1);
    this.#put(opcode);
  }

  #tensor(tensor: TorchTensor): void {
    const strides = tensor.shape.map((_, axis) =>
      tensor.shape.slice(axis + 1).reduce((product, size) => product * size, 1),
    );
    this.#global('torch._utils', '_rebuild_tensor_v2');
    this.#put(OP.MARK, OP.MARK);
    this.#text('storage');
    this.#global('torch', DTYPES[tensor.dtype].storage);
    this.#text(String(this.#storages.push(tensor) - 1));
    this.#text('cpu');
    this.#integer(tensor.length);
    this.#put(OP.TUPLE, OP.BINPERSID, OP.BININT1, 0);
    this.#group(OP.TUPLE, tensor.shape, 0);
    this.#group(OP.TUPLE, strides, 0);
    this.#put(tensor.requiresGrad ? OP.NEWTRUE : OP.NEWFALSE);
    this.#emptyOrderedDict();
    this.#put(OP.TUPLE, OP.REDUCE);
  }

  #global(module: string, name: string): void {
    this.#put(OP.GLOBAL);
    this.#raw(new TextEncoder().encode(`${module}\n${name}\n`));
  }

  #integer(value: number | bigint): void {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new CapsuleError('INTERNAL', { found: `${value} in the place of a Python int` });
    }
    if (value >= 0 && value < 256) return this.#put(OP.BININT1, Number(value));
    if (value >= -(2 ** 31) && value < 2 ** 31) {
      this.#put(OP.BININT);
      return this.#view(4, (view) => view.setInt32(0, Number(value), true));
    }
    let length = 5;
    while (BigInt.asIntN(8 * length, BigInt(value)) !== BigInt(value)) length++;
    this.#put(OP.LONG1, length);
    for (let i = 0; i < length; i++) this.#put(Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
  }

  #float(value: number): void {
    this.#put(OP.BINFLOAT);
    this.#view(8, (view) => view.setFloat64(0, value, false));
  }

  #text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#put(OP.BINUNICODE);
    this.#view(4, (view) => view.setUint32(0, bytes.length, true));
    this.#raw(bytes);
  }

  #view(length: number, fill: (view: DataView) => void): void {
    const field = new Uint8Array(length);
    fill(new DataView(field.buffer));
    this.#raw(field);
  }

  #put(...bytes: number[]): void {
    this.#raw(bytes);
  }

  #raw(bytes: ArrayLike<number>): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}
