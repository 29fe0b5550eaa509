/** Bytes taken from a stream in order: so many, or whatever comes next. */
type Bytes = Uint8Array<ArrayBuffer>;

export class ByteSource {
  readonly #chunks: AsyncIterator<Bytes>;
  #rest: Bytes = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Bytes>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** @returns the next `count` bytes; fewer only at the end. */
  async take(count: number): Promise<Bytes> {
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const part = await this.next(count - filled);
      if (part === undefined) return taken.slice(0, filled);
      taken.set(part, filled);
      filled += part.length;
    }
    return taken;
  }

  /** @returns 1 to `limit` bytes as they come, without copying them; undefined at the end. */
  async next(limit: number): Promise<Bytes | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** Gives bytes back, to be taken again first. */
  unread(bytes: Bytes): void {
    const joined = new Uint8Array(bytes.length + this.#rest.length);
    joined.set(bytes);
    joined.set(this.#rest, bytes.length);
    this.#rest = joined;
  }

  /** Leaves the stream where it is; harmless at its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
