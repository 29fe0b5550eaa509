/**
 * An ONNX graph while it is built: nodes in the order in which they run, and the tensors that go
 * into them. Operators, their inputs and attributes are those of https://onnx.ai/onnx/operators.
 * Values are channels first, `[batch, channels, ...spatial]`, as in PyTorch, so that a state dict's
 * tensors go in as they are.
 */

/** An attribute that ONNX declares as a float; plain numbers are its integers. */
export class Float {
  constructor(readonly value: number) {}
}

export type Attribute = number | Float | string | readonly number[];

export interface OnnxNode {
  readonly operator: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor that is part of the model, in C order. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/** What goes into or comes out of the model: float32; `batch` is any number of elements. */
export interface OnnxPort {
  readonly name: string;
  readonly shape: readonly (number | 'batch')[];
}

export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  readonly #states = new Set<string>();
  readonly #kept = new Map<object, string>();

  /** @returns the name of the result of a new node with one output */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
  ): string {
    const [output] = this.nodeOf(operator, inputs, attributes, ['']);
    return output as string;
  }

  /**
   * @param endings - what tells the outputs apart, in the order of the operator
   * @returns their names
   */
  nodeOf(
    operator: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'],
    endings: readonly string[],
  ): readonly string[] {
    const name = `${operator}_${this.nodes.length}`;
    const outputs = endings.map((ending) => (ending === '' ? name : `${name}_${ending}`));
    this.nodes.push({ operator, name, inputs, outputs, attributes });
    return outputs;
  }

  /** The same value under a name that the user sees. */
  rename(value: string, name: string): void {
    const node = { operator: 'Identity', inputs: [value], outputs: [name], attributes: {} };
    this.nodes.push({ ...node, name: `Identity_${this.nodes.length}` });
  }

  /** A parameter or buffer by its key in the state dict; what is never asked for is left out. */
  state(name: string): string {
    this.#states.add(name);
    return name;
  }

  /** Keys of the states that nodes use. */
  get states(): ReadonlySet<string> {
    return this.#states;
  }

  /** A vector of whole numbers, such as axes or a shape, int64. */
  integers(values: readonly number[]): string {
    return this.#constant([values.length], BigInt64Array.from(values, BigInt));
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant(shape, Float32Array.from(values));
  }

  /** Hands a value to a later layer, such as where maxima were. */
  keep(key: object, value: string): void {
    this.#kept.set(key, value);
  }

  kept(key: object): string {
    const value = this.#kept.get(key);
    if (value === undefined) throw new Error('no value that an earlier layer was to keep');
    return value;
  }

  #constant(shape: readonly number[], values: OnnxTensor['values']): string {
    const name = `constant_${this.constants.length}`;
    this.constants.push({ name, shape, values });
    return name;
  }
}
