import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { eventFile, eventFileName, type ScalarEvent } from './events.ts';

const LOGS = 'tests/fixtures/reference/synthetic/maps_ad/split-0/training_logs';
const FOLDER = `${LOGS}/tensorboard/train`;

/** The records of a file, without their checks. */
function recordsOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    records.push(file.subarray(at, at + length + 16));
    at += length + 16;
  }
  return records;
}

/** An event by hand: the fields that a scalar has, in the order in which protobuf writes them. */
function scalarOf(record: Uint8Array): ScalarEvent {
  const content = record.slice(12, -4);
  const view = new DataView(content.buffer);
  expect(content[0]).toBe(0x09);
  const hasStep = content[9] === 0x10;
  const step = hasStep ? (content[10] ?? NaN) : 0;
  const summary = content.subarray(hasStep ? 11 : 9);
  // 2a length 0a length 0a length tag 15 float
  const length = summary[5] ?? 0;
  const tag = new TextDecoder().decode(summary.subarray(6, 6 + length));
  const value = view.getFloat32(content.length - 4, true);
  return { wallTime: view.getFloat64(1, true), step, tag, value };
}

test('checks are CRC-32C', () => {
  // RFC 3720, B.4, and the check value of the polynomial's entry in the catalogue of CRCs.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

test('records are byte for byte those that PyTorch writes for the same numbers', () => {
  const [name = ''] = readdirSync(FOLDER);
  const [, ...theirs] = recordsOf(new Uint8Array(readFileSync(`${FOLDER}/${name}`)));
  const scalars = theirs.map(scalarOf);
  expect(scalars.map(({ tag }) => tag)).toContain('loss');
  expect(scalars.map(({ step }) => step)).toContain(0);
  const [version, ...ours] = recordsOf(eventFile(1795418689.5, scalars));
  expect(ours).toHaveLength(theirs.length);
  ours.forEach((record, row) => expect(record).toEqual(theirs[row]));
  expect(new TextDecoder().decode(version)).toContain('brain.Event:2');
});

test('steps of more than seven bits and of more than 32 are whole', () => {
  const at = (step: number) => {
    const [, record] = recordsOf(eventFile(0, [{ wallTime: 1, step, tag: 'a', value: 2 }]));
    const content = (record ?? new Uint8Array()).subarray(12 + 10);
    let [value, factor] = [0, 1];
    for (const byte of content) {
      value += (byte % 128) * factor;
      factor *= 128;
      if (byte < 128) return value;
    }
    return NaN;
  };
  for (const step of [1, 127, 128, 300, 2 ** 31, 2 ** 40 + 5]) expect(at(step)).toBe(step);
});

test('the name of a file says when it was begun and which of them it is', () => {
  expect(eventFileName(1795414813.9, 1)).toBe('events.out.tfevents.1795414813.capsule.0.1');
});
