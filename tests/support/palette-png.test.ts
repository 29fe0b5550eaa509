import { expect, test } from 'vitest';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { decode, withPalette } from './palette-png.ts';

const chunk = (name: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** 4 x 5 pixels, each row with another of the five filters, as RGB. */
function picture(): { png: Buffer; rgb: number[] } {
  const [width, height] = [4, 5];
  const rgb = Array.from({ length: width * height * 3 }, (_, at) => (37 * at * at + 11 * at) % 256);
  const value = (y: number, x: number): number => (y < 0 || x < 0 ? 0 : (rgb[12 * y + x] ?? 0));
  const paeth = (a: number, b: number, c: number): number => {
    const away = [a, b, c].map((one) => Math.abs(a + b - c - one));
    return [a, b, c][away.indexOf(Math.min(...away))] ?? 0;
  };
  const rows = Array.from({ length: height }, (_row, y) => [
    y,
    ...Array.from({ length: 12 }, (_column, x) => {
      const [a, b, c] = [value(y, x - 3), value(y - 1, x), x < 3 ? 0 : value(y - 1, x - 3)];
      const guess = [0, a, b, Math.floor((a + b) / 2), paeth(a, b, c)][y] ?? 0;
      return (value(y, x) - guess) & 255;
    }),
  ]);
  const header = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0]);
  const png = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { png, rgb };
}

test('undoes each of the five filters of PNG', () => {
  const { png, rgb } = picture();
  const read = decode(png);
  expect([read.width, read.height]).toEqual([4, 5]);
  expect([...read.rgb]).toEqual(rgb);
});

test('few colours stay what they are, one byte a pixel', () => {
  const { png, rgb } = picture();
  const small = withPalette(png);
  const at = small.indexOf('PLTE');
  const palette = small.subarray(at + 4, at + 4 + small.readUInt32BE(at - 4));
  const from = small.indexOf('IDAT');
  const rows = inflateSync(small.subarray(from + 4, from + 4 + small.readUInt32BE(from - 4)));
  const shown = Array.from({ length: 20 }, (_, pixel) => {
    const index = rows[Math.floor(pixel / 4) * 5 + 1 + (pixel % 4)] ?? 0;
    return [...palette.subarray(3 * index, 3 * index + 3)];
  });
  expect(shown.flat()).toEqual(rgb);
  expect(small.readUInt32BE(at + 4 + palette.length)).toBe(
    crc32(small.subarray(at, at + 4 + palette.length)),
  );
});

test('refuses what is no screenshot', () => {
  const { png } = picture();
  const grey = Buffer.from(png);
  grey[25] = 0;
  expect(() => decode(grey)).toThrow('colour type 0');
});
