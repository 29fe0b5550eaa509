/**
 * Zip archives byte by byte, so that tests can tell any lie in any field. One stored or deflated
 * file an entry, no extra fields (APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12, 4.3.16).
 */
type Bytes = Uint8Array<ArrayBuffer>;

export interface RawEntry {
  readonly name: string;
  /** Bytes as they stand in the archive: deflated when `method` is 8. */
  readonly data: Bytes;
  readonly method?: number;
  /** What the headers claim; the truth by default, for stored data. */
  readonly uncompressedSize?: number;
  readonly crc32?: number;
  readonly flags?: number;
  /** Upper half of the external attributes: the Unix mode. */
  readonly unixMode?: number;
}

export function rawZip(entries: readonly RawEntry[]): Blob {
  const parts: Bytes[] = [];
  const directory: Bytes[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name);
    const common = [
      ...[20, 2, (entry.flags ?? 0) | 0x800, 2, entry.method ?? 0, 2, 0, 2, 0x21, 2],
      ...[entry.crc32 ?? crc32(entry.data), 4, entry.data.length, 4],
      ...[entry.uncompressedSize ?? entry.data.length, 4, name.length, 2, 0, 2],
    ];
    const local = record([0x04034b50, 4, ...common]);
    const madeBy = entry.unixMode === undefined ? 20 : 0x0314;
    const attributes = ((entry.unixMode ?? 0) << 16) >>> 0;
    directory.push(
      record([
        ...[0x02014b50, 4, madeBy, 2, ...common],
        ...[0, 2, 0, 2, 0, 2, attributes, 4, offset, 4],
      ]),
      name,
    );
    parts.push(local, name, entry.data);
    offset += local.length + name.length + entry.data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = entries.length;
  const end = [0x06054b50, 4, 0, 2, 0, 2, count, 2, count, 2, size, 4, offset, 4, 0, 2];
  return new Blob([...parts, ...directory, record(end)]);
}

/** @param fields - value, width, value, width, ...; little-endian. */
function record(fields: readonly number[]): Bytes {
  const bytes: number[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [value = 0, width = 0] = fields.slice(i, i + 2);
    for (let byte = 0; byte < width; byte++) bytes.push((value >>> (8 * byte)) & 255);
  }
  return new Uint8Array(bytes);
}

export function crc32(bytes: Bytes): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

export async function deflateRaw(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
