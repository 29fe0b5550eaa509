/**
 * safetensors (https://github.com/huggingface/safetensors, "Format"): eight bytes with the length of
 * a JSON header, little-endian; the header, `{name: {dtype, shape, data_offsets}}` and maybe a
 * `__metadata__` of texts; then the bytes of the tensors, in C order, one after the other without a
 * gap. Read tensors are views of the file; what is written is a list of chunks, the tensors' own
 * bytes among them.
 */
import * as v from 'valibot';
import { CapsuleError } from '../errors.ts';
import type { StateDict } from './checkpoint.ts';
import { DTYPES, type Dtype } from './dtypes.ts';
import { repeatedKey } from './repeated-key.ts';
import { elementCount, TorchTensor } from './tensor.ts';
import type { Chunked } from './zip-writer.ts';

export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: StateDict;
  readonly metadata: ReadonlyMap<string, string>;
}

/** As the reference implementation allows. */
const LARGEST_HEADER = 100_000_000;
const PREFIX = 8;
/** The header is filled up with spaces, so that the first tensor begins at a multiple of it. */
const ALIGNMENT = 8;
const METADATA = '__metadata__';

const CODES: Readonly<Record<Dtype, string>> = {
  ...{ float64: 'F64', float32: 'F32', float16: 'F16', bfloat16: 'BF16' },
  ...{ int64: 'I64', int32: 'I32', int16: 'I16', int8: 'I8', uint8: 'U8', bool: 'BOOL' },
};
const BY_CODE = new Map((Object.keys(CODES) as Dtype[]).map((dtype) => [CODES[dtype], dtype]));

const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const PLACE = v.strictObject({
  dtype: v.string(),
  shape: v.pipe(v.array(COUNT), v.maxLength(64)),
  data_offsets: v.tuple([COUNT, COUNT]),
});
const TEXTS = v.record(v.string(), v.string());

interface Placed {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * @param bytes - the file; tensors keep a view of it
 * @param file - its name, for errors
 * @throws CapsuleError SAFETENSORS_FORMAT
 */
export function readSafetensors(bytes: Uint8Array<ArrayBuffer>, file?: string): Safetensors {
  try {
    const header = headerOf(bytes);
    const data = bytes.subarray(header.end);
    const { [METADATA]: texts = {}, ...others } = header.content;
    const metadata = v.safeParse(TEXTS, texts);
    if (!metadata.success) throw malformed(`${METADATA} that holds more than texts`);
    const placed = Object.entries(others).map(([name, place]) => placeOf(name, place));
    refuseGaps(placed, data.length);
    const tensors: StateDict = new Map();
    for (const { name, dtype, shape, start, end } of placed) {
      tensors.set(name, new TorchTensor(dtype, shape, data.subarray(start, end)));
    }
    return { tensors, metadata: new Map(Object.entries(metadata.output)) };
  } catch (error) {
    if (error instanceof CapsuleError && file !== undefined) throw error.at({ file });
    throw error;
  }
}

/** Whether a file begins as a safetensors file does; a zip or a pickle does not. */
export function isSafetensors(bytes: Uint8Array<ArrayBuffer>): boolean {
  return headerLength(bytes) !== undefined && bytes[PREFIX] === 0x7b;
}

/**
 * @param tensors - written in this order, but wider elements first, which keeps all of them aligned
 * @param metadata - texts about the file
 */
export function safetensorsBytes(
  tensors: ReadonlyMap<string, TorchTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Chunked {
  const width = ([, { dtype }]: readonly [string, TorchTensor]) => DTYPES[dtype].bytes;
  const inFile = [...tensors].sort((a, b) => width(b) - width(a));
  const offsets = new Map<string, [number, number]>();
  let size = 0;
  for (const [name, { bytes }] of inFile) offsets.set(name, [size, (size += bytes.length)]);
  const places = [...tensors].map(([name, { dtype, shape }]) => {
    const [start = 0, end = 0] = offsets.get(name) ?? [];
    return [name, { dtype: CODES[dtype], shape, data_offsets: [start, end] }] as const;
  });
  const texts = Object.keys(metadata).length === 0 ? [] : [[METADATA, metadata] as const];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...texts, ...places])));
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const head = new Uint8Array(PREFIX + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, PREFIX);
  const chunks = [head, ...inFile.map(([, { bytes }]) => bytes)];
  return { size: head.length + size, chunks };
}

/** @returns undefined where the file is too short for what it says. */
function headerLength(bytes: Uint8Array<ArrayBuffer>): number | undefined {
  if (bytes.length < PREFIX) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX);
  const length = view.getBigUint64(0, true);
  return length > BigInt(bytes.length - PREFIX) ? undefined : Number(length);
}

function headerOf(bytes: Uint8Array<ArrayBuffer>) {
  const length = headerLength(bytes);
  if (length === undefined) throw malformed('a header that is longer than the file');
  if (length > LARGEST_HEADER) throw malformed(`a header of ${length} bytes`);
  const end = PREFIX + length;
  let text: string;
  let content: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX, end));
    content = JSON.parse(text);
  } catch (error) {
    throw malformed(`a header that is not JSON (${(error as Error).message})`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw malformed('a header that is no object');
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw malformed(`the key "${twice}" twice`);
  return { content: content as Record<string, unknown>, end };
}

function placeOf(name: string, place: unknown): Placed {
  const result = v.safeParse(PLACE, place);
  if (!result.success) throw malformed(`no dtype, shape and data_offsets for "${name}"`);
  const { dtype: code, shape, data_offsets } = result.output;
  const [start, end] = data_offsets;
  const dtype = BY_CODE.get(code);
  if (dtype === undefined) throw malformed(`"${name}" of the unknown type ${code}`);
  const size = elementCount(shape) * DTYPES[dtype].bytes;
  if (end - start !== size) {
    throw malformed(`"${name}", ${code} [${shape.join(', ')}], in ${end - start} bytes`);
  }
  return { name, dtype, shape, start, end };
}

/** Every byte belongs to one tensor: nothing overlaps, nothing is hidden. */
function refuseGaps(placed: readonly Placed[], size: number): void {
  const inFile = [...placed].sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { name, start, end } of inFile) {
    if (start !== at) throw malformed(`"${name}" from byte ${start} on where ${at} is expected`);
    at = end;
  }
  if (at !== size) throw malformed(`${size} bytes of tensors where ${at} are declared`);
}

function malformed(found: string): CapsuleError {
  return new CapsuleError('SAFETENSORS_FORMAT', { expected: 'safetensors', found });
}
