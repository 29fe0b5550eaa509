/**
 * A zip of stored entries whose contents start at multiples of 64 bytes, as PyTorch lays them out so
 * that storages can be mapped into memory (caffe2/serialize/inline_container.cc; PKWARE APPNOTE 6.3).
 * Zip libraries do not align. Contents are passed through by reference: what is written is a list
 * of chunks, and no second copy of the weights is made.
 */
import { crc32 } from './crc32.ts';

export interface ZipEntry {
  readonly name: string;
  readonly content: readonly Uint8Array<ArrayBuffer>[];
}

export interface Chunked {
  /** Bytes of all chunks. */
  readonly size: number;
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
}

interface Placed {
  readonly name: Uint8Array<ArrayBuffer>;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

const ALIGNMENT = 64;
const LOCAL_LENGTH = 30;
/** Marks padding in an extra field, as PyTorch does: "FB". */
const PADDING_ID = 0x4246;
/** 1980-01-01 00:00, the first date that zip can tell: files do not depend on the clock. */
const DATE = 0x21;

/**
 * @param limit - sizes and offsets from here on take zip64 fields; smaller in tests only.
 * @param checksum - of an entry's content.
 */
export function zipStored(
  entries: readonly ZipEntry[],
  limit = 0xffffffff,
  checksum: (entry: ZipEntry) => number = checksumOf,
): Chunked {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const placed: Placed[] = [];
  let offset = 0;
  for (const entry of entries) {
    const size = entry.content.reduce((sum, chunk) => sum + chunk.length, 0);
    const place = {
      name: new TextEncoder().encode(entry.name),
      offset,
      size,
      crc: checksum(entry),
    };
    const header = localHeader(place, limit);
    chunks.push(header, ...entry.content);
    placed.push(place);
    offset += header.length + size;
  }
  const directory = placed.map((place) => centralHeader(place, limit));
  const directorySize = directory.reduce((sum, header) => sum + header.length, 0);
  chunks.push(...directory, endRecords(placed.length, directorySize, offset, limit));
  return { size: chunks.reduce((sum, chunk) => sum + chunk.length, 0), chunks };
}

function checksumOf(entry: ZipEntry): number {
  return entry.content.reduce((crc, chunk) => crc32(chunk, crc), 0);
}

function localHeader(place: Placed, limit: number): Uint8Array<ArrayBuffer> {
  const wide = place.size >= limit ? [place.size, place.size] : [];
  const wideLength = wide.length === 0 ? 0 : 4 + 8 * wide.length;
  const before = place.offset + LOCAL_LENGTH + place.name.length + wideLength + 4;
  const padding = (ALIGNMENT - (before % ALIGNMENT)) % ALIGNMENT;
  const record = new Record(LOCAL_LENGTH + place.name.length + wideLength + 4 + padding);
  record.uint32(0x04034b50).uint16(wide.length > 0 ? 45 : 20);
  common(record, place, limit);
  record.uint16(place.name.length).uint16(wideLength + 4 + padding);
  record.raw(place.name);
  zip64Extra(record, wide);
  record.uint16(PADDING_ID).uint16(padding).raw(new Uint8Array(padding).fill(0x5a));
  return record.bytes;
}

function centralHeader(place: Placed, limit: number): Uint8Array<ArrayBuffer> {
  const wide = place.size >= limit ? [place.size, place.size] : [];
  if (place.offset >= limit) wide.push(place.offset);
  const wideLength = wide.length === 0 ? 0 : 4 + 8 * wide.length;
  const version = wide.length > 0 ? 45 : 20;
  const record = new Record(46 + place.name.length + wideLength);
  record.uint32(0x02014b50).uint16(version).uint16(version);
  common(record, place, limit);
  record.uint16(place.name.length).uint16(wideLength).uint16(0).uint16(0).uint16(0).uint32(0);
  record.uint32(place.offset >= limit ? 0xffffffff : place.offset).raw(place.name);
  zip64Extra(record, wide);
  return record.bytes;
}

/** Flags (UTF-8 names), method (stored), time, date, CRC, packed and full size: alike in both headers. */
function common(record: Record, place: Placed, limit: number): void {
  const size = place.size >= limit ? 0xffffffff : place.size;
  record
    .uint16(0x0800)
    .uint16(0)
    .uint16(0)
    .uint16(DATE)
    .uint32(place.crc)
    .uint32(size)
    .uint32(size);
}

function zip64Extra(record: Record, values: readonly number[]): void {
  if (values.length === 0) return;
  record.uint16(1).uint16(8 * values.length);
  for (const value of values) record.uint64(value);
}

function endRecords(
  count: number,
  size: number,
  offset: number,
  limit: number,
): Uint8Array<ArrayBuffer> {
  const wide = count >= 0xffff || size >= limit || offset >= limit;
  const record = new Record((wide ? 76 : 0) + 22);
  if (wide) {
    record.uint32(0x06064b50).uint64(44).uint16(45).uint16(45).uint32(0).uint32(0);
    record.uint64(count).uint64(count).uint64(size).uint64(offset);
    record
      .uint32(0x07064b50)
      .uint32(0)
      .uint64(offset + size)
      .uint32(1);
  }
  const narrowCount = Math.min(count, 0xffff);
  record.uint32(0x06054b50).uint16(0).uint16(0).uint16(narrowCount).uint16(narrowCount);
  record.uint32(size >= limit ? 0xffffffff : size).uint32(offset >= limit ? 0xffffffff : offset);
  record.uint16(0);
  return record.bytes;
}

/** Little-endian fields written one after the other. */
class Record {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  uint16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  uint32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  uint64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }
}
