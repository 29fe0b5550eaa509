/**
 * Python values as they stand in a checkpoint, each told apart from its neighbours: `1` is a number
 * and `1.0` a `PyFloat`, a list is an array and a tuple a `PyTuple`, a dict is a Map, so that no key
 * from a file ever becomes a property. Integers beyond 2^53 are bigint.
 */
import type { TorchTensor } from './tensor.ts';

export type PyKey = string | number;
export type PyDict = Map<PyKey, PyValue>;
export type PyValue =
  null | boolean | number | bigint | string | PyFloat | PyTuple | TorchTensor | PyDict | PyValue[];

/** A Python float; a bare number is a Python int. */
export class PyFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export class PyTuple {
  readonly items: readonly PyValue[];

  constructor(items: readonly PyValue[]) {
    this.items = items;
  }
}

/** `collections.OrderedDict`, with what PyTorch hangs on it: a state_dict has `_metadata`. */
export class OrderedDict extends Map<PyKey, PyValue> {
  attributes: PyDict | undefined;
}

/** @returns the number behind an int or a float, undefined for anything else. */
export function numberOf(value: PyValue | undefined): number | undefined {
  if (value instanceof PyFloat) return value.value;
  return typeof value === 'number' ? value : undefined;
}
