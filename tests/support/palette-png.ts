/**
 * Screenshots with a palette of 48 colours, a quarter of their size: a page has few colours, and the
 * grey of its text and of its scans survives. Reads what Chromium writes (8 bits a channel, RGB or
 * RGBA, not interlaced) and no other PNG. Format: https://www.w3.org/TR/png-3/
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`, values 0 to 255. */
  readonly rgb: Uint8Array;
}

export function withPalette(png: Buffer): Buffer {
  const { width, height, rgb } = decode(png);
  const { palette, indices } = quantise(rgb);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    rows.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

export function decode(png: Buffer): Pixels {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [depth, type, , , interlaced] = png.subarray(24, 29);
  const channels = { 2: 3, 6: 4 }[type ?? 0];
  if (depth !== 8 || channels === undefined || interlaced !== 0) {
    throw new TypeError(`PNG of ${depth} bits, colour type ${type}, is no screenshot`);
  }
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + length));
    }
    at += length + 12;
  }
  const lines = unfilter(inflateSync(Buffer.concat(parts)), width * channels, height, channels);
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    rgb.set(lines.subarray(at * channels, at * channels + 3), 3 * at);
  }
  return { width, height, rgb };
}

/** Each byte was written as a difference from its neighbours: PNG, section 9. */
function unfilter(data: Buffer, stride: number, height: number, channels: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const left = x < channels ? 0 : (out[y * stride + x - channels] ?? 0);
      const above = y === 0 ? 0 : (out[(y - 1) * stride + x] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (out[(y - 1) * stride + x - channels] ?? 0);
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
      out[y * stride + x] = (data[y * (stride + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return out;
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [
    Math.abs(above - corner),
    Math.abs(left - corner),
    Math.abs(left + above - 2 * corner),
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/** Pixels of a colour count more often than grey ones: a red mark is small, and greys are near one another. */
const COLOURED = 24;

/** The most frequent colour of each of the 48 fullest cells of 32 x 32 x 32; the rest goes to the nearest. */
function quantise(rgb: Uint8Array): { palette: Buffer; indices: Uint8Array } {
  const counts = new Map<number, number>();
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const cells = new Map<number, { colour: number; most: number; sum: number }>();
  for (const [colour, many] of counts) {
    const cell = colour & 0xf8f8f8;
    const known = cells.get(cell) ?? { colour, most: 0, sum: 0 };
    if (many > known.most) [known.colour, known.most] = [colour, many];
    const channels = [colour >> 16, (colour >> 8) & 255, colour & 255];
    const isGrey = Math.max(...channels) - Math.min(...channels) < 48;
    known.sum += isGrey ? many : COLOURED * many;
    cells.set(cell, known);
  }
  const chosen = [...cells.values()]
    .sort((a, b) => b.sum - a.sum)
    .slice(0, 48)
    .map(({ colour }) => colour);
  const channels = chosen.map((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  const nearest = new Map<number, number>();
  for (const colour of counts.keys()) {
    const [r, g, b] = [colour >> 16, (colour >> 8) & 255, colour & 255];
    let [best, distance] = [0, Infinity];
    channels.forEach(([pr = 0, pg = 0, pb = 0], index) => {
      const away = (r - pr) ** 2 + (g - pg) ** 2 + (b - pb) ** 2;
      if (away < distance) [best, distance] = [index, away];
    });
    nearest.set(colour, best);
  }
  const indices = new Uint8Array(rgb.length / 3);
  for (let at = 0; at < indices.length; at += 1) {
    const [r = 0, g = 0, b = 0] = rgb.subarray(3 * at, 3 * at + 3);
    indices[at] = nearest.get((r << 16) | (g << 8) | b) ?? 0;
  }
  return { palette: Buffer.from(channels.flat()), indices };
}
