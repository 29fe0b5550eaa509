/**
 * One file of the volume cache: all elements of one volume, finished, one after the other, so that a
 * patch is read without its volume. It holds numbers and shapes; no name, no path, no header text.
 *
 *   0  "CAPSULEV", u32 version, u32 bytes a number (4 or 2), u32 copies, u32 parts, u32 x 3 shape
 *  36  u32 checksum of header and table, 32 bytes key
 *  72  table, 16 bytes a part: u32 numbers stored, u32 checksum, u32 flags, f32 constant
 *      the parts, each padded to four bytes
 *
 * Little-endian, as every device that WebGPU runs on. `copies`: of so many equal channels one is
 * stored. Flag 1: the element has one intensity, `constant`, and nothing is stored of it.
 */
import type { Shape3 } from '../../core/volume.ts';
import { exactHalves, fromHalves } from './exact-halves.ts';
import type { CutElement } from './recipe.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const MAGIC = 'CAPSULEV';
const VERSION = 1;
const HEADER = 72;
const ROW = 16;
const CHECKSUM_AT = 36;
const CONSTANT = 1;

/** What an entry must be to be used. */
export interface EntryKind {
  /** 32 bytes: digest of the file and of the recipe. */
  readonly key: Bytes;
  readonly parts: number;
  readonly copies: number;
  readonly shape: Shape3;
}

export interface PartPlace {
  /** Bytes of the part in the file. */
  readonly start: number;
  readonly end: number;
  /** Numbers of the element, copies included. */
  readonly length: number;
  readonly checksum: number;
  readonly constant: number | undefined;
}

export interface EntryTable {
  readonly isHalf: boolean;
  readonly copies: number;
  readonly parts: readonly PartPlace[];
  /** Length of the file. */
  readonly bytes: number;
}

/** @returns bytes before the first part. */
export const tableBytes = (parts: number): number => HEADER + ROW * parts;

/** @param elements - in the order of their parts; left as they are */
export function packEntry(kind: EntryKind, elements: readonly CutElement[]): Bytes {
  const stored = elements.map(({ data, constant }) =>
    constant === undefined ? thinned(data, kind.copies) : new Float32Array(0),
  );
  const halves = allHalves(stored);
  const numbers = halves ?? stored;
  const sizes = numbers.map(({ byteLength }) => padded(byteLength));
  const first = tableBytes(elements.length);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, first));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  const fields = [VERSION, halves === undefined ? 4 : 2, kind.copies, elements.length];
  [...fields, ...kind.shape].forEach((value, at) => view.setUint32(8 + 4 * at, value, true));
  bytes.set(kind.key, CHECKSUM_AT + 4);
  let start = first;
  for (const [part, array] of numbers.entries()) {
    const size = sizes[part] ?? 0;
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start);
    const row = HEADER + ROW * part;
    const constant = elements[part]?.constant;
    const length = constant === undefined ? array.length : (elements[part]?.data.length ?? 0);
    view.setUint32(row, length, true);
    view.setUint32(row + 4, checksum(bytes.subarray(start, start + size)), true);
    view.setUint32(row + 8, constant === undefined ? 0 : CONSTANT, true);
    view.setFloat32(row + 12, constant ?? 0, true);
    start += size;
  }
  view.setUint32(CHECKSUM_AT, checksum(bytes.subarray(0, first)), true);
  return bytes;
}

/**
 * @param bytes - the first `tableBytes` of the file
 * @returns undefined when it is not a whole entry of this kind
 */
export function readTable(bytes: Bytes, kind: EntryKind): EntryTable | undefined {
  if (bytes.length !== tableBytes(kind.parts)) return undefined;
  const table = bytes.slice();
  const view = new DataView(table.buffer);
  const said = view.getUint32(CHECKSUM_AT, true);
  view.setUint32(CHECKSUM_AT, 0, true);
  if (new TextDecoder().decode(table.subarray(0, 8)) !== MAGIC) return undefined;
  if (checksum(table) !== said) return undefined;
  const width = view.getUint32(12, true);
  const wanted = [VERSION, width, kind.copies, kind.parts, ...kind.shape];
  if (wanted.some((value, at) => view.getUint32(8 + 4 * at, true) !== value)) return undefined;
  if (kind.key.some((byte, at) => table[CHECKSUM_AT + 4 + at] !== byte)) return undefined;
  const parts: PartPlace[] = [];
  let start = table.length;
  for (let part = 0; part < kind.parts; part++) {
    const row = HEADER + ROW * part;
    const numbers = view.getUint32(row, true);
    const isConstant = view.getUint32(row + 8, true) === CONSTANT;
    const end = start + (isConstant ? 0 : padded(numbers * width));
    parts.push({
      ...{ start, end, checksum: view.getUint32(row + 4, true) },
      length: isConstant ? numbers : numbers * kind.copies,
      constant: isConstant ? view.getFloat32(row + 12, true) : undefined,
    });
    start = end;
  }
  return { isHalf: width === 2, copies: kind.copies, parts, bytes: start };
}

/**
 * @param bytes - of the part, from the beginning of their buffer
 * @returns its numbers; undefined when they are not those that were written
 */
export function readPart(
  bytes: Bytes,
  place: PartPlace,
  { isHalf, copies }: EntryTable,
): Float32Array<ArrayBuffer> | undefined {
  if (bytes.length !== place.end - place.start) return undefined;
  if (checksum(bytes) !== place.checksum) return undefined;
  const count = place.length / copies;
  const numbers = isHalf
    ? fromHalves(new Uint16Array(bytes.buffer, 0, count))
    : new Float32Array(bytes.buffer, 0, count);
  return repeated(numbers, copies);
}

/**
 * 32 bits over whole words, four lanes of MurmurHash3's step. Each step is one-to-one in the word
 * and in the lane, so a change within one word is always seen, and any other one all but once in
 * 2^32. Six million words take some milliseconds, against twenty for SHA-256.
 * @param bytes - a multiple of four, aligned to four
 */
export function checksum(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const whole = words.length - (words.length % 4);
  let [a, b, c, d] = [1, 2, 3, 4];
  for (let at = 0; at < whole; at += 4) {
    a = step(a, words[at] as number);
    b = step(b, words[at + 1] as number);
    c = step(c, words[at + 2] as number);
    d = step(d, words[at + 3] as number);
  }
  for (let at = whole; at < words.length; at++) a = step(a, words[at] as number);
  return step(step(step(step(a, b), c), d), words.length) >>> 0;
}

function step(lane: number, word: number): number {
  const mixed = lane ^ word;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function allHalves(arrays: readonly Float32Array[]): Uint16Array<ArrayBuffer>[] | undefined {
  const halves: Uint16Array<ArrayBuffer>[] = [];
  for (const array of arrays) {
    const exact = exactHalves(array);
    if (exact === undefined) return undefined;
    halves.push(exact);
  }
  return halves;
}

const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** The first of so many equal channels. */
function thinned(data: Float32Array<ArrayBuffer>, copies: number): Float32Array<ArrayBuffer> {
  if (copies === 1) return data;
  return Float32Array.from({ length: data.length / copies }, (_, at) => data[at * copies] ?? 0);
}

function repeated(data: Float32Array<ArrayBuffer>, copies: number): Float32Array<ArrayBuffer> {
  if (copies === 1) return data;
  const whole = new Float32Array(data.length * copies);
  for (let at = 0; at < whole.length; at++) whole[at] = data[Math.floor(at / copies)] ?? 0;
  return whole;
}
