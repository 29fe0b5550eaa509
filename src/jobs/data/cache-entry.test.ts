import { expect, test } from 'vitest';
import { stream } from '../../core/random/philox.ts';
import {
  checksum,
  packEntry,
  readPart,
  readTable,
  tableBytes,
  type EntryKind,
} from './cache-entry.ts';
import type { CutElement } from './recipe.ts';

const random = stream(1, 'cache-entry', 0);
const key = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
const kindOf = (parts: number, copies = 1): EntryKind => ({ key, parts, copies, shape: [3, 4, 5] });
const noise = (length: number): CutElement => ({
  data: Float32Array.from({ length }, () => random.uniform()),
});
const bitsOf = (numbers: Float32Array | undefined) =>
  numbers && Array.from(new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length));

/** What a reader gets of each part; undefined for all when the table is refused. */
function unpack(file: Uint8Array<ArrayBuffer>, kind: EntryKind) {
  const table = readTable(file.slice(0, tableBytes(kind.parts)), kind);
  if (table === undefined || table.bytes !== file.length) return undefined;
  return table.parts.map((place) =>
    place.constant === undefined
      ? bitsOf(readPart(file.slice(place.start, place.end), place, table))
      : { constant: place.constant, length: place.length },
  );
}

test('gives back every bit, also of parts of different lengths', () => {
  const elements = [noise(60), noise(7), { data: Float32Array.of(-0, 1e-40, 3e38) }];
  const file = packEntry(kindOf(3), elements);
  expect(file.length).toBe(tableBytes(3) + 4 * 70);
  expect(unpack(file, kindOf(3))).toEqual(elements.map(({ data }) => bitsOf(data)));
});

test('halves what is exact in halves, of an odd length too', () => {
  const elements = [0, 1].map((from) => ({
    data: Float32Array.from({ length: 9 }, (_, at) => (from + at) * 200),
  }));
  const file = packEntry(kindOf(2), elements);
  expect(file.length).toBe(tableBytes(2) + 2 * 20);
  expect(unpack(file, kindOf(2))).toEqual(elements.map(({ data }) => bitsOf(data)));
  // One number that does not fit, in one part: all of the entry in f32.
  const third = Float32Array.of(1 / 3);
  expect(packEntry(kindOf(3), [...elements, { data: third }]).length).toBe(tableBytes(3) + 4 * 19);
});

test('stores equal channels once', () => {
  const data = Float32Array.from({ length: 30 }, (_, at) => Math.fround(Math.floor(at / 3) / 7));
  const file = packEntry(kindOf(1, 3), [{ data }]);
  expect(file.length).toBe(tableBytes(1) + 4 * 10);
  expect(unpack(file, kindOf(1, 3))).toEqual([bitsOf(data)]);
});

test('of an element of one intensity stores the intensity alone', () => {
  const constant = Math.fround(0.1);
  const flat: CutElement = { data: new Float32Array(60), constant };
  const mixed = [flat, noise(60)];
  const file = packEntry(kindOf(2), mixed);
  expect(file.length).toBe(tableBytes(2) + 4 * 60);
  expect(unpack(file, kindOf(2))).toEqual([{ constant, length: 60 }, bitsOf(mixed[1]?.data)]);
});

test('any damaged byte is seen, and no other part suffers', () => {
  const elements = [noise(5), noise(6)];
  const file = packEntry(kindOf(2), elements);
  const whole = unpack(file, kindOf(2)) ?? [];
  for (let at = 0; at < file.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      const got = unpack(damaged, kindOf(2));
      if (at < tableBytes(2)) expect(got, `byte ${at}`).toBeUndefined();
      else {
        const inFirst = at < tableBytes(2) + 20;
        expect(got, `byte ${at}`).toEqual(inFirst ? [undefined, whole[1]] : [whole[0], undefined]);
      }
    }
  }
});

test('an entry that is cut, longer or of another kind is refused', () => {
  const file = packEntry(kindOf(2), [noise(5), noise(6)]);
  for (let length = 0; length < file.length; length++) {
    expect(unpack(file.slice(0, length), kindOf(2)), `${length} bytes`).toBeUndefined();
  }
  const longer = new Uint8Array(file.length + 4);
  longer.set(file);
  expect(unpack(longer, kindOf(2))).toBeUndefined();
  const others: EntryKind[] = [
    { ...kindOf(2), key: key.map((byte) => byte + 1) },
    { ...kindOf(2), shape: [4, 3, 5] },
    { ...kindOf(2), copies: 3 },
    kindOf(1),
    kindOf(3),
  ];
  for (const kind of others) expect(unpack(file, kind)).toBeUndefined();
});

test('the checksum sees order and exchanged signs', () => {
  const sum = (...values: number[]) => checksum(new Uint8Array(Float32Array.of(...values).buffer));
  expect(sum(1, 2, 3, 4, 5)).not.toBe(sum(1, 2, 3, 5, 4));
  expect(sum(1, 2, 3, 4, 5, 6, 7, 8)).not.toBe(sum(5, 2, 3, 4, 1, 6, 7, 8));
  // Two flips of the highest bit in one lane.
  expect(sum(1, 2, 3, 4, 5, 6, 7, 8)).not.toBe(sum(-1, 2, 3, 4, -5, 6, 7, 8));
  expect(sum(0, 0, 0, 0)).not.toBe(sum(0, 0, 0, 0, 0, 0, 0, 0));
});
