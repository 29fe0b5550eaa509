/**
 * Convolution of volumes on the processor, for evaluation without WebGPU. Eight output channels at a
 * time are summed in registers, in 64 bits, over filters that are laid out in the order in which they
 * are read; tfjs adds into memory, in 32 bits.
 */

const WIDTH = 8;

/** What is used of what tfjs computes of shapes, strides and padding. */
export interface Walk {
  readonly batchSize: number;
  readonly inDepth: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outDepth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterDepth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideDepth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padInfo: { readonly front: number; readonly top: number; readonly left: number };
}

/**
 * @param input - `[batch, depth, height, width, channels]`
 * @param filter - `[depth, height, width, inputs, outputs]`
 * @returns `[batch, depth, height, width, outputs]`
 */
export function convolveVolumes(
  input: Float32Array,
  filter: Float32Array,
  walk: Walk,
): Float32Array<ArrayBuffer> {
  const { batchSize, outDepth, outHeight, outWidth, outChannels } = walk;
  const output = new Float32Array(batchSize * outDepth * outHeight * outWidth * outChannels);
  const packed = packFilter(filter, walk);
  const blocks = packed.length / packedBlock(walk);
  const taps = walk.filterDepth * walk.filterHeight;
  const rows = { input: new Int32Array(taps), filter: new Int32Array(taps), count: 0 };
  let first = 0;
  for (let volume = 0; volume < batchSize; volume++) {
    for (let depth = 0; depth < outDepth; depth++) {
      for (let height = 0; height < outHeight; height++) {
        rowsUnder(rows, walk, volume, depth, height);
        for (let block = 0; block < blocks; block++) {
          lineOf(output, first, input, packed, block, rows, walk);
        }
        first += outWidth * outChannels;
      }
    }
  }
  return output;
}

interface Rows {
  /** First number of each row of the input under the window, and of its part of a filter block. */
  readonly input: Int32Array;
  readonly filter: Int32Array;
  count: number;
}

const packedBlock = ({ filterDepth, filterHeight, filterWidth, inChannels }: Walk): number =>
  filterDepth * filterHeight * filterWidth * inChannels * WIDTH;

/** `[blocks, depth, height, width, inputs, 8]`; zeros for channels that there are not. */
function packFilter(filter: Float32Array, walk: Walk): Float64Array {
  const { outChannels } = walk;
  const numbers = packedBlock(walk);
  const packed = new Float64Array(Math.ceil(outChannels / WIDTH) * numbers);
  const places = numbers / WIDTH;
  for (let place = 0; place < places; place++) {
    for (let channel = 0; channel < outChannels; channel++) {
      const block = Math.floor(channel / WIDTH);
      packed[block * numbers + place * WIDTH + (channel % WIDTH)] =
        filter[place * outChannels + channel] ?? 0;
    }
  }
  return packed;
}

function rowsUnder(rows: Rows, walk: Walk, volume: number, depth: number, height: number): void {
  const { inDepth, inHeight, inWidth, inChannels, padInfo } = walk;
  const { filterDepth, filterHeight, filterWidth, strideDepth, strideHeight } = walk;
  rows.count = 0;
  for (let tapDepth = 0; tapDepth < filterDepth; tapDepth++) {
    const z = depth * strideDepth - padInfo.front + tapDepth;
    if (z < 0 || z >= inDepth) continue;
    for (let tapHeight = 0; tapHeight < filterHeight; tapHeight++) {
      const y = height * strideHeight - padInfo.top + tapHeight;
      if (y < 0 || y >= inHeight) continue;
      rows.input[rows.count] = ((volume * inDepth + z) * inHeight + y) * inWidth * inChannels;
      rows.filter[rows.count] =
        (tapDepth * filterHeight + tapHeight) * filterWidth * inChannels * WIDTH;
      rows.count += 1;
    }
  }
}

/** One line of the output, eight of its channels. @param first - number of the line's first */
function lineOf(
  output: Float32Array,
  first: number,
  input: Float32Array,
  packed: Float64Array,
  block: number,
  rows: Rows,
  walk: Walk,
): void {
  const { inWidth, inChannels, outWidth, outChannels, filterWidth, strideWidth, padInfo } = walk;
  const begin = block * packedBlock(walk);
  const channels = Math.min(WIDTH, outChannels - block * WIDTH);
  for (let width = 0; width < outWidth; width++) {
    const corner = width * strideWidth - padInfo.left;
    const from = Math.max(0, -corner);
    const count = (Math.min(filterWidth, inWidth - corner) - from) * inChannels;
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let row = 0; row < rows.count; row++) {
      const source = (rows.input[row] as number) + (corner + from) * inChannels;
      let at = begin + (rows.filter[row] as number) + from * inChannels * WIDTH;
      for (let i = source; i < source + count; i++) {
        const value = input[i] as number;
        a += value * (packed[at] as number);
        b += value * (packed[at + 1] as number);
        c += value * (packed[at + 2] as number);
        d += value * (packed[at + 3] as number);
        e += value * (packed[at + 4] as number);
        f += value * (packed[at + 5] as number);
        g += value * (packed[at + 6] as number);
        h += value * (packed[at + 7] as number);
        at += WIDTH;
      }
    }
    const to = first + width * outChannels + block * WIDTH;
    output[to] = a;
    if (channels > 1) output[to + 1] = b;
    if (channels > 2) output[to + 2] = c;
    if (channels > 3) output[to + 3] = d;
    if (channels > 4) output[to + 4] = e;
    if (channels > 5) output[to + 5] = f;
    if (channels > 6) output[to + 6] = g;
    if (channels > 7) output[to + 7] = h;
  }
}
