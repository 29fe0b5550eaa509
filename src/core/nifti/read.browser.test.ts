/** Browsers inflate with code of their own: the same outcomes as in Node. */
import { describe, expect, it } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { blobFile } from '../files/blob-file.ts';
import { gzipBytes } from './gunzip.ts';
import { readVolume, type NiftiVolume } from './read.ts';
import { encode, rawNifti } from './testing/raw-nifti.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const read = (bytes: Bytes): Promise<NiftiVolume> =>
  readVolume(blobFile('t1.nii.gz', () => new Blob([bytes])));
const codeOf = (bytes: Bytes): Promise<string> =>
  read(bytes).then(
    () => 'read',
    (error: unknown) => (error instanceof CapsuleError ? error.code : String(error)),
  );
const sound = rawNifti(encode(16, [...Array(24).keys()], true));

/** A sound volume followed by so many zeros; written in pieces, for a browser may refuse one blob of this size. */
async function gzipBomb(zeros: number): Promise<Bytes> {
  const piece = new Uint8Array(2 ** 20);
  let left = zeros / piece.length;
  const unfolded = new ReadableStream<Bytes>({
    start: (controller) => controller.enqueue(sound),
    pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close()),
  });
  const packed = unfolded.pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

describe('in a browser', () => {
  it('reads a gzip volume', async () => {
    const { volume } = await read(await gzipBytes(sound));
    expect([...volume.data.subarray(0, 5)]).toEqual([0, 6, 12, 18, 2]);
  });

  it('refuses a gzip stream cut at any length, without hanging', async () => {
    const whole = await gzipBytes(sound);
    expect(await codeOf(whole.slice(0, 1))).toBe('NIFTI_TRUNCATED');
    for (let length = 2; length < whole.length; length++) {
      expect(await codeOf(whole.slice(0, length))).toBe('NIFTI_GZIP');
    }
  });

  it('gives a volume or a code for any damaged byte', async () => {
    const whole = await gzipBytes(sound);
    for (let at = 0; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      expect(await codeOf(bytes)).toMatch(/^(read|NIFTI_\w+)$/);
    }
  });

  it('leaves a gzip bomb soon after the first byte too many', async () => {
    const bomb = await gzipBomb(2 ** 28);
    const start = performance.now();
    expect(await codeOf(bomb)).toBe('NIFTI_TRAILING');
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('reads a whole brain in well under a second', async () => {
    const data = new Uint8Array(169 * 208 * 179 * 2).map(
      (_, i) => ((i * 31) % 251) >> (i & 1 ? 4 : 0),
    );
    const dims = [3, 169, 208, 179];
    const bytes = await gzipBytes(rawNifti({ dims, datatype: 4, bitpix: 16, data }));
    const start = performance.now();
    const { volume } = await read(bytes);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(volume.data.length).toBe(169 * 208 * 179);
    console.info(`169 x 208 x 179 in ${Math.round(performance.now() - start)} ms`);
  });
});
