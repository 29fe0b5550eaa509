/** Reads a pickle's bytes one field after the other; past the end it throws, so nothing reads garbage. */
import { malformed } from './pickle-globals.ts';

export class ByteCursor {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** Big-endian, as BINFLOAT stores it. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  skip(length: number): void {
    this.#take(length);
  }

  text(length: number): string {
    const start = this.#take(length);
    return this.#decoder.decode(this.#bytes.subarray(start, start + length));
  }

  /** Text up to a line feed, which is taken as well. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw malformed('a pickle that ends too early');
    const text = this.text(end - this.#at);
    this.#take(1);
    return text;
  }

  /** Two's complement, little-endian; a bigint only where a number would not be exact. */
  signed(length: number): number | bigint {
    let value = 0n;
    const start = this.#take(length);
    for (let i = length - 1; i >= 0; i--) {
      value = (value << 8n) | BigInt(this.#bytes[start + i] as number);
    }
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw malformed('a pickle that ends too early');
    this.#at = start + length;
    return start;
  }
}
