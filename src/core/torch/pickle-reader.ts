/**
 * A pickle machine for checkpoints: it builds numbers, texts, lists, tuples, dicts and tensors, and
 * can call nothing but the names in `pickle-globals.ts` (the idea of PyTorch's `weights_only=True`).
 * Work and memory are bounded by the length of the input: every instruction takes at least one byte
 * and pushes at most one item, and values are shared, never copied.
 */
import { ByteCursor } from './byte-cursor.ts';
import {
  ArgumentTuple,
  call,
  isGlobal,
  isValue,
  malformed,
  resolveGlobal,
  StorageReference,
  type Item,
  type TensorBuilder,
} from './pickle-globals.ts';
import { OP } from './pickle-opcodes.ts';
import { OrderedDict, PyFloat, PyTuple, type PyKey, type PyValue } from './python-values.ts';

/** A pickle of names and shapes: a network of 10,000 tensors needs 2 MiB. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ITEMS = 2_000_000;
const MAX_INTEGER_BYTES = 64;

/** @returns the value; throws CapsuleError `TORCH_FORBIDDEN` or `TORCH_FORMAT`. */
export function readPickle(bytes: Uint8Array<ArrayBuffer>, build: TensorBuilder): PyValue {
  if (bytes.length > MAX_BYTES) throw malformed(`a pickle of ${bytes.length} bytes`);
  return new PickleMachine(bytes, build).run();
}

class PickleMachine {
  readonly #cursor: ByteCursor;
  readonly #build: TensorBuilder;
  readonly #stack: Item[] = [];
  /** Heights of the stack at each MARK that is still open. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Item>();

  constructor(bytes: Uint8Array<ArrayBuffer>, build: TensorBuilder) {
    this.#cursor = new ByteCursor(bytes);
    this.#build = build;
  }

  run(): PyValue {
    for (;;) {
      const opcode = this.#cursor.uint8();
      if (opcode === OP.STOP) return this.#popValue();
      if (this.#stack.length > MAX_ITEMS || this.#memo.size > MAX_ITEMS) {
        throw malformed('a pickle with too many items');
      }
      const done =
        this.#scalar(opcode) ||
        this.#container(opcode) ||
        this.#remember(opcode) ||
        this.#object(opcode);
      if (!done) throw malformed(`the pickle instruction 0x${opcode.toString(16)}`);
    }
  }

  #scalar(opcode: number): boolean {
    const cursor = this.#cursor;
    switch (opcode) {
      case OP.PROTO:
        if (cursor.uint8() > 5) throw malformed('a pickle of an unknown protocol');
        return true;
      case OP.FRAME:
        cursor.skip(8);
        return true;
      case OP.NONE:
        return this.#push(null);
      case OP.NEWTRUE:
        return this.#push(true);
      case OP.NEWFALSE:
        return this.#push(false);
      case OP.BININT:
        return this.#push(cursor.int32());
      case OP.BININT1:
        return this.#push(cursor.uint8());
      case OP.BININT2:
        return this.#push(cursor.uint16());
      case OP.LONG1: {
        const length = cursor.uint8();
        if (length > MAX_INTEGER_BYTES) throw malformed(`an integer of ${length} bytes`);
        return this.#push(cursor.signed(length));
      }
      case OP.BINFLOAT:
        return this.#push(new PyFloat(cursor.float64()));
      case OP.BINUNICODE:
        return this.#push(cursor.text(cursor.uint32()));
      case OP.SHORT_BINUNICODE:
        return this.#push(cursor.text(cursor.uint8()));
      default:
        return false;
    }
  }

  #container(opcode: number): boolean {
    switch (opcode) {
      case OP.MARK:
        this.#marks.push(this.#stack.length);
        return true;
      case OP.POP:
        this.#pop();
        return true;
      case OP.EMPTY_LIST:
        return this.#push([]);
      case OP.EMPTY_DICT:
        return this.#push(new Map());
      case OP.EMPTY_TUPLE:
        return this.#push(new PyTuple([]));
      case OP.TUPLE:
        return this.#pushTuple(this.#popMarked());
      case OP.TUPLE1:
      case OP.TUPLE2:
      case OP.TUPLE3:
        return this.#pushTuple(this.#popSeveral(opcode - OP.TUPLE1 + 1));
      case OP.APPEND:
        return this.#append(this.#popSeveral(1));
      case OP.APPENDS:
        return this.#append(this.#popMarked());
      case OP.SETITEM:
        return this.#setItems(this.#popSeveral(2));
      case OP.SETITEMS:
        return this.#setItems(this.#popMarked());
      default:
        return false;
    }
  }

  #remember(opcode: number): boolean {
    const cursor = this.#cursor;
    switch (opcode) {
      case OP.BINPUT:
        return this.#store(cursor.uint8());
      case OP.LONG_BINPUT:
        return this.#store(cursor.uint32());
      case OP.MEMOIZE:
        return this.#store(this.#memo.size);
      case OP.BINGET:
        return this.#push(this.#recall(cursor.uint8()));
      case OP.LONG_BINGET:
        return this.#push(this.#recall(cursor.uint32()));
      default:
        return false;
    }
  }

  #object(opcode: number): boolean {
    switch (opcode) {
      case OP.GLOBAL: {
        const module = this.#cursor.line();
        return this.#push(resolveGlobal(module, this.#cursor.line()));
      }
      case OP.STACK_GLOBAL: {
        const name = this.#pop();
        const module = this.#pop();
        return this.#push(resolveGlobal(String(module), String(name)));
      }
      case OP.REDUCE: {
        const args = this.#pop();
        const target = this.#pop();
        if (!(args instanceof ArgumentTuple) && !(args instanceof PyTuple)) {
          throw malformed('a call without arguments');
        }
        if (!isGlobal(target)) throw malformed('a call of something that is not a function');
        return this.#push(call(target, args.items, this.#build));
      }
      case OP.BUILD:
        return this.#setState();
      case OP.BINPERSID:
        return this.#push(persistent(this.#pop()));
      default:
        return false;
    }
  }

  #setState(): boolean {
    const state = this.#pop();
    const target = this.#top();
    if (!(target instanceof OrderedDict) || !(state instanceof Map)) {
      throw malformed('a state set on something else than an OrderedDict');
    }
    target.attributes = state;
    return true;
  }

  #push(item: Item): boolean {
    this.#stack.push(item);
    return true;
  }

  #pushTuple(items: Item[]): boolean {
    return this.#push(items.every(isValue) ? new PyTuple(items) : new ArgumentTuple(items));
  }

  #append(items: Item[]): boolean {
    const list = this.#top();
    if (!Array.isArray(list)) throw malformed('an item for something that is not a list');
    for (const item of items) list.push(value(item));
    return true;
  }

  #setItems(items: Item[]): boolean {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw malformed('an item for something that is not a dict');
    }
    for (let i = 0; i < items.length; i += 2) {
      dict.set(key(items[i] as Item), value(items[i + 1] as Item));
    }
    return true;
  }

  #store(index: number): boolean {
    this.#memo.set(index, this.#top());
    return true;
  }

  #recall(index: number): Item {
    const item = this.#memo.get(index);
    if (item === undefined) throw malformed('a reference to nothing');
    return item;
  }

  #top(): Item {
    this.#above(1);
    return this.#stack.at(-1) as Item;
  }

  #pop(): Item {
    this.#above(1);
    return this.#stack.pop() as Item;
  }

  #popSeveral(count: number): Item[] {
    this.#above(count);
    return this.#stack.splice(this.#stack.length - count);
  }

  #popMarked(): Item[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw malformed('a group that was never opened');
    return this.#stack.splice(mark);
  }

  #popValue(): PyValue {
    return value(this.#pop());
  }

  /** Nothing may reach below the last MARK. */
  #above(count: number): void {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) {
      throw malformed('a pickle that takes what it never put');
    }
  }
}

/** `('storage', torch.FloatStorage, key, location, length)`: the device it was on does not matter. */
function persistent(id: Item): StorageReference {
  const [kind, type, name, , length] = id instanceof ArgumentTuple ? id.items : [];
  if (
    kind !== 'storage' ||
    type === undefined ||
    !isGlobal(type) ||
    type.global !== 'storage' ||
    typeof name !== 'string' ||
    typeof length !== 'number' ||
    length < 0
  ) {
    throw malformed('a persistent id that is not a storage');
  }
  return new StorageReference(type.dtype, name, length);
}

function value(item: Item): PyValue {
  if (!isValue(item)) throw malformed('a name or a storage in the place of a value');
  return item;
}

function key(item: Item): PyKey {
  if (typeof item === 'string' || typeof item === 'number') return item;
  throw malformed('a dict key that is neither a text nor an integer');
}
