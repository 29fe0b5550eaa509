/** CRC-32 as zip uses it (ISO 3309, reflected polynomial 0xedb88320), four bytes a step ("slicing by 4"). */
const TABLES = makeTables();

/**
 * @param before - CRC of the bytes that came earlier, to go on in chunks.
 * @returns an unsigned 32-bit integer.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3] = TABLES;
  let crc = ~before;
  let i = 0;
  for (const end = bytes.length - 3; i < end; i += 4) {
    crc ^=
      byte(bytes, i) |
      (byte(bytes, i + 1) << 8) |
      (byte(bytes, i + 2) << 16) |
      (byte(bytes, i + 3) << 24);
    crc =
      at(t3, crc & 0xff) ^
      at(t2, (crc >>> 8) & 0xff) ^
      at(t1, (crc >>> 16) & 0xff) ^
      at(t0, crc >>> 24);
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ at(t0, (crc ^ byte(bytes, i)) & 0xff);
  return ~crc >>> 0;
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function at(table: Int32Array, index: number): number {
  return table[index] as number;
}

function makeTables(): [Int32Array, Int32Array, Int32Array, Int32Array] {
  const first = Int32Array.from({ length: 256 }, (_, index) => {
    let crc = index;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const after = (table: Int32Array) => table.map((crc) => (crc >>> 8) ^ at(first, crc & 0xff));
  const second = after(first);
  const third = after(second);
  return [first, second, third, after(third)];
}
