/**
 * The directory of a zip file held in memory, for the stored (never compressed) entries of PyTorch
 * files (PKWARE APPNOTE 6.3, sections 4.3 to 4.5). Not a library: fflate copies every entry, which
 * holds the weights twice, checks no CRC and gives short entries of a truncated file without a word.
 * Here an entry is a view of the file, lies inside it, and its CRC is compared when it is read.
 */
import { CapsuleError } from '../errors.ts';
import { crc32 } from './crc32.ts';

const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_LENGTH = 22;
const MAX_COMMENT = 0xffff;
const MAX_ENTRIES = 200_000;

interface Entry {
  readonly localOffset: number;
  readonly size: number;
  readonly crc: number;
}

export class StoredZip {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #entries = new Map<string, Entry>();

  /** Reads the directory; CapsuleError `TORCH_FORMAT` when there is none or it is damaged. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#readDirectory();
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** @returns a view of the entry's bytes, undefined when there is no such entry. */
  read(name: string): Uint8Array<ArrayBuffer> | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#need(entry.localOffset, 30);
    if (this.#uint32(entry.localOffset) !== LOCAL) throw damaged('a zip entry without its header');
    const names = this.#uint16(entry.localOffset + 26) + this.#uint16(entry.localOffset + 28);
    const start = entry.localOffset + 30 + names;
    this.#need(start, entry.size);
    const content = this.#bytes.subarray(start, start + entry.size);
    if (crc32(content) !== entry.crc) throw damaged(`${name} with a wrong checksum`);
    return content;
  }

  #readDirectory(): void {
    const { count, offset } = this.#findDirectory();
    const decoder = new TextDecoder();
    let at = offset;
    let total = 0;
    for (let i = 0; i < count; i++) {
      this.#need(at, 46);
      if (this.#uint32(at) !== CENTRAL) throw damaged('a damaged zip directory');
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
        this.#uint16(at + field),
      ) as [number, number, number];
      this.#need(at + 46, nameLength + extraLength + commentLength);
      const name = decoder.decode(this.#bytes.subarray(at + 46, at + 46 + nameLength));
      const entry = this.#entry(at, at + 46 + nameLength, extraLength, name);
      if (this.#entries.has(name)) throw damaged(`two zip entries named ${name}`);
      this.#entries.set(name, entry);
      // Stored entries lie side by side; overlapping ones would make little into much.
      total += entry.size;
      if (total > this.#bytes.length) throw damaged('zip entries that overlap');
      at += 46 + nameLength + extraLength + commentLength;
    }
  }

  #entry(at: number, extraAt: number, extraLength: number, name: string): Entry {
    if (this.#uint16(at + 10) !== 0) throw damaged(`the compressed zip entry ${name}`);
    let [packed, size, localOffset] = [20, 24, 42].map((field) => this.#uint32(at + field)) as [
      number,
      number,
      number,
    ];
    // Zip64: a field of all ones stands in the extra field, in this order.
    let extra = this.#zip64Extra(extraAt, extraLength);
    const wide = (narrow: number): number => {
      if (narrow !== 0xffffffff) return narrow;
      const value = this.#uint64(extra);
      extra += 8;
      return value;
    };
    size = wide(size);
    packed = wide(packed);
    localOffset = wide(localOffset);
    if (packed !== size) throw damaged(`the compressed zip entry ${name}`);
    return { localOffset, size, crc: this.#uint32(at + 16) };
  }

  /** @returns where the values of the zip64 extra field start, past the end of the file when there is none. */
  #zip64Extra(start: number, length: number): number {
    let at = start;
    while (at + 4 <= start + length) {
      if (this.#uint16(at) === 1) return at + 4;
      at += 4 + this.#uint16(at + 2);
    }
    return this.#bytes.length;
  }

  #findDirectory(): { count: number; offset: number } {
    const last = this.#bytes.length - END_LENGTH;
    let end = last;
    while (end >= Math.max(0, last - MAX_COMMENT) && this.#uint32(end) !== END) end--;
    if (end < Math.max(0, last - MAX_COMMENT)) throw damaged('a file without a zip directory');
    let count = this.#uint16(end + 10);
    let offset = this.#uint32(end + 16);
    if (end >= 20 && this.#uint32(end - 20) === END_64_LOCATOR) {
      const end64 = this.#uint64(end - 12);
      this.#need(end64, 56);
      if (this.#uint32(end64) !== END_64) throw damaged('a damaged zip64 directory');
      count = this.#uint64(end64 + 32);
      offset = this.#uint64(end64 + 48);
    }
    if (count > MAX_ENTRIES) throw damaged(`${count} zip entries`);
    return { count, offset };
  }

  #need(offset: number, length: number): void {
    if (offset + length > this.#bytes.length) throw damaged('a file that ends too early');
  }

  #uint16(offset: number): number {
    this.#need(offset, 2);
    return this.#view.getUint16(offset, true);
  }

  #uint32(offset: number): number {
    this.#need(offset, 4);
    return this.#view.getUint32(offset, true);
  }

  /** As a number: whatever is beyond 2^53 is beyond any file too, and `#need` refuses it. */
  #uint64(offset: number): number {
    this.#need(offset, 8);
    return Number(this.#view.getBigUint64(offset, true));
  }
}

function damaged(found: string): CapsuleError {
  return new CapsuleError('TORCH_FORMAT', { found });
}
