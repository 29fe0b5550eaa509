/**
 * Event files of TensorBoard, as far as a training needs them: scalars. A file is a row of TFRecords
 * (length, its check, content, its check); a record is a protobuf `Event` (tensorboard's event.proto
 * and summary.proto): 1 wall_time, 2 step, 3 file_version, 5 summary; a `Summary` has its values in 1,
 * a value its tag in 1 and its number in 2. The first record says which version the file has.
 */
import { maskedCrc32c } from './crc32c.ts';

/** A number that TensorBoard draws. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Name of the curve. */
  readonly tag: string;
  readonly value: number;
}

const VERSION = 'brain.Event:2';
/** How a field is stored, in the lowest three bits of its key. */
const [VARINT, DOUBLE, BYTES, FLOAT] = [0, 1, 2, 5] as const;

/**
 * @param start - seconds since 1970, when the file was begun
 * @returns the whole file
 */
export function eventFile(start: number, scalars: readonly ScalarEvent[]): Uint8Array<ArrayBuffer> {
  const header = concat([...double(1, start), ...bytes(3, text(VERSION))]);
  return concat([header, ...scalars.map(scalarRecord)].flatMap(record));
}

/** Such as `events.out.tfevents.1795414813.capsule.0.1`; TensorBoard looks for "tfevents". */
export function eventFileName(start: number, file: number): string {
  return `events.out.tfevents.${String(Math.floor(start)).padStart(10, '0')}.capsule.0.${file}`;
}

function scalarRecord({ wallTime, step, tag, value }: ScalarEvent): Uint8Array<ArrayBuffer> {
  const scalar = concat([...bytes(1, text(tag)), ...float(2, value)]);
  const summary = concat(bytes(1, scalar));
  // A number that is 0 is left out, as protobuf does.
  const at = step === 0 ? [] : [key(2, VARINT), varint(step)];
  return concat([...double(1, wallTime), ...at, ...bytes(5, summary)]);
}

function record(content: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(content.length), true);
  return [length, check(length), content, check(content)];
}

function check(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, maskedCrc32c(content), true);
  return crc;
}

const key = (field: number, kind: number): Uint8Array<ArrayBuffer> => varint(field * 8 + kind);

function double(field: number, value: number): Uint8Array<ArrayBuffer>[] {
  const content = new Uint8Array(8);
  new DataView(content.buffer).setFloat64(0, value, true);
  return [key(field, DOUBLE), content];
}

function float(field: number, value: number): Uint8Array<ArrayBuffer>[] {
  const content = new Uint8Array(4);
  new DataView(content.buffer).setFloat32(0, value, true);
  return [key(field, FLOAT), content];
}

function bytes(field: number, content: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return [key(field, BYTES), varint(content.length), content];
}

/** Seven bits a byte, the lowest first. @param value - a safe integer of at least 0 */
function varint(value: number): Uint8Array<ArrayBuffer> {
  const parts: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) parts.push((rest % 128) + 128);
  return Uint8Array.from([...parts, rest]);
}

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);

function concat(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
